"""The divergence report, the check of arms, and paired latencies: known answers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mlsd_kit.deployment import LoadResult
from mlsd_kit.deployment.release import (
    check_ratio,
    compare_shadow,
    join_outcomes,
    paired_difference,
    shift_log_odds,
    units_by_arm,
)
from mlsd_kit.errors import UserError

SERVED = pd.DataFrame(
    {"prediction": [0.1, 0.4, 0.6, 0.9, None], "model_ms": [1.0, 2.0, 3.0, 4.0, 5.0]},
    index=list("abcde"),
)
SHADOW = pd.DataFrame(
    {
        "prediction": [0.1, 0.55, 0.45, np.nan, 0.5],
        "model_ms": [10.0, 20.0, 30.0, 40.0, 50.0],
        "outcome": ["answered", "answered", "answered", "failed", "answered"],
    },
    index=list("abcde"),
)


def test_the_report_by_hand():
    report = compare_shadow(SERVED, SHADOW, 0.05, 0.5)
    assert list(report.rows.index) == ["a", "b", "c"]
    assert report.rows["flip"].tolist() == [0, 1, -1]
    assert report.rows["beyond"].tolist() == [False, True, True]
    summary = report.summary()
    assert summary["not answered by the shadow"] == 1
    assert summary["beyond tolerance (%)"] == pytest.approx(200 / 3)
    assert summary["flips up (%)"] == summary["flips down (%)"] == pytest.approx(100 / 3)
    assert summary["mean prediction, ratio"] == pytest.approx(1.0)
    assert summary["rank correlation"] == pytest.approx(0.5)
    assert report.worst(1)["difference"].abs().iloc[0] == pytest.approx(0.15)
    latency = report.latency()["p50 (ms)"]
    assert (latency["served"], latency["shadow"]) == (2.0, 20.0)


def test_slices_come_with_those_of_most_flips_first():
    report = compare_shadow(SERVED, SHADOW, 0.05, 0.5)
    city = pd.Series(["Oslo", "Bonn", "Bonn", "Oslo", "Oslo"], list("abcde"), name="city")
    table = report.by_slice(city)
    assert list(table.index) == ["Bonn", "Oslo"]
    assert table["flips (%)"].tolist() == [100.0, 0.0]
    assert table["requests"].tolist() == [2, 1]
    with pytest.raises(UserError, match="request 'c' has no city"):
        report.by_slice(city.drop("c"))


def test_of_a_request_sent_again_the_last_answer_counts():
    twice = pd.concat([SERVED.assign(prediction=0.0), SERVED])
    assert compare_shadow(twice, SHADOW, 0.05, 0.5).rows["served"].tolist() == [0.1, 0.4, 0.6]


def test_nothing_to_compare_is_said():
    with pytest.raises(UserError, match="is empty"):
        compare_shadow(pd.DataFrame(), SHADOW, 0.1, 0.5)
    with pytest.raises(UserError, match="answered by both"):
        compare_shadow(SERVED, SHADOW.assign(outcome="failed"), 0.1, 0.5)


def test_the_ratio_check_is_a_chi_squared_test():
    check = check_ratio({"a": 5_200, "b": 4_800}, {"a": 0.5, "b": 0.5})
    assert check.p_value == pytest.approx(stats.chi2.sf(2 * 200**2 / 5000, 1))
    assert check.mismatch
    assert not check_ratio({"a": 1020, "b": 8980}, {"a": 0.1, "b": 0.9}).mismatch
    assert check.table["expected"].tolist() == [5000, 5000]


def test_arms_without_a_plan_and_a_test_without_units_are_refused():
    with pytest.raises(UserError, match="a, c were counted, but a, b planned"):
        check_ratio({"a": 1, "c": 1}, {"a": 0.5, "b": 0.5})
    with pytest.raises(UserError, match="no unit"):
        check_ratio({"a": 0, "b": 0}, {"a": 0.5, "b": 0.5})


def test_a_unit_in_two_arms_is_found_and_outcomes_are_joined_by_request():
    log = pd.DataFrame(
        {"unit": ["u", "v", "u"], "arm": ["a", "b", "a"], "salt": ["s", "s", "s"]},
        index=["r0", "r1", "r2"],
    )
    assert dict(units_by_arm(log, "s")) == {"u": "a", "v": "b"}
    assert len(units_by_arm(log, "another")) == 0
    with pytest.raises(UserError, match="unit 'u' was in 2 arms"):
        units_by_arm(log.assign(arm=["a", "b", "b"]), "s")
    joined = join_outcomes(log, pd.Series({"r2": 1.0, "r0": 0.0, "r9": 1.0}))
    assert joined["outcome_value"].tolist()[::2] == [0.0, 1.0]
    assert np.isnan(joined.loc["r1", "outcome_value"])
    with pytest.raises(UserError, match="more than one outcome"):
        join_outcomes(log, pd.Series([1.0, 0.0], index=["r0", "r0"]))


def block(median_ms, errors=0):
    return LoadResult(1, None, 1.0, errors, np.full(5, median_ms / 1000))


def test_paired_blocks_give_students_interval_in_turned_order():
    order = []
    first = iter([10.0, 12.0, 11.0])
    second = iter([11.0, 15.0, 13.0])

    def a():
        order.append("a")
        return block(next(first))

    def b():
        order.append("b")
        return block(next(second), errors=1)

    found = paired_difference(a, b, 3)
    assert order == list("abbaab")
    expected = stats.ttest_1samp([1.0, 3.0, 2.0], 0).confidence_interval(0.95)
    assert found.difference_ms == pytest.approx(2.0)
    assert (found.low_ms, found.high_ms) == pytest.approx((expected.low, expected.high))
    assert found.errors == 3
    with pytest.raises(ValueError, match="at least 2 pairs"):
        paired_difference(a, b, 1)


def test_log_odds_are_shifted():
    assert shift_log_odds(0.2, 0.0) == 0.2
    assert np.log(shift_log_odds(0.2, 1.5) / (1 - shift_log_odds(0.2, 1.5))) == pytest.approx(
        np.log(0.25) + 1.5
    )
    assert 0 < shift_log_odds(0.0, -50.0) < shift_log_odds(1.0, -1.0) < 1
