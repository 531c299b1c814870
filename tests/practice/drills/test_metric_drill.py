"""The metric-choice drill: what is stored, how a choice is read and judged."""

import collections

import pytest

from mlsd_kit.cases import discover
from mlsd_kit.practice.drills import files, metric_task, metrics
from mlsd_kit.practice.drills.files import DrillError

ALL = metrics.situations()


def task_of(name):
    numbers = range(len(ALL))
    return next(task for task in (metric_task(0, n) for n in numbers) if task.id == name)


def test_there_are_at_least_thirty_situations_over_the_cases_and_the_items():
    assert len(ALL) >= 30
    items = {item for one in ALL.values() for item in one.items}
    assert {f"E{n}" for n in range(1, 10)} <= items
    of_case = collections.Counter(one.case for one in ALL.values())
    assert set(of_case) - {None} <= set(discover())
    assert all(of_case[case] >= 5 for case in discover())


def test_each_option_says_why_in_words_of_its_own():
    for one in ALL.values():
        reasons = [option.why for option in one.options.values()]
        assert len(set(reasons)) == len(reasons)
        assert min(len(reason.split()) for reason in reasons) >= 5


def test_each_comes_once_in_a_round_and_the_options_change_places():
    numbers = range(len(ALL))
    assert sorted(metric_task(4, number).id for number in numbers) == sorted(ALL)
    places = {metric_task(seed, n).options for seed in range(3) for n in numbers}
    assert len(places) > 2 * len(ALL)
    assert metric_task(4, 7) == metric_task(4, 7)


def test_a_case_s_situations_only():
    tasks = [metric_task(1, number, "search_ranking") for number in range(20)]
    assert {task.of.case for task in tasks} == {"search_ranking"}
    with pytest.raises(DrillError, match="no situation is about 'churn'; there are some on ctr"):
        metric_task(1, 0, "churn")


@pytest.mark.parametrize(
    ("chosen", "score", "says"),
    [
        (["log loss", "expected over observed clicks"], 1.0, "Right."),
        (["log loss"], 0.5, "Also expected over observed clicks."),
        (["log loss", "AUC"], 0.0, "Not AUC. Also expected over observed clicks."),
        (["AUC"], 0.0, "Not AUC. But "),
        ([], 0.0, "But "),
    ],
)
def test_a_choice_is_worth_what_is_right_less_what_is_wrong(chosen, score, says):
    judged = task_of("ads_downsampling").judge(chosen)
    assert judged.score == score
    assert judged.says.startswith(says)


def test_choosing_everything_is_worth_less_than_the_right_ones():
    for number in range(len(ALL)):
        task = metric_task(2, number)
        assert task.judge(task.options).score < 1
        assert task.judge([name for name, right, _ in task.why() if right]).score == 1


def test_options_are_read_by_number_and_by_name():
    task = task_of("fraud_rare")
    by_number = task.read("1, 3")
    assert by_number == [task.options[0], task.options[2]]
    assert task.read("2 4") == [task.options[1], task.options[3]]
    assert task.read("ROC AUC; accuracy") == ["ROC AUC", "accuracy"]
    assert task.read("average precison") == ["average precision"]
    assert task.read("AVERAGE") == ["average precision"]
    assert task.read(" , ") == []
    for name in ALL:
        for option in ALL[name].options:
            assert task_of(name).read(option) == [option]


@pytest.mark.parametrize(
    ("text", "says"),
    [("5", "there is no option 5; there are 1 to 4"), ("kappa", "'kappa' is none of the options")],
)
def test_what_is_no_option_is_told(text, says):
    with pytest.raises(DrillError, match=says):
        task_of("fraud_rare").read(text)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("{a: {why: x}, b: {why: y}, c: {why: z}}", "some have to be right and some wrong"),
        ("{'a, b': {why: x, right: true}, c: {why: y}, d: {why: z}}", "has no comma"),
        ("{a: {why: x, right: true}, b: {why: y}}", "at least 3"),
        ("{a: {why: x, rigth: true}, b: {why: y}, c: {why: z}}", "nearest valid key is 'right'"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(tmp_path, monkeypatch, options, says):
    file = tmp_path / "metrics.yaml"
    lines = ["situations:", "  one:", "    items: [E1]", "    situation: s", "    question: q"]
    file.write_text("\n".join([*lines, f"    options: {options}"]), encoding="utf-8")
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    with pytest.raises(DrillError) as told:
        metrics.situations.__wrapped__()
    assert says in str(told.value)
    assert f"{file}:6" in str(told.value)
