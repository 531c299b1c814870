"""Every lesson with every case that it declares, and as its learner's copy."""

import pytest

from mlsd_kit.cases import discover, load_case
from mlsd_kit.content import content_root
from mlsd_kit.framework import STAGE_NAMES
from mlsd_kit.practice import Progress, all_exercises
from mlsd_kit.practice.learner import lesson_sources, make_workbook
from mlsd_kit.workbook import plan, run_batch
from mlsd_kit.workbook.parameters import read_notebook, read_parameters

LESSONS = lesson_sources(content_root())
PARAMETERS = {path.stem: read_parameters(read_notebook(path)) for path in LESSONS}
SMALL = {"n_rows": 60_000, "trials": 3}
"""Sizes at which a lesson is quick, where positives are not rare."""
RARE = "fraud_detection"
OTHERS = [
    pytest.param(path, case, id=f"{path.stem}-{case}")
    for path in LESSONS
    for case in PARAMETERS[path.stem]["case"].choices
    if case != PARAMETERS[path.stem]["case"].default
]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def small(path, case=None):
    own = PARAMETERS[path.stem]
    sizes = {name: min(size, own[name].default) for name, size in SMALL.items() if name in own}
    if case == RARE:
        sizes.pop("n_rows", None)
    return sizes


def test_there_is_a_lesson_for_each_stage():
    assert [path.stem for path in LESSONS] == [
        f"{number:02}_{stage}" for number, stage in enumerate(STAGE_NAMES, 1)
    ]
    for stage in STAGE_NAMES:
        assert sum(exercise.stage == stage for exercise in all_exercises().values()) >= 7


def test_a_lesson_declares_every_case_that_offers_a_table():
    offering = {slug for slug in discover() if hasattr(load_case(slug).world(), "learning_table")}
    for path in LESSONS:
        assert set(PARAMETERS[path.stem]["case"].choices) == offering, path.stem


@pytest.mark.parametrize(("path", "case"), OTHERS)
def test_a_lesson_runs_with_each_case_that_it_declares(path, case, tmp_path):
    [outcome] = run_batch(plan([str(path)], {"case": case} | small(path, case)), tmp_path)
    assert outcome.error == ""


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_learner_s_copy_runs_and_passes_no_exercise(path, tmp_path):
    make_workbook(tmp_path / "book")
    copy = tmp_path / "book" / "notebooks" / path.name
    [outcome] = run_batch(plan([str(copy)], small(path)), tmp_path / "runs")
    assert outcome.error == ""
    events = Progress(tmp_path / "book" / ".mlsd" / "progress.sqlite").events()
    tried = events[events["kind"] == "attempt"].set_index("subject")["right"]
    stage = path.stem.split("_")[1]
    assert set(tried.index) == {e.id for e in all_exercises().values() if e.stage == stage}
    assert not tried.any()
