"""Replayed interviews side by side."""

import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.practice.interview.compare import (
    asked_table,
    axes_table,
    estimates_table,
    items_table,
    plot_axes,
    plot_times,
    replayed,
    time_table,
    transcript_path,
)

CASE = "fraud_detection"


@pytest.fixture(scope="module")
def both():
    return {name: replayed(CASE, name) for name in ("strong", "weak")}


@pytest.fixture(scope="module")
def cards(both):
    return {name: one.interview.scorecard() for name, one in both.items()}


def test_a_strong_interview_is_ahead_on_every_axis(cards):
    table = axes_table(cards)
    assert list(table.columns) == ["strong", "weak"]
    assert (table["strong"] > table["weak"]).all()


def test_items_are_those_that_the_first_earned_alone(cards):
    table = items_table(cards["strong"], cards["weak"])
    assert len(table) >= 10
    assert (table["first"] != "not heard").all()
    assert table["said"].str.len().min() > 0
    back = items_table(cards["weak"], cards["strong"])
    assert not set(back["expected"]) & set(table["expected"])


def test_facts_and_estimates_stand_side_by_side(both, cards):
    asked = asked_table(both)
    assert (asked["weak"] == "not asked").sum() > (asked["strong"] == "not asked").sum()
    judged = estimates_table(cards)
    assert (judged["strong"] == "right").sum() > (judged["weak"] == "right").sum()
    assert set(judged.index) >= {"frauds per day"}


def test_times_add_up(cards):
    table = time_table(cards)
    assert table["budget"].sum() == pytest.approx(45, abs=0.2)
    for name, card in cards.items():
        assert table[name].sum() == pytest.approx(sum(card.spent.values()) / 60, abs=0.5)


def test_the_plots_have_a_bar_for_each_interview(cards):
    for draw, bars in ((plot_axes, 2), (plot_times, 3)):
        ax = draw(cards)
        assert len(ax.containers) == bars
        assert len(ax.get_legend().get_texts()) == bars


def test_a_file_of_one_s_own_and_a_quality_that_is_not_there(tmp_path):
    own = tmp_path / "mine.yaml"
    own.write_text(f"case: {CASE}\nturns:\n  - {{at: '01:00', ask: 'What does an error cost?'}}\n")
    assert replayed(CASE, file=str(own)).interview.state.told == {
        "objective": "What does an error cost?"
    }
    with pytest.raises(UserError, match=r"no transcript 'brilliant'; there are: .*strong.*weak"):
        transcript_path(CASE, "brilliant")
