"""A lesson in its three modes, and what is kept of it."""

import multiprocessing

import nbformat
import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.practice import Function, Number, Progress, WrongSolution, exercise, start_lesson
from mlsd_kit.practice.exercises import _registry, all_exercises
from mlsd_kit.practice.learner import find_solution, learner_copy, mark_for_nbgrader
from mlsd_kit.practice.progress_map import map_html, map_text

CASE = "ctr_prediction"


@pytest.fixture(autouse=True)
def one_exercise():
    """An exercise of the test's own, beside those of the lessons."""
    all_exercises()

    @exercise("R6.of_the_test", hints=["first", "second"])
    def judge(requests):
        """How many predictions?"""
        return Number(250 * requests, causes={"That is for one request.": 250})

    yield
    del _registry["R6.of_the_test"]


@pytest.fixture
def progress(tmp_path):
    return Progress(tmp_path / "progress.sqlite")


def test_study_tells_at_once_and_keeps_it(progress):
    lesson = start_lesson("requirements", CASE, "study", progress)
    assert "no answer yet" in lesson.check("R6.of_the_test", ..., requests=4).data
    assert "for one request" in lesson.check("R6.of_the_test", 250, requests=4).data
    assert "Right" in lesson.check("R6.of_the_test", 1000, requests=4).data
    assert progress.exercises() == {"R6.of_the_test": "passed"}
    kinds = progress.events()["kind"].tolist()
    assert kinds == ["attempt"] * 3


def test_hints_come_one_by_one_and_then_the_way_to_the_solution(progress):
    lesson = start_lesson("requirements", CASE, "study", progress)
    said = [lesson.hint("R6.of_the_test").data for _ in range(3)]
    assert "first" in said[0]
    assert "second" in said[1]
    assert "lesson.solution" in said[2]


def test_an_exam_says_nothing_until_the_end(progress):
    lesson = start_lesson("requirements", CASE, "exam", progress)
    told = lesson.check("R6.of_the_test", 250, requests=4).data
    assert "noted" in told
    assert "one request" not in told
    assert "no hints" in lesson.hint("R6.of_the_test").data
    assert "no solutions" in lesson.solution("R6.of_the_test").data
    score = lesson.finish().data
    assert "✗ | R6.of_the_test | That is for one request." in score
    assert f"Score: 0 of {len(lesson.exercises())}" in score


def test_an_exam_takes_a_stub_for_no_answer(progress):
    @exercise("R6.of_the_test", hints=[])
    def judge():
        """Write it."""
        return Function(abs, [(1,), (-1,)])

    lesson = start_lesson("requirements", CASE, "exam", progress)
    for nothing in (..., lambda x: None):
        assert "no answer yet" in lesson.check("R6.of_the_test", nothing).data
        assert "– | R6.of_the_test | There is no answer yet" in lesson.finish().data
    assert "noted" in lesson.check("R6.of_the_test", lambda x: x).data
    assert "✗ | R6.of_the_test" in lesson.finish().data


def test_solution_mode_keeps_nothing_and_refuses_what_is_wrong(progress):
    lesson = start_lesson("requirements", CASE, "solution", progress)
    lesson.check("R6.of_the_test", 1000, requests=4)
    with pytest.raises(WrongSolution, match="for one request"):
        lesson.check("R6.of_the_test", 250, requests=4)
    assert not progress.path.exists()


def test_a_check_that_does_not_fit_is_one_line(progress):
    lesson = start_lesson("requirements", CASE, "study", progress)
    with pytest.raises(UserError, match=r"give it requests=requests"):
        lesson.check("R6.of_the_test", 1000)
    with pytest.raises(UserError, match=r"no exercise 'R6.of_the_tst'; did you mean"):
        lesson.check("R6.of_the_tst", 1000)
    with pytest.raises(UserError, match="mode: 'learn' is none of study, solution, exam"):
        start_lesson("requirements", CASE, "learn", progress)


def test_predictions_are_compared_with_what_was_computed(progress):
    lesson = start_lesson("requirements", CASE, "study", progress)
    form = lesson.predict("R6", "How many?", "predictions/s")
    assert "You made no prediction" in lesson.reveal("R6", 1000.0).data
    field, _, button, said = form.children[1].children
    field.value = "2e3"
    button.click()
    assert "Kept: 2000" in said.value
    assert "too high by a factor of 2" in lesson.reveal("R6", 1000.0).data
    assert progress.items()["R6"] in {"seen", "practised"}
    field.value = "many"
    button.click()
    assert said.value == "That is not a number."


def test_states_of_an_item_follow_what_was_done(progress):
    assert progress.items()["R6"] == "not yet"
    progress.add("seen", "R6")
    assert progress.items()["R6"] == "seen"
    on_it = [e.id for e in all_exercises().values() if "R6" in e.items]
    progress.add("attempt", on_it[0], right=False)
    assert progress.items()["R6"] == "practised"
    for id in on_it:
        progress.add("attempt", id, right=True)
    assert progress.items()["R6"] == "mastered"


def test_with_the_solution_an_item_is_not_mastered(progress):
    for id in [e.id for e in all_exercises().values() if "R6" in e.items]:
        progress.add("solution", id)
        progress.add("attempt", id, right=True)
    assert progress.items()["R6"] == "practised"


def _write(path, name):
    for number in range(50):
        Progress(path).add("seen", "R6", detail=f"{name}{number}")


def test_two_processes_that_write_at_once_lose_nothing(progress):
    start = multiprocessing.get_context("spawn")
    writers = [start.Process(target=_write, args=(progress.path, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert len(progress.events()) == 100
    assert progress.events()["detail"].is_unique


def test_a_place_where_progress_cannot_be_kept_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="progress cannot be kept here"):
        Progress(tmp_path / "file" / "progress.sqlite").add("seen", "R6")


def test_the_map_says_the_state_of_each_item(progress):
    progress.add("seen", "M1")
    states = progress.items()
    assert "M1 ○" in map_text(states, ["model"])
    assert "class='item seen'" in map_html(states)
    assert map_html(states).count("aria-label") == len(states) + 1


def test_the_learner_s_copy_has_no_solution_and_is_set_to_study():
    cells = [
        nbformat.v4.new_code_cell('mode: str = "solution"  # one of: study, solution, exam'),
        nbformat.v4.new_code_cell(
            "x = ...\n### BEGIN SOLUTION\nx = 1000\n### END SOLUTION\n"
            'check("R6.of_the_test", x, requests=4)',
            execution_count=2,
        ),
    ]
    source = nbformat.v4.new_notebook(cells=cells)
    mark_for_nbgrader(source)
    assert source.cells[1].metadata.nbgrader["grade_id"] == "R6-of_the_test"
    copy = learner_copy(source)
    assert copy.cells[0].source.startswith('mode: str = "study"')
    assert copy.cells[1].source == 'x = ...\ncheck("R6.of_the_test", x, requests=4)'
    assert copy.cells[1].execution_count is None
    assert "nbgrader" not in copy.cells[1].metadata
    assert "1000" in source.cells[1].source


def test_a_solution_that_no_notebook_has_is_one_line():
    with pytest.raises(UserError, match="no notebook of this package has its solution"):
        find_solution("R6.of_the_test")
