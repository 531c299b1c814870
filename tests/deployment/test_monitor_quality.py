"""Quality with late labels, silent failures, and fairness between groups."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from mlsd_kit.deployment import inject_fault
from mlsd_kit.deployment.monitoring import (
    FairnessMonitor,
    LateQuality,
    Sample,
    SampledParity,
    Setting,
    SilentFailure,
    Window,
    cut_windows,
    difference_interval,
    fairness_gate,
    false_alarms,
    group_rates,
)
from mlsd_kit.errors import UserError


def make_rows(n, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "amount": rng.lognormal(size=n).astype("float32"),
            "sold": rng.poisson(0.7, n).astype("float32"),
            "city": rng.choice(["oslo", "bonn", "missing"], n, p=[0.6, 0.38, 0.02]),
        }
    )
    X.loc[rng.random(n) < 0.03, "amount"] = np.nan
    p = 1 / (1 + np.exp(2.5 - np.log(X["amount"].fillna(1.0)))).to_numpy(dtype=float)
    return Sample(X, p, (rng.random(n) < p).astype(int))


@pytest.fixture(scope="module")
def reference():
    return make_rows(6000)


def test_labels_are_known_when_their_delay_has_passed():
    rows = make_rows(4).take(slice(0, 4))
    rows = Sample(rows.features, rows.predictions, np.array([1, 1, 0, 1]))
    windows = cut_windows(
        rows, np.array([0.0, 0.5, 1.2, 2.5]), 1.0, delay_h=np.array([0.5, 2.0, 0.0, 9.0])
    )
    known = [w.outcomes.sample.labels.tolist() for w in windows]
    assert known == [[1, 0], [1, 0, 0], [1, 1, 0, 0]]
    assert windows[2].outcomes.between(0.5, 2.5).labels.tolist() == [1, 0]


def quality_alarms(reference, stream, delay_h, maturity_h):
    time_h = np.arange(len(stream)) / 250
    monitor = LateQuality(reference, maturity_h=maturity_h, block_rows=1000)
    windows = cut_windows(stream, time_h, 2.0, delay_h)
    alarms = [alarm for w in windows if (alarm := monitor.observe(w))]
    return alarms, monitor.table()


def test_late_labels_alarm_only_who_does_not_wait(reference):
    stream = make_rows(8000, seed=1)
    delay = np.random.default_rng(2).exponential(3.0, len(stream))
    hasty, early = quality_alarms(reference, stream, delay, 0.0)
    patient, ripe = quality_alarms(reference, stream, delay, 15.0)
    assert len(hasty) == len(early) == 8
    assert all("fewer events than predicted" in alarm.reason for alarm in hasty)
    assert patient == []
    assert len(ripe) == 4
    assert ripe["calibration"].between(0.8, 1.25).all()


def test_a_worse_world_is_seen_once_its_labels_are_ripe(reference):
    stream = make_rows(8000, seed=1)
    labels = np.where(np.arange(8000) < 4000, stream.labels, 1 - stream.labels)
    turned = Sample(stream.features, stream.predictions, labels)
    alarms, table = quality_alarms(reference, turned, np.full(8000, 4.0), 4.0)
    assert "log loss" in alarms[0].reason
    assert "more events than predicted" in alarms[0].reason
    first = table.loc[table["log_loss"] > table["log_loss_high"], "until (h)"].iloc[0]
    # row 4,000 is served at 16 h and ripe at 20 h; its block is full 4 h later
    assert 20 < first <= 24


def test_the_figures_are_those_of_the_rows(reference):
    rows = make_rows(1000, seed=4)
    found = LateQuality(reference, maturity_h=0).judge(rows)
    assert found.log_loss == pytest.approx(log_loss(rows.labels, rows.predictions))
    assert found.calibration == pytest.approx(rows.predictions.sum() / rows.labels.sum())
    assert found.excess == pytest.approx(rows.labels.mean() - rows.predictions.mean())
    # the residual's bounds against the normal approximation, at 2.5 ‰ on each side
    spread = (reference.labels - reference.predictions).std() * np.sqrt(1 / 1000 + 1 / 6000)
    middle = (reference.labels - reference.predictions).mean()
    assert found.excess_high == pytest.approx(middle + 2.807 * spread, rel=0.15)


def test_quality_rings_as_often_as_it_was_asked_to():
    rows = make_rows(14_000, seed=9)
    setting = Setting(6000, 400, 20, runs=8)
    found = false_alarms(
        lambda r: LateQuality(r, maturity_h=0.0, alpha=0.1, block_rows=400), rows, setting
    )
    # two measures that go together share alpha: at most 10 %
    assert found.low < 0.1
    assert found.high > 0.03


def test_quality_wants_labels(reference):
    rows = make_rows(10)
    bare = Sample(rows.features, rows.predictions)
    with pytest.raises(ValueError, match="reference rows with labels"):
        LateQuality(bare, maturity_h=0)
    with pytest.raises(ValueError, match="windows with outcomes"):
        LateQuality(reference, maturity_h=0).observe(Window(0, 1, bare))
    with pytest.raises(ValueError, match="no quality"):
        LateQuality(reference, maturity_h=0).judge(bare)


SPOIL = {
    "default number": (lambda X: inject_fault(X, "amount", "default"), "amount", "100% default"),
    "default in part": (
        lambda X: inject_fault(X, "sold", "default", share=0.3), "sold", "% default",
    ),
    "default text": (lambda X: inject_fault(X, "city", "default"), "city", "100% default"),
    "missing": (lambda X: X.assign(amount=np.float32(np.nan)), "amount", "100% missing"),
    "constant": (lambda X: X.assign(amount=np.float32(3)), "amount", "800 rows in a row"),
    "constant text": (lambda X: X.assign(city="oslo"), "city", "800 rows in a row"),
    "frozen for a while": (
        lambda X: inject_fault(X, "amount", "stale", amount=120), "amount", "121 rows in a row",
    ),
    "gone": (lambda X: X.drop(columns="sold"), "sold", "the column is gone"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOIL)
def test_a_silent_failure_is_named_with_its_feature(reference, name):
    spoil, feature, says = SPOIL[name]
    rows = make_rows(800, seed=5)
    monitor = SilentFailure(reference)
    assert monitor.observe(Window(0, 1, rows)) is None
    alarm = monitor.observe(Window(1, 2, Sample(spoil(rows.features), rows.predictions)))
    assert alarm.subjects == (feature,)
    assert says in alarm.reason
    assert monitor.observe(Window(2, 3, rows.take(slice(0, 0)))) is None


def test_silence_is_kept_without_a_failure():
    rows = make_rows(12_000, seed=6)
    found = false_alarms(SilentFailure, rows, Setting(6000, 300, 20, runs=10))
    assert found.low <= 0.01


@pytest.mark.parametrize("fault", ["shuffled", "stale", "unit"])
def test_values_of_other_rows_are_caught_by_parity(fault):
    rows = make_rows(1000, seed=7)
    parity = SampledParity(lambda some: rows.features.loc[some.index])
    assert parity.observe(Window(0, 1, rows)) is None
    spoilt = inject_fault(rows.features, "amount", fault, amount=40)
    alarm = parity.observe(Window(1, 2, Sample(spoilt, rows.predictions)))
    assert alarm.subjects == ("amount",)
    assert "of 50 rows" in alarm.reason
    assert parity.observe(Window(2, 3, rows.take(slice(0, 0)))) is None


def test_parity_compares_text_and_wants_all_features():
    rows = make_rows(200, seed=7)
    spoilt = Sample(rows.features.assign(city="rome"), rows.predictions)
    parity = SampledParity(lambda some: rows.features.loc[some.index], sample_rows=10)
    assert parity.observe(Window(0, 1, spoilt)).subjects == ("city",)
    short = SampledParity(lambda some: rows.features.loc[some.index, ["city"]])
    with pytest.raises(UserError, match="lack feature 'amount'"):
        short.observe(Window(0, 1, rows))
    with pytest.raises(ValueError, match="at least one row"):
        SampledParity(lambda some: some, sample_rows=0)


def people(hits, n, other_hits, other_n):
    """Rows without events: flagged ones are false positives."""
    flagged = np.repeat([1, 0, 1, 0], [hits, n - hits, other_hits, other_n - other_hits])
    return np.zeros(n + other_n), flagged, np.repeat(["a", "b"], [n, other_n])


def test_rates_by_group_are_those_of_counting():
    y = np.array([0, 0, 0, 1, 1, 0, 0, 1])
    flagged = np.array([1, 0, 0, 1, 0, 1, 1, 1])
    groups = np.array(list("aaaaabbb"))
    table = group_rates(y, flagged, groups)
    assert table["hits"].tolist() == [1, 2]
    assert table["FPR"].tolist() == pytest.approx([1 / 3, 1])
    assert group_rates(y, flagged, groups, rate="TPR")["TPR"].tolist() == [0.5, 1]
    assert group_rates(y, flagged, groups, rate="flagged")["flagged"].tolist() == [0.4, 1]
    # Wilson's interval of 1 of 3, by its formula
    z, p, n = 1.959964, 1 / 3, 3
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert table.loc["a", ["low", "high"]].tolist() == pytest.approx([middle - half, middle + half])
    with pytest.raises(ValueError, match="8 labels, 7 decisions"):
        group_rates(y, flagged[1:], groups)


def test_the_interval_of_a_difference_is_that_of_newcombes_paper():
    # Newcombe (1998), table II, method 10
    for counts, low, high in [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 20), 0.6791, 1.0000),
    ]:
        assert difference_interval(*counts) == pytest.approx((low, high), abs=2e-4)


def test_the_gate_promotes_with_confidence_or_says_why_not():
    fair = fairness_gate(*people(500, 10_000, 510, 10_000), bound=0.02)
    assert fair.promote
    assert fair.high <= 0.02
    unfair = fairness_gate(*people(500, 10_000, 900, 10_000), bound=0.02)
    assert unfair.verdict == "refuse"
    assert unfair.gap == pytest.approx(0.04)
    assert "'a' and 'b'" in unfair.reason
    few = fairness_gate(*people(5, 100, 5, 100), bound=0.02)
    assert (few.verdict, few.promote) == ("not enough data", False)
    none = fairness_gate([1, 1, 0], [1, 0, 0], ["a", "a", "b"], bound=0.1)
    assert none.verdict == "not enough data"
    assert "'a' has no row" in none.reason


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_the_verdict_follows_from_the_interval(n, m, p, q):
    gate = fairness_gate(*people(round(p * n), n, round(q * m), m), bound=0.1)
    assert gate.low - 1e-9 <= gate.gap <= gate.high + 1e-9
    assert (gate.verdict == "promote") == (gate.high <= 0.1)
    assert (gate.verdict == "refuse") == (gate.low > 0.1)


def test_an_unfair_model_is_seldom_promoted_and_a_fair_one_seldom_refused():
    rng = np.random.default_rng(0)

    def verdicts(gap):
        drawn = [(rng.binomial(800, 0.1), rng.binomial(800, 0.1 + gap)) for _ in range(200)]
        return [fairness_gate(*people(a, 800, b, 800), bound=0.05).verdict for a, b in drawn]

    assert verdicts(0.05).count("promote") <= 12
    assert verdicts(0.0).count("refuse") <= 2


def test_impossible_gates_are_refused():
    with pytest.raises(UserError, match="two groups"):
        fairness_gate([0, 0], [1, 0], ["a", "a"], bound=0.1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        fairness_gate([0, 0], [1, 0], ["a", "b"], bound=0.0)


def test_unfairness_in_service_is_seen_on_ripe_rows_only():
    rows = make_rows(6000, seed=8)
    unfair = np.where(rows.features["city"] == "bonn", 0.9, rows.predictions)
    stream = Sample(rows.features, unfair, rows.labels)

    def monitor(maturity_h):
        watcher = FairnessMonitor(
            "city", threshold=0.5, bound=0.1, maturity_h=maturity_h, block_rows=1000
        )
        windows = cut_windows(stream, np.arange(6000) / 500, 1.0)
        return [w.end_h for w in windows if watcher.observe(w)]

    assert monitor(0.0) == [2, 4, 6, 8, 10, 12]
    assert monitor(5.0) == [7, 9, 11]
    fair = FairnessMonitor("city", threshold=0.5, bound=0.5, maturity_h=0, block_rows=1000)
    assert not any(fair.observe(w) for w in cut_windows(rows, np.arange(6000) / 500, 1.0))
    blind = FairnessMonitor("sex", threshold=0.5, bound=0.1, maturity_h=0)
    with pytest.raises(UserError, match="misses column 'sex'"):
        blind.observe(cut_windows(rows, np.arange(6000) / 500, 1.0)[0])
    with pytest.raises(ValueError, match="windows with outcomes"):
        fair.observe(Window(0, 1, Sample(rows.features, rows.predictions)))
