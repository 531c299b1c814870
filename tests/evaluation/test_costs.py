"""Costs, capacity and the bootstrap: known answers."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mlsd_kit.evaluation import (
    at_capacity,
    bootstrap_interval,
    cost_curve,
    cost_threshold,
    plot_pr_and_roc,
)


def test_the_ends_of_the_curve_are_flagging_nothing_and_everything():
    curve = cost_curve([0, 1, 1, 0], [0.1, 0.2, 0.8, 0.2], 2, [0, 30, 50, 0])
    assert curve["flagged"].tolist() == [0, 1, 3, 4]  # equal scores share a threshold
    assert curve["cost"].tolist() == [80, 30, 2, 4]
    assert curve["recall"].tolist() == [0, 0.5, 1, 1]
    assert curve["recall by cost"].tolist() == [0, 50 / 80, 1, 1]
    assert curve["threshold"].tolist() == [np.inf, 0.8, 0.2, 0.1]


def test_the_cheapest_threshold_of_calibrated_scores_is_elkan_s():
    rng = np.random.default_rng(0)
    p = rng.beta(0.5, 4, 200_000)
    curve = cost_curve(rng.random(len(p)) < p, p, 1.0, 9.0)
    best = curve.loc[curve["cost"].idxmin(), "threshold"]
    assert best == pytest.approx(cost_threshold(1, 9), abs=0.02)


def test_a_curve_needs_positives_and_equal_lengths():
    with pytest.raises(ValueError, match="0 positives"):
        cost_curve([0, 0], [0.1, 0.2], 1, 1)
    with pytest.raises(ValueError, match="scores"):
        cost_curve([0, 1], [0.1], 1, 1)


def test_a_team_takes_the_highest_scores_of_each_day():
    table = at_capacity(
        y=[1, 0, 1, 0, 0], p=[0.9, 0.8, 0.1, 0.5, 0.6], day=[0, 0, 0, 1, 1], capacity=1,
        amounts=[30, 5, 10, 5, 5],
    )  # fmt: skip
    assert table["found"].tolist() == [1, 0]
    assert table["precision"].tolist() == [1, 0]
    assert table.loc[0, ["recall", "recall by amount"]].tolist() == [0.5, 0.75]
    assert np.isnan(table.loc[1, "recall"])
    with pytest.raises(ValueError, match="at least one"):
        at_capacity([1], [0.5], [0], 0)


def test_the_bootstrap_finds_the_standard_error_of_a_mean():
    values = np.random.default_rng(1).normal(size=900)
    found = bootstrap_interval(lambda rows: float(values[rows].mean()), 900, draws=1000)
    assert found.estimate == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 / 30, rel=0.1)


def test_rows_that_come_in_groups_are_drawn_in_groups():
    groups = np.repeat(np.arange(100), 9)
    values = np.random.default_rng(1).normal(size=100)[groups]

    def width(groups=None):
        found = bootstrap_interval(
            lambda rows: float(values[rows].mean()), 900, draws=1000, groups=groups
        )
        assert found.estimate == pytest.approx(values.mean())
        return found.high - found.low

    assert width(groups) == pytest.approx(3 * width(), rel=0.15)
    assert width(groups.astype(str)) == width(groups)


def test_the_two_curves_are_labelled():
    y, p = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4])
    left, right = plot_pr_and_roc(y, {"perfect": p})
    assert left.get_legend_handles_labels()[1] == ["perfect: 1.00"]
    assert (left.get_xlabel(), right.get_xlabel()) == ("recall", "false-positive rate")
    plt.close("all")
