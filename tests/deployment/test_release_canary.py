"""The canary's state machine and its rehearsal: how often it errs, and how soon it finds."""

import numpy as np
import pytest
from scipy import stats

from mlsd_kit.deployment.release import (
    Canary,
    EventGuard,
    PointGuard,
    Traffic,
    rehearsal_table,
    rehearse,
    shift_log_odds,
)

RNG = np.random.default_rng(3)
P = RNG.beta(2, 6, 5000)
Y = (RNG.random(5000) < P).astype(float)
SAME = Traffic(P, P, Y)


def failed(served):
    return served.failed > 0


def small():
    return Canary(stages=(0.05, 0.25), per_stage=200)


def test_it_goes_through_its_stages_and_is_promoted():
    canary, rng, shares = Canary(guards=[], stages=(0.1, 0.5), per_stage=50), RNG, []
    start = 0
    while canary.state == "running":
        shares.append(canary.share)
        canary.observe(SAME.draw(100, canary.share, start, rng))
        start += 100
    assert sorted(set(shares)) == [0.1, 0.5]
    assert (canary.state, canary.share) == ("promoted", 1.0)
    assert canary.answered >= 100
    assert canary.observe(SAME.draw(10, 1.0, start, rng)) == "promoted"
    assert canary.requests == start


def test_a_bad_one_is_rolled_back_with_the_reason_and_stays_so():
    canary = Canary(stages=(0.5,))
    bad = Traffic(P, P, Y, errors=(0.0, 0.3))
    assert canary.observe(bad.draw(500, 0.5, 0, np.random.default_rng(0))) == "rolled back"
    assert canary.share == 0
    assert canary.stopped_by == "errors"
    assert canary.reason.startswith("errors at the 50 % stage: ")
    assert canary.requests < 100  # where the evidence was enough, not where the batch ended
    assert canary.observe(SAME.draw(10, 0.5, 500, RNG)) == "rolled back"


@pytest.mark.parametrize(
    "wrong",
    [
        {"stages": ()},
        {"stages": (0.5, 0.1)},
        {"stages": (0.5, 1.0)},
        {"alpha": 0.0},
        {"per_stage": 0},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=r"stages|out of range"):
        Canary(**wrong)


@pytest.mark.parametrize("alpha", [0.02, 0.5])
def test_an_identical_canary_is_taken_back_no_more_often_than_alpha(alpha):
    def make():
        guards = [EventGuard("errors", failed)]
        return Canary(guards, (0.05, 0.25), per_stage=200, alpha=alpha)

    runs = 100
    trial = rehearse(Traffic(P, P, Y, errors=(0.05, 0.05), labels=False), make, runs)
    false = int((trial["state"] == "rolled back").sum())
    assert stats.binomtest(false, runs, alpha, alternative="greater").pvalue > 1e-3
    if alpha == 0.5:
        assert false > 0  # the bound is not kept by never deciding


@pytest.mark.parametrize("share", [0.01, 0.25])
def test_nor_where_few_predictions_are_far_from_all_the_others(share):
    rare = np.where(RNG.random(5000) < 0.003, 0.9, 0.001 * RNG.random(5000))
    happened = (RNG.random(5000) < rare).astype(float)

    def make():
        return Canary(stages=(share,), per_stage=400)

    trial = rehearse(Traffic(rare, rare, happened), make, 40)
    false = int((trial["state"] == "rolled back").sum())
    assert stats.binomtest(false, 40, 0.02, alternative="greater").pvalue > 1e-3


def test_comparing_points_takes_back_many():
    trial = rehearse(
        Traffic(P, P, Y, errors=(0.02, 0.02), labels=False),
        lambda: Canary([PointGuard("errors", failed)], (0.05, 0.25), per_stage=200),
        40,
    )
    assert (trial["state"] == "rolled back").mean() > 0.3


@pytest.mark.parametrize(
    ("traffic", "guard"),
    [
        (Traffic(P, P, Y, slower=2.0), "latency"),
        (Traffic(P, P, Y, errors=(0.001, 0.05)), "errors"),
        (Traffic(P, np.array([shift_log_odds(p, 1.0) for p in P]), Y), "predictions"),
        (Traffic(P, RNG.permutation(P), Y), "outcomes"),
    ],
    ids=["latency", "errors", "predictions", "outcomes"],
)
def test_each_fault_is_caught_by_its_guard(traffic, guard):
    trial = rehearse(traffic, lambda: Canary(stages=(0.05, 0.25), per_stage=6000), 10)
    assert (trial["state"] == "rolled back").all()
    assert (trial["stopped_by"] == guard).mean() >= 0.8


def test_a_rehearsal_is_the_same_again_and_one_without_end_is_refused():
    assert rehearse(SAME, small, 3).equals(rehearse(SAME, small, 3))
    with pytest.raises(ValueError, match="no decision"):
        rehearse(SAME, lambda: Canary([], (0.01,), per_stage=10**6), 1)


def test_the_table_has_a_row_for_each_kind():
    table = rehearsal_table({"same": rehearse(SAME, small, 4)})
    assert table.loc["same", "mostly by"] == "–"
    assert table.loc["same", "rolled back (%)"] == 0
    assert table.loc["same", "the canary's, median"] >= 400
