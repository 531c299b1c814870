import hashlib
import json
import os
import pickle
import shutil
import zlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.deployment import ModelServer, Reference, load_bundle, save_bundle, to_onnx
from mlsd_kit.deployment.bundle import content_version
from mlsd_kit.deployment.fingerprint import code_version, fingerprint
from mlsd_kit.errors import UserError
from tests.deployment.killing import run_driver

FILES = ["model.onnx", "holdout.csv", "reference.json", "card.md", "manifest.json"]


@pytest.fixture
def copy(bundle_parts, tmp_path):
    return save_bundle(tmp_path, **bundle_parts)


@pytest.fixture(scope="module")
def whole(bundle_parts, tmp_path_factory):
    """A bundle with all that it can hold."""
    frame = bundle_parts["holdout"]
    about = {
        "feature_code": code_version(to_onnx),
        "data": fingerprint(frame, bundle_parts["expected"], np.arange(len(frame))),
        "card": "# Offers\n\nWhat it is for.\n",
    }
    return save_bundle(tmp_path_factory.mktemp("whole"), **bundle_parts, **about)


def sign_again(path):
    """Make the hashes of a bundle fit its files."""

    def fit(manifest):
        for file in manifest["files"]:
            manifest["files"][file] = hashlib.sha256((path / file).read_bytes()).hexdigest()
        manifest["version"] = content_version(manifest)

    rewrite(path / "manifest.json", fit)


def refusal(path):
    with pytest.raises(UserError) as caught:
        load_bundle(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


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
        (lambda m: m.update(format=1), "format is 1, and 2 is read here"),
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
    with pytest.raises(UserError, match="cannot write bundle"):
        save_bundle(tmp_path / "file", **bundle_parts)


def test_a_reference_of_another_form_is_refused():
    with pytest.raises(UserError, match="not a drift reference: KeyError"):
        Reference.from_dict({"rows": 1})


def test_what_a_model_was_made_of_travels_with_it(whole, bundle_parts):
    manifest = load_bundle(whole.path).manifest
    frame = bundle_parts["holdout"]
    assert manifest.format == 2
    assert manifest.feature_code == code_version(to_onnx)
    assert manifest.data.rows == len(frame)
    assert (manifest.data.first_h, manifest.data.last_h) == (0, len(frame) - 1)
    assert whole.card().startswith("# Offers")
    assert sorted(manifest.files) == sorted(FILES[:-1])


def test_without_them_it_is_a_bundle_all_the_same(bundle):
    assert bundle.manifest.feature_code == ""
    assert bundle.manifest.data is None
    assert bundle.card() is None


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_file_cut_anywhere_is_refused_and_named(whole, data, tmp_path_factory):
    path = tmp_path_factory.mktemp("cut") / "bundle"
    shutil.copytree(whole.path, path)
    file = path / data.draw(st.sampled_from(FILES))
    content = file.read_bytes()
    file.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    assert file.name in refusal(path)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_byte_is_refused_unless_it_means_the_same(whole, data, tmp_path_factory):
    path = tmp_path_factory.mktemp("changed") / "bundle"
    shutil.copytree(whole.path, path)
    file = path / data.draw(st.sampled_from(FILES))
    content = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    try:
        loaded, said = load_bundle(path), ""
    except UserError as error:
        loaded, said = None, str(error)
    if loaded is None:
        assert "\n" not in said
        assert file.name in said or file.name == "manifest.json"  # which lists the others
    else:  # white space between the manifest's values, or when it was made
        assert file.name == "manifest.json"
        same = whole.manifest.model_copy(update={"created": loaded.manifest.created})
        assert loaded.manifest == same


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pickle.dumps({"w": [1.0]}), "it is a pickle, which runs code when loaded; ONNX is wanted"),
        (pickle.dumps({"w": [1.0]}, protocol=0), "it is a pickle"),
        (zlib.compress(pickle.dumps({"w": [1.0]})), "it is not an ONNX model"),
        (b"", "it is not an ONNX model"),
    ],
)
def test_a_model_that_is_no_onnx_is_refused_though_its_hash_fits(copy, content, said):
    (copy.path / "model.onnx").write_bytes(content)
    sign_again(copy.path)
    assert f"bundle {copy.path.name} is broken: model.onnx: {said}" in refusal(copy.path)


def test_a_pickle_is_never_carried_out(copy):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(copy.path.parent / "trapped"),))

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        (copy.path / "model.onnx").write_bytes(pickle.dumps(Trap(), protocol=protocol))
        sign_again(copy.path)
        assert "it is a pickle" in refusal(copy.path)
    assert not (copy.path.parent / "trapped").exists()


def test_a_file_that_does_not_belong_is_refused(copy):
    (copy.path / "helpers.py").write_text("import os")
    assert "broken: helpers.py: it does not belong to the bundle" in refusal(copy.path)


def test_a_cut_model_whose_hash_fits_says_where_when_it_is_loaded(copy):
    file = copy.path / "model.onnx"
    file.write_bytes(file.read_bytes()[:-100])
    sign_again(copy.path)
    with pytest.raises(UserError, match=r"model.onnx: not a model that onnxruntime can run") as it:
        load_bundle(copy.path).model()
    assert "\n" not in str(it.value)


@pytest.mark.parametrize(
    ("file", "content", "read"),
    [
        ("holdout.csv", b"a,b\n1,2\n", lambda b: b.holdout()),
        ("holdout.csv", b'"\n', lambda b: b.selfcheck()),
        ("reference.json", b"[1", lambda b: b.reference()),
        ("reference.json", b"{}", lambda b: b.reference()),
    ],
)
def test_other_files_of_another_form_are_told_though_their_hash_fits(copy, file, content, read):
    (copy.path / file).write_bytes(content)
    sign_again(copy.path)
    loaded = load_bundle(copy.path)
    with pytest.raises(UserError, match=f"is broken: {file}: ") as caught:
        read(loaded)
    assert "\n" not in str(caught.value)


def test_only_an_exported_model_is_bundled(bundle_parts, tmp_path, pipeline):
    with pytest.raises(UserError, match="that to_onnx has exported, not a Pipeline"):
        save_bundle(tmp_path, **{**bundle_parts, "model": pipeline})


def test_another_valid_model_whose_hash_fits_is_refused_by_the_holdout(copy, rows, pipeline):
    from sklearn.base import clone

    X, taken = rows
    other = clone(pipeline).set_params(trees__n_estimators=20).fit(X, taken)
    (copy.path / "model.onnx").write_bytes(to_onnx(other, X).SerializeToString())
    sign_again(copy.path)
    swapped = load_bundle(copy.path)
    check = swapped.selfcheck()
    assert not check.passes
    assert check.max_abs_diff > 0.01
    with ModelServer(swapped) as server:
        import httpx

        ready = httpx.get(f"{server.url}/ready")
        answer = httpx.post(f"{server.url}/predict", json=server.row_bodies(X.iloc[:1])[0])
    assert (ready.status_code, answer.status_code) == (503, 503)
    assert "holdout" in ready.json()["reason"]


KILLED = """
from pathlib import Path
from mlsd_kit.deployment import load_bundle
from mlsd_kit.deployment.bundle import _write_whole

source, home = Path(sys.argv[1]), Path(sys.argv[2])
files = {path.name: path.read_bytes() for path in source.iterdir()}
target = home / source.name

def work():
    _write_whole(target, files)

def check(finished):
    assert target.exists() or not finished
    if target.exists():
        load_bundle(target)
        if not finished:
            import shutil
            shutil.rmtree(target)

killed = kill_everywhere(work, check)
print(killed, [entry.name for entry in home.iterdir()] == [target.name])
"""


def test_a_bundle_whose_writer_is_killed_at_any_line_is_whole_or_not_there(whole, tmp_path):
    killed, alone = run_driver(KILLED, whole.path, tmp_path).split()
    assert int(killed) > 20
    assert alone == "True"
