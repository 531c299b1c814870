"""The registry: one pointer, a history, and the way back."""

import json
import shutil

import pytest
from pipeline_rows import FEW_TREES, SETTINGS, parts, pipeline_in

from mlsd_kit.errors import UserError
from mlsd_kit.pipeline import Registry


@pytest.fixture(scope="module")
def two_models(tmp_path_factory):
    """A registry with a promoted model, the version of another bundle, and its candidate."""
    folder = tmp_path_factory.mktemp("two") / "line"
    stretches = parts()
    line = pipeline_in(folder, FEW_TREES)
    for part in stretches[:3]:
        line.receive(part)
    first = line.run().serving
    line = pipeline_in(folder, SETTINGS)
    line.receive(stretches[3])
    second = line.run().serving
    return folder / "registry", first, second


@pytest.fixture
def registry(two_models, tmp_path):
    """As before the second promotion, with the second bundle in it."""
    shutil.copytree(two_models[0], tmp_path / "registry")
    made = Registry(tmp_path / "registry")
    history = (made.folder / "history.jsonl").read_bytes().splitlines(keepends=True)
    (made.folder / "history.jsonl").write_bytes(history[0])
    (made.folder / "serving.json").write_text(json.dumps({"version": two_models[1], "n": 1}))
    return made


def promote(registry, version, instead_of):
    return registry.promote(version, instead_of=instead_of, candidate="c", reasons=["better"])


def test_a_new_registry_serves_nothing(tmp_path):
    registry = Registry(tmp_path)
    assert registry.serving is None
    assert registry.table().empty
    with pytest.raises(UserError, match="no model was promoted yet"):
        registry.serving_bundle()


def test_promoting_turns_the_pointer_once(registry, two_models):
    _, first, second = two_models
    assert promote(registry, second, first)
    assert registry.serving == second
    assert registry.serving_bundle().manifest.version == second
    assert not promote(registry, second, first)
    assert [e["event"] for e in registry.history()] == ["promoted", "promoted"]


def test_a_model_compared_with_another_than_serves_is_not_promoted(registry, two_models):
    _, first, second = two_models
    with pytest.raises(UserError, match=f"but {first} serves by now: run from evaluate again"):
        promote(registry, second, None)
    assert registry.serving == first


def test_a_broken_bundle_is_neither_promoted_nor_rolled_back_to(registry, two_models):
    _, first, second = two_models
    (registry.bundle(second).path / "model.onnx").write_bytes(b"")
    with pytest.raises(UserError, match=r"broken: model\.onnx"):
        promote(registry, second, first)
    assert registry.serving == first
    assert len(registry.history()) == 1


def test_rollback_goes_to_the_version_before_and_back_by_name(registry, two_models):
    _, first, second = two_models
    promote(registry, second, first)
    assert registry.rollback(reason="complaints") == first
    assert registry.history()[-1]["reasons"] == ["complaints"]
    with pytest.raises(UserError, match="was rolled back from"):
        promote(registry, second, first)
    assert registry.rollback(second) == second
    assert registry.versions() == [first, second]
    for wrong, said in ((second, "serves already"), ("nope", "has never served")):
        with pytest.raises(UserError, match=said):
            registry.rollback(wrong)


def test_nothing_to_roll_back_to(registry):
    with pytest.raises(UserError, match="no earlier version"):
        registry.rollback()


def test_half_a_line_is_cut_off_and_a_pointer_left_behind_is_turned(registry, two_models):
    _, first, second = two_models
    promote(registry, second, first)
    pointer = registry.folder / "serving.json"
    pointer.write_text(json.dumps({"version": first, "n": 1}))
    with (registry.folder / "history.jsonl").open("ab") as file:
        file.write(b'{"n": 3, "event": "prom')
    again = Registry(registry.folder)
    assert again.serving == first
    assert [e["n"] for e in again.history()] == [1, 2]
    again.refuse("d", "gate", ["worse"])
    assert again.serving == second
    assert [e["event"] for e in again.history()] == ["promoted", "promoted", "refused"]


def test_a_refusal_is_noted_once_for_the_same_reasons(registry):
    for reasons in (["worse"], ["worse"], ["much worse"]):
        registry.refuse("d", "gate", reasons)
    assert [e["reasons"] for e in registry.history()[1:]] == [["worse"], ["much worse"]]


def test_a_candidate_that_serves_is_compared_with_the_one_it_replaced(registry, two_models):
    _, first, second = two_models
    assert registry.champion("c") == first
    promote(registry, second, first)
    assert registry.champion("c") == first
    assert registry.champion("another") == second
