"""Evidence and guards: exact enumeration, known mixtures, batches of any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlsd_kit.deployment.release import (
    Canary,
    EventGuard,
    LatencyGuard,
    MeanGuard,
    PointGuard,
    Served,
    standard_guards,
)
from mlsd_kit.deployment.release.evidence import log_bet_factors, log_event_factors


def served(n, share=0.5, seed=0, **given):
    rng = np.random.default_rng(seed)
    columns = {
        "unit": np.arange(n),
        "canary": rng.random(n) < share,
        "share": np.full(n, share),
        "failed": np.zeros(n),
        "latency_s": rng.lognormal(-5, 0.5, n),
        "prediction": rng.random(n),
        "loss": np.full(n, np.nan),
    }
    return Served(**{**columns, **given})


def events(rows):
    return rows.failed > 0


@pytest.mark.parametrize("share", [0.01, 0.25, 0.5])
def test_without_a_difference_the_expected_evidence_on_events_is_one(share):
    ratios, n = np.array([2.0, 5.0, 20.0]), 30
    k = np.arange(n + 1)
    of_one = log_event_factors(np.array([True, False]), np.full(2, share), ratios)
    evidence = np.exp(k[:, None] * of_one[0] + (n - k)[:, None] * of_one[1]).mean(axis=1)
    assert stats.binom.pmf(k, n, share) @ evidence == pytest.approx(1)


def test_at_the_tolerated_ratio_it_is_one_and_below_it_less():
    share, tolerated = 0.3, 2.0
    factors = np.exp(
        log_event_factors(np.array([True, False]), np.full(2, share), np.array([6.0]), tolerated)
    )[:, 0]

    def expected(ratio):
        p = share * ratio / (share * ratio + 1 - share)
        return p * factors[0] + (1 - p) * factors[1]

    assert expected(2.0) == pytest.approx(1)
    assert expected(1.0) < 1


def test_an_arm_with_all_the_traffic_says_nothing():
    assert not log_event_factors(np.array([True]), np.array([1.0]), np.array([2.0])).any()


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.001, 0.999), st.sampled_from([-1, 1]))
def test_a_bet_on_the_mean_is_fair_whatever_the_value(y, mean, share, sign):
    arms = np.array([True, False])
    factors = np.exp(
        log_bet_factors(np.full(2, y), np.full(2, mean), arms, np.full(2, share), 1.0, sign)
    )
    assert np.array([share, 1 - share]) @ factors == pytest.approx(1)
    assert (factors >= 0.5 - 1e-9).all()  # a step costs half of the evidence at most


def test_a_bet_on_a_mean_within_its_tolerance_loses():
    share, tolerated = np.full(2, 0.2), 1.5
    arms, canary, champion = np.array([True, False]), 0.5, 0.4
    y = np.array([canary, tolerated * champion])
    factors = np.exp(log_bet_factors(y, np.full(2, 0.45), arms, share, 1.0, 1))
    assert (np.array([0.2, 0.8]) @ factors < 1).all()


def make_guards():
    return [
        EventGuard("errors", events),
        MeanGuard("predictions", lambda rows: rows.prediction, 0.0),
    ]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_batches_of_any_size_give_the_same_evidence_on_events(sizes):
    rows = served(sum(sizes), failed=(np.random.default_rng(1).random(sum(sizes)) < 0.3) * 1.0)
    whole = EventGuard("errors", events).observe(rows)
    guard, parts, start = EventGuard("errors", events), [], 0
    for size in sizes:
        parts.append(guard.observe(rows.rows(np.arange(start, start + size))))
        start += size
    assert np.concatenate(parts) == pytest.approx(whole)


@pytest.mark.parametrize("guard", make_guards(), ids=lambda guard: guard.name)
def test_one_unit_that_comes_again_and_again_is_no_evidence(guard):
    n = 2000
    rows = served(n, unit=np.where(np.arange(n) < 200, np.arange(n), 7))
    broken = rows.unit == 7
    rows = Served(
        **{
            **vars(rows),
            "canary": rows.canary | broken,
            "failed": broken * 1.0,
            "prediction": np.where(broken, 50.0, rows.prediction),
        }
    )
    paths = [guard.observe(rows.rows(part)) for part in np.array_split(np.arange(n), 4)]
    assert np.concatenate(paths).max() < np.log(10)


def test_a_mean_outside_its_tolerance_is_found_and_one_within_is_not():
    n = 4000
    base = served(n)
    for factor, found in ((1.3, True), (0.7, True), (1.0, False), (1.08, False)):
        value = np.where(base.canary, factor, 1.0) * base.prediction
        rows = Served(**{**vars(base), "prediction": value})
        guard = MeanGuard("predictions", lambda served: served.prediction, 0.1)
        paths = [guard.observe(rows.rows(part)) for part in np.array_split(np.arange(n), 4)]
        assert (max(path.max() for path in paths) > np.log(200)) == found


def test_a_lower_loss_is_no_reason_to_roll_back():
    base = served(4000)
    rows = Served(**{**vars(base), "loss": np.where(base.canary, 0.5, 1.0) * base.prediction})
    guard = MeanGuard("outcomes", lambda served: served.loss, 0.1, both=False)
    paths = [guard.observe(rows.rows(part)) for part in np.array_split(np.arange(4000), 4)]
    assert max(path.max() for path in paths) < 0


def test_latency_is_judged_by_the_champions_own_past():
    base = served(4000)
    for factor, found in ((1.0, False), (2.0, True)):
        slow = np.where(base.canary, factor, 1.0) * base.latency_s
        rows = Served(**{**vars(base), "latency_s": slow})
        guard = LatencyGuard()
        first = guard.observe(rows.rows(np.arange(500)))
        assert first.max() == pytest.approx(0)  # nothing to compare with yet
        later = guard.observe(rows.rows(np.arange(500, 4000)))
        assert (later.max() > np.log(200)) == found


def test_what_a_guard_says_counts_units():
    guard = EventGuard("errors", events)
    rows = served(6, canary=np.array([1, 0, 1, 0, 1, 0], dtype=bool), failed=np.array([1, 0] * 3))
    guard.observe(Served(**{**vars(rows), "unit": np.array(["a", "b", "a", "c", "d", "e"])}))
    assert guard.says() == "2 of 2 on the canary, 0 of 3 on the champion"
    point = PointGuard("errors", events, enough=2)
    assert point.observe(rows)[0] == np.inf
    assert point.says() == "100.00% on the canary, 0.00% on the champion"


def test_outcomes_that_come_late_can_still_take_it_back():
    base = served(3000, share=0.5)
    canary = Canary(stages=(0.5,), per_stage=100_000)
    assert canary.observe(base) == "running"
    loss = np.where(base.canary, 2.0, 1.0) * base.prediction
    known = Served(**{**vars(base), "loss": loss, "failed": np.zeros(3000)})
    only_loss = {"latency_s": np.full(3000, np.nan), "prediction": np.full(3000, np.nan)}
    late = Served(**{**vars(known), **only_loss})
    canary.learn(late.rows(np.arange(1000)))
    assert canary.learn(late.rows(np.arange(1000, 3000))) == "rolled back"
    assert canary.reason.startswith("outcomes at the 50 % stage: mean")
    assert canary.requests == 3000
    assert [guard.name for guard in standard_guards()][-1] == canary.stopped_by
