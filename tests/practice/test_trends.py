"""A learner's history as tables, sentences and pictures; a sample where there is none."""

import matplotlib as mpl
import pandas as pd
import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.practice import trends
from mlsd_kit.practice.grading.axes import AXES
from mlsd_kit.practice.memory.stats import due_by_day, kept_share, stage_table
from mlsd_kit.practice.record.events import FINISHED, STARTED, Event
from mlsd_kit.practice.record.history import History
from mlsd_kit.practice.trends.sample import NOW, sample_learner

CASE = "fraud_detection"


@pytest.fixture(scope="module", autouse=True)
def no_window():
    mpl.use("Agg")


@pytest.fixture(scope="module")
def learner():
    return sample_learner([CASE])


@pytest.fixture(scope="module")
def interviews(learner):
    return trends.played(learner.finished())


def test_a_sample_replays_transcripts_as_if_on_some_days(learner, interviews):
    assert learner.sample
    assert list(learner.interviews) == [f"{CASE}-{q}" for q in ("weak", "mixed", "strong")]
    begun = [one.begun for one in interviews]
    assert begun == sorted(begun)
    assert begun[-1] < NOW
    assert "This is a sample" in trends.about_learner(learner, interviews).data


def test_axes_get_better_from_weak_to_strong(interviews):
    axes = trends.axis_frame(interviews)
    assert len(axes) == len(AXES) * 3
    means = axes.groupby("interview", sort=False)["score"].mean()
    assert means.is_monotonic_increasing
    change = trends.axis_change(axes)
    assert list(change.index) == list(AXES)
    assert (change["last"] - change["first"]).equals(change["change"])
    assert change["change"].mean() > 0.3


def test_items_are_counted_over_all_interviews(interviews):
    items = trends.item_frame(interviews)
    counts = items[["reasoned", "named", "unclear", "missed"]].sum(axis=1)
    assert (counts >= 3).all()
    assert items["worth"].is_monotonic_increasing
    assert items["worth"].between(0, 1).all()
    assert {"R1", "D3", "S2"} <= set(items.index)


def test_time_is_the_transcripts(interviews, learner):
    times = trends.time_frame(interviews)
    for one in interviews:
        spent = times.loc[times["interview"] == one.id, "spent"].sum()
        events = learner.interviews[one.id]
        assert spent * 60 == pytest.approx(events[-1].at - events[0].at)
        assert times.loc[times["interview"] == one.id, "budget"].sum() == pytest.approx(45)


def test_estimates_show_their_ratio_and_what_was_not_given(interviews):
    estimates = trends.estimate_frame(interviews)
    assert len(estimates) == 3 * 5
    right = estimates[estimates["verdict"] == "right"]
    assert len(right)
    assert right["ratio"].between(1 / 3, 3).all()
    missing = estimates[estimates["verdict"] == "not given"]
    assert missing["ratio"].isna().all()
    assert (missing["score"] == 0).all()
    assert f"the cases ask for: {len(estimates)}; given" in trends.about_estimates(estimates).data


def test_exercises_and_reviews_of_the_sample(learner):
    exercises = trends.exercise_frame(learner.progress)
    assert exercises["passed"].sum() > exercises["tried"].sum() > 0
    count, kept = kept_share(learner.log)
    assert count > 20
    assert 0.6 < kept < 1
    due = due_by_day(learner.log.learned(), learner.now)
    assert len(due) == 14
    assert due.sum() > 0


def test_every_picture_has_labelled_axes(learner, interviews):
    figures = [
        trends.plot_axes(trends.axis_frame(interviews)),
        trends.plot_items(trends.item_frame(interviews)),
        trends.plot_time(trends.time_frame(interviews)),
        trends.plot_estimates(trends.estimate_frame(interviews)),
        trends.plot_exercises(trends.exercise_frame(learner.progress)),
        trends.plot_forecast(due_by_day(learner.log.learned(), learner.now)),
    ]
    for figure in figures:
        figure.draw_without_rendering()
        assert figure.get_supxlabel() or all(ax.get_xlabel() for ax in figure.axes)
        labels = [ax.get_ylabel() or ax.get_yticklabels() for ax in figure.axes]
        assert figure.get_supylabel() or all(labels)
        mpl.pyplot.close(figure)


def test_with_nothing_yet_there_are_empty_tables_and_a_sentence(tmp_path):
    axes = trends.axis_frame([])
    assert "mlsd practice CASE" in trends.about_axes(trends.axis_change(axes)).data
    assert trends.item_frame([]).empty
    assert "mlsd practice CASE" in trends.about_time(trends.time_frame([])).data
    assert "mlsd practice CASE" in trends.about_estimates(trends.estimate_frame([])).data
    for figure in (
        trends.plot_axes(axes),
        trends.plot_items(trends.item_frame([])),
        trends.plot_time(trends.time_frame([])),
        trends.plot_estimates(trends.estimate_frame([])),
        trends.plot_forecast(due_by_day({}, NOW)),
    ):
        figure.draw_without_rendering()
        mpl.pyplot.close(figure)
    assert stage_table({}, {}, NOW)["cards"].sum() == 0


def test_one_s_own_history_is_shown_when_something_was_finished(tmp_path):
    history = History(tmp_path / "own.sqlite")
    record = history.new()
    record.append(
        Event(1e9, STARTED, {"case": CASE, "level": "senior", "minutes": 45.0, "stage": "data"})
    )
    assert trends.load_learner(str(history.path), sample_cases=[]).sample
    record.append(Event(1e9 + 60, FINISHED, {}))
    own = trends.load_learner(str(history.path))
    assert not own.sample
    (only,) = trends.played(own.finished())
    assert only.card.score == 0
    change = trends.axis_change(trends.axis_frame([only]))
    assert trends.about_axes(change).data.startswith("So far *problem understanding*")
    assert "Your own history: 1 finished interview, the last on 09 September 2001." in (
        trends.about_learner(own, [only]).data
    )


def test_the_sample_may_be_wanted_all_the_same(tmp_path):
    History(tmp_path / "own.sqlite").new().append(Event(1e9, STARTED, {"case": CASE}))
    assert trends.load_learner(str(tmp_path / "own.sqlite"), sample=True, sample_cases=[]).sample


def test_an_interview_over_a_case_that_is_gone_is_left_out(tmp_path):
    events = [
        Event(1.0, STARTED, {"case": "gone", "level": "senior", "minutes": 45.0, "stage": "data"}),
        Event(2.0, FINISHED, {}),
    ]
    assert trends.played({"a": events}) == []


def test_a_sample_of_a_case_without_transcripts_says_so(tmp_path):
    with pytest.raises(UserError, match="no case 'nothing'"):
        sample_learner(["nothing"])


def test_the_sample_is_the_same_every_time(learner):
    again = sample_learner([CASE])
    assert again.interviews == learner.interviews
    first, second = (one.log.reviews() for one in (learner, again))
    pd.testing.assert_frame_equal(first, second)
