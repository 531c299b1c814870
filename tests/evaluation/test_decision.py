import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlsd_kit.evaluation import Interval, auc_difference, decide


@pytest.mark.parametrize(
    ("low", "high", "higher", "margin", "verdict"),
    [
        (0.01, 0.03, True, 0.0, "better"),
        (0.01, 0.03, False, 0.0, "worse"),
        (-0.03, -0.01, True, 0.0, "worse"),
        (-0.03, -0.01, False, 0.0, "better"),
        (-0.01, 0.03, True, 0.0, "undecided"),
        (-0.01, 0.03, False, 0.02, "undecided"),
        (-0.01, 0.01, True, 0.02, "same"),
        (0.005, 0.015, True, 0.02, "same"),
        (0.005, 0.03, True, 0.02, "better"),
    ],
)
def test_the_verdict_follows_the_interval(low, high, higher, margin, verdict):
    found = decide(Interval((low + high) / 2, low, high), higher, margin)
    assert found.verdict == verdict
    assert found.decided == (verdict != "undecided")


@settings(deadline=None)
@given(st.floats(-1, 1), st.floats(1e-3, 1))
def test_the_side_that_is_better_mirrors_the_verdict(estimate, half):
    gap = Interval(estimate, estimate - half, estimate + half)
    mirrored = {"better": "worse", "worse": "better"}
    up, down = decide(gap, True), decide(gap, False)
    assert down.verdict == mirrored.get(up.verdict, up.verdict)
    assert up.times == down.times


def test_that_many_times_the_data_have_the_power_they_promise():
    """Means of a normal law: the exact power after `times` the rows."""
    estimate, error = 0.01, 0.012
    gap = Interval(estimate, estimate - 1.959964 * error, estimate + 1.959964 * error)
    times = decide(gap, power=0.8).times
    power = stats.norm.sf(1.959964 - estimate / (error / np.sqrt(times)))
    assert power == pytest.approx(0.8, abs=1e-6)


def test_twice_as_many_rows_halve_what_is_missing():
    rng = np.random.default_rng(0)
    y = (rng.random(4000) < 0.2).astype(int)
    p = y + rng.normal(0, 2, 4000)
    q = p + rng.normal(0, 0.5, 4000)
    once = decide(auc_difference(y, p, q))
    twice = decide(auc_difference(np.tile(y, 2), np.tile(p, 2), np.tile(q, 2)))
    assert twice.times == pytest.approx(once.times / 2, rel=0.01)


def test_no_difference_needs_endless_data():
    assert decide(Interval(0.0, -0.1, 0.1)).times == float("inf")


def test_bounds_out_of_order_are_refused():
    with pytest.raises(ValueError, match="from low to high"):
        decide(Interval(0.0, 0.1, -0.1))
    with pytest.raises(ValueError, match="margin"):
        decide(Interval(0.0, -0.1, 0.1), margin=-1)
