import json
import os

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.deployment import Reference, load_bundle, save_bundle
from mlsd_kit.deployment.bundle import content_version
from mlsd_kit.errors import UserError


@pytest.fixture
def copy(bundle_parts, tmp_path):
    return save_bundle(tmp_path, **bundle_parts)


def rewrite(path, change):
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def test_a_loaded_bundle_gives_back_what_was_saved(bundle, bundle_parts, offline):
    loaded = load_bundle(bundle.path)
    frame, expected = loaded.holdout()
    pd.testing.assert_frame_equal(frame, bundle_parts["holdout"].reset_index(drop=True))
    assert (expected == bundle_parts["expected"]).all()
    assert loaded.reference() == bundle_parts["reference"]
    assert loaded.manifest.metrics == {"log_loss": 0.5}
    assert loaded.manifest.inputs["city"] == "string"
    assert loaded.manifest.libraries["onnxruntime"]
    assert np.abs(loaded.model().predict_proba(frame) - offline(frame)).max() < 1e-5


def test_the_selfcheck_passes_and_counts_the_holdout(bundle, bundle_parts):
    check = bundle.selfcheck()
    assert check.passes
    assert check.rows == len(bundle_parts["holdout"])


def test_the_same_content_is_the_same_bundle(copy, bundle_parts):
    before = (copy.path / "manifest.json").read_bytes()
    again = save_bundle(copy.path.parent, **bundle_parts)
    assert again.path == copy.path
    assert (copy.path / "manifest.json").read_bytes() == before
    other = save_bundle(copy.path.parent, **{**bundle_parts, "metrics": {"log_loss": 0.4}})
    assert other.manifest.version != copy.manifest.version
    assert sorted(os.listdir(copy.path.parent)) == sorted([copy.path.name, other.path.name])


@pytest.mark.parametrize("file", ["model.onnx", "holdout.csv", "reference.json"])
def test_a_changed_or_lost_file_is_found(copy, file):
    body = bytearray((copy.path / file).read_bytes())
    body[len(body) // 2] ^= 1
    (copy.path / file).write_bytes(body)
    with pytest.raises(UserError, match=f"broken: {file} is not the file"):
        load_bundle(copy.path)
    with pytest.raises(UserError, match="broken"):
        copy.selfcheck()
    (copy.path / file).unlink()
    with pytest.raises(UserError, match=f"broken: {file}: No such file"):
        load_bundle(copy.path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update(metrics={"log_loss": 0.1}), "was changed"),
        (lambda m: m.update(format=2), "format: Input should be 1"),
        (lambda m: m.pop("inputs"), "inputs: Field required"),
        (lambda m: m.update(extra=1), "extra: Extra inputs"),
        (lambda m: m["files"].update({"../x": "0"}), "other files than a bundle has"),
    ],
)
def test_a_changed_manifest_is_found(copy, change, message):
    rewrite(copy.path / "manifest.json", change)
    with pytest.raises(UserError, match=message):
        load_bundle(copy.path)


def test_an_older_onnxruntime_is_refused(copy):
    def from_the_future(manifest):
        manifest["libraries"]["onnxruntime"] = "99.0.0"
        manifest["version"] = content_version(manifest)

    rewrite(copy.path / "manifest.json", from_the_future)
    with pytest.raises(UserError, match=r"checked with onnxruntime 99.0.0, but .* is installed"):
        load_bundle(copy.path)


def test_a_model_that_does_not_give_the_expected_is_not_published(bundle_parts, tmp_path):
    wrong = {**bundle_parts, "expected": bundle_parts["expected"] + 0.01}
    with pytest.raises(UserError, match=r"not published.*expected ones by up to 0\.01"):
        save_bundle(tmp_path / "new", **wrong)
    assert not (tmp_path / "new").exists()


def test_what_json_cannot_hold_leaves_nothing_behind(bundle_parts, tmp_path):
    with pytest.raises(UserError, match="plain JSON values"):
        save_bundle(tmp_path / "new", **{**bundle_parts, "training": {"model": object()}})
    with pytest.raises(UserError, match="plain JSON values"):
        save_bundle(tmp_path / "new", **{**bundle_parts, "metrics": {"auc": float("nan")}})
    assert not (tmp_path / "new").exists()


def test_no_bundle_is_one_clear_line(tmp_path):
    with pytest.raises(UserError, match=r"no model bundle at .*No such file"):
        load_bundle(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(UserError, match="Invalid JSON"):
        load_bundle(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"no model bundle at .*Not a directory"):
        load_bundle(tmp_path / "file")


def test_a_place_that_cannot_be_written_is_one_clear_line(bundle_parts, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write a bundle in"):
        save_bundle(tmp_path / "file", **bundle_parts)


def test_a_reference_of_another_form_is_refused():
    with pytest.raises(UserError, match="not a drift reference: KeyError"):
        Reference.from_dict({"rows": 1})
