"""The estimation drill: figures, judgement, the worked calculation."""

import math

import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.errors import UserError
from mlsd_kit.practice.drills import estimation_task, files, templates
from mlsd_kit.practice.drills.files import DrillError
from mlsd_kit.units import Q

NAMES = sorted(templates.templates())
TASKS = [estimation_task(seed, number) for seed in (0, 1) for number in range(2 * len(NAMES))]


def exact(task):
    return task.estimate.value(task.scale)


def typed(value, unit):
    return f"{value:.6g} {unit}"


def test_there_are_enough_kinds_and_each_comes_once_in_a_round():
    assert len(NAMES) >= 20
    for begin in (0, len(NAMES)):
        numbers = range(begin, begin + len(NAMES))
        assert sorted(estimation_task(3, number).template for number in numbers) == NAMES


def test_a_seed_gives_the_same_tasks_and_another_seed_others():
    assert estimation_task(5, 17) == estimation_task(5, 17)
    assert [estimation_task(5, n) for n in range(9)] != [estimation_task(6, n) for n in range(9)]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.template)
def test_the_worked_calculation_ends_in_what_the_judge_takes_for_right(task):
    *_, last = task.worked()
    assert task.judge(last.rpartition("= ")[2]).kind == "right"
    assert task.judge(typed(exact(task).magnitude, task.estimate.unit)).score == 1


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.template)
def test_the_situation_says_every_figure(task):
    assert "{" not in task.situation + task.estimate.question
    assert not {name for name in task.estimate.names if name not in task.scale}
    assert sum(part.isdigit() for part in task.situation) >= len(task.scale) - 2


@pytest.mark.parametrize(
    "task",
    [task for task in TASKS if not set("+-") & set(task.estimate.formula)],
    ids=lambda task: task.template,
)
def test_a_forgotten_factor_is_named(task):
    for name in task.estimate.names:
        factor = task.scale[name].value
        if not task.estimate.within < max(factor, 1 / factor):
            continue
        said = task.judge(typed(exact(task).magnitude / factor, task.estimate.unit))
        assert said.kind == "missing factor"
        assert said.score < 1


@pytest.mark.parametrize("task", TASKS[: len(NAMES)], ids=lambda task: task.template)
def test_unit_and_prefix_have_feedback_of_their_own(task):
    value, unit = exact(task).magnitude, task.estimate.unit
    assert task.judge(f"{value:.6g}").kind == "wrong unit"
    assert task.judge(typed(value, "tickets")).kind == "wrong unit"
    assert task.judge(typed(value * 1000, unit)).kind in ("slip", "missing factor")
    assert task.judge("no idea").kind == "unreadable"


def test_small_results_are_drawn_again():
    least = {name: template.least for name, template in templates.templates().items()}
    for task in TASKS:
        assert exact(task).magnitude >= least[task.template]


def test_a_case_s_own_estimates_have_other_figures():
    case = load_case("fraud_detection")
    tasks = [estimation_task(1, n, "fraud_detection") for n in range(len(case.spec.estimates))]
    assert {task.template for task in tasks} == {e.id for e in case.spec.estimates}
    for task in tasks:
        for name, figure in task.scale.items():
            own = case.spec.scale[name].value
            assert abs(math.log10(figure.value / own)) < 0.6
            assert figure.unit != "dimensionless" or figure.value == own
        assert task.judge(typed(exact(task).magnitude, task.estimate.unit)).kind == "right"
    with pytest.raises(UserError, match="did you mean 'fraud_detection'"):
        estimation_task(1, 0, "fraud_detecton")


def test_powers_and_parts_are_written_out():
    task = next(task for task in TASKS if task.template == "sample_of_a_test")
    assert "²" in task.worked()[-1]
    assert "**" not in "".join(task.worked())
    assert Q(task.worked()[-1].rpartition("= ")[2].replace(" million", "e6")).units == Q("1 user").u


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("formula: users * gone", "'gone' is not a figure: users"),
        ("formula: users ** 2", "does not give users"),
        ("situation: '{people} come'", "'people' is not a figure: users"),
        ("figures: {users: {low: 5, unit: users}}", "either 'low' and a larger 'high'"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(tmp_path, monkeypatch, text, says):
    fields = {
        "situation": "'{users} come'",
        "question": "How many?",
        "figures": "{users: {low: 5, high: 9, unit: users}}",
        "formula": "users",
        "unit": "users",
        "items": "[R6]",
        "remember": "Nothing.",
    }
    key, _, value = text.partition(": ")
    lines = [f"    {name}: {line}" for name, line in (fields | {key: value}).items()]
    file = tmp_path / "estimation.yaml"
    file.write_text("\n".join(["templates:", "  one:", *lines]), encoding="utf-8")
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    with pytest.raises(DrillError) as told:
        templates.templates.__wrapped__()
    assert says in str(told.value)
    assert f"{file}:" in str(told.value)
