import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.deployment import (
    DriftMonitor,
    Reference,
    build_reference,
    detect_changes,
    inject_fault,
    plot_drift,
    population_stability,
)
from mlsd_kit.errors import UserError


def world(n, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "amount": rng.lognormal(size=n),
            "shop": rng.zipf(1.5, n).clip(max=1000),
            "city": rng.choice(["Oslo", "Bonn", None], n, p=[0.6, 0.3, 0.1]),
            "constant": np.full(n, 7.0),
            "zeros": np.where(rng.random(n) < 0.7, 0.0, rng.exponential(size=n)),
        }
    )
    frame.loc[rng.random(n) < 0.05, "amount"] = np.nan
    scores = 1 / (1 + np.exp(3 - np.log(frame["amount"].fillna(1.0)))).to_numpy()
    return frame, scores, (rng.random(n) < scores).astype(int)


@pytest.fixture(scope="module")
def reference():
    frame, scores, _ = world(50_000, seed=0)
    return build_reference(frame, scores, categorical=["shop"])


def test_stability_is_its_definition():
    p, q = np.array([600, 300, 100]), np.array([500, 300, 200])
    a, b = p / 1000, q / 1000
    expected = np.sum((b - a) * np.log(b / a))
    assert population_stability(p, q).psi == pytest.approx(expected, rel=5e-3)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=20).filter(any), st.integers(2, 9))
def test_equal_shares_are_stable_at_any_size(counts, times):
    found = population_stability(np.array(counts), np.array(counts) * times)
    assert found.psi == pytest.approx(0, abs=1e-3)
    assert found.psi >= 0


@pytest.mark.parametrize("shares", [np.full(10, 0.1), np.arange(1, 21) / 210])
@pytest.mark.parametrize(("m", "n"), [(20_000, 1000), (2000, 2000)])
def test_without_drift_the_threshold_is_passed_as_often_as_promised(shares, m, n):
    rng = np.random.default_rng(0)
    draws = [
        population_stability(rng.multinomial(m, shares), rng.multinomial(n, shares), alpha=0.05)
        for _ in range(2000)
    ]
    psi = np.array([d.psi for d in draws])
    assert np.mean([d.psi > d.threshold for d in draws]) == pytest.approx(0.05, abs=0.015)
    assert psi.mean() == pytest.approx((len(shares) - 1) * (1 / m + 1 / n), rel=0.06)
    assert draws[0].expected == pytest.approx((len(shares) - 1) * (1 / m + 1 / n))


def test_a_value_never_seen_before_is_drift():
    found = population_stability(np.array([50_000, 0]), np.array([950, 50]))
    assert found.psi > 10 * found.threshold


def test_every_row_is_in_one_bin_and_the_reference_survives_json(reference):
    frame, scores, _ = world(3000, seed=5)
    for name, bins in reference.features.items():
        values = pd.Series(scores) if name == "prediction" else frame[name]
        assert bins.count(values).sum() == 3000
        assert sum(bins.counts) == 50_000
    assert Reference.from_dict(json.loads(json.dumps(reference.to_dict()))) == reference


def test_a_stream_like_the_reference_raises_no_alarm(reference):
    monitor = DriftMonitor(reference, adwin_delta=0.002)
    alarms = [monitor.observe(*world(2000, seed)) for seed in range(1, 16)]
    assert sum(alarms) == 0
    assert monitor.first_alarm() is None
    assert not monitor.features()["drifted"].any()
    assert monitor.table()["calibration"].between(0.8, 1.25).all()


@pytest.mark.parametrize(
    ("column", "fault", "amount"),
    [
        ("amount", "unit", 100),
        ("amount", "default", 0),
        ("shop", "default", 0),
        ("city", "default", 0),
        ("constant", "unit", 1.01),
        ("constant", "unit", 0.99),
        ("zeros", "unit", -1),
    ],
)
def test_a_fault_that_raises_no_error_raises_an_alarm(reference, column, fault, amount):
    monitor = DriftMonitor(reference)
    frame, scores, _ = world(2000, seed=1)
    assert not monitor.observe(frame, scores)
    assert monitor.observe(inject_fault(frame, column, fault, amount=amount), scores)
    assert monitor.first_alarm() == 1
    assert monitor.table()["drifted"].tolist() == ["", column]


def test_shuffled_values_are_not_seen_in_the_features_but_in_the_outcome(reference):
    frame, scores, labels = world(20_000, seed=1)
    broken = inject_fault(frame, "amount", "shuffled", seed=2)
    monitor = DriftMonitor(reference)
    monitor.observe(broken, scores, labels)
    assert not monitor.features().set_index("feature").loc["amount", "drifted"]
    assert not broken["amount"].equals(frame["amount"])


def test_calibration_alone_raises_an_alarm(reference):
    frame, scores, labels = world(5000, seed=1)
    monitor = DriftMonitor(reference)
    assert not monitor.observe(frame, scores, labels)
    clicked_less = labels * (np.random.default_rng(0).random(5000) < 0.5)
    assert monitor.observe(frame, scores, clicked_less)
    last = monitor.table().iloc[-1]
    assert last["miscalibrated"]
    assert last["drifted"] == ""
    assert last["calibration"] == pytest.approx(scores.sum() / clicked_less.sum())


def test_adwin_finds_the_window_in_which_the_world_changed(reference):
    monitor = DriftMonitor(reference, adwin_delta=0.002)
    for seed in range(6):
        frame, scores, labels = world(1000, seed + 1)
        monitor.observe(frame, scores, labels if seed < 3 else 1 - labels)
    found = monitor.table()["change_found"]
    assert found.idxmax() == 3
    assert found.any()


def test_change_points_are_found_after_the_change_and_not_before():
    rng = np.random.default_rng(0)
    clicks = np.concatenate([rng.random(20_000) < 0.02, rng.random(20_000) < 0.05])
    found = detect_changes(clicks)
    assert len(found)
    assert 20_000 <= found[0] < 25_000
    assert len(detect_changes(rng.random(20_000) < 0.02)) == 0


def test_a_wrong_window_is_one_clear_line(reference):
    frame, scores, labels = world(100, seed=1)
    monitor = DriftMonitor(reference)
    with pytest.raises(UserError, match="misses feature 'shop'"):
        monitor.observe(frame.drop(columns="shop"), scores)
    with pytest.raises(ValueError, match="100 rows and predictions of shape"):
        monitor.observe(frame, scores[:5])
    with pytest.raises(ValueError, match="99 labels for 100"):
        monitor.observe(frame, scores, labels[:99])
    with pytest.raises(ValueError, match="must be as many"):
        build_reference(frame, scores[:5])
    with pytest.raises(ValueError, match="the name of the model's scores"):
        build_reference(frame.assign(prediction=1), scores)
    with pytest.raises(ValueError, match="two samples"):
        population_stability(np.array([0, 0]), np.array([1, 2]))


def test_the_heat_map_marks_what_drifted(reference):
    monitor = DriftMonitor(reference)
    frame, scores, _ = world(2000, seed=1)
    monitor.observe(frame, scores)
    monitor.observe(inject_fault(frame, "zeros", "unit", amount=-1), scores)
    ax = plot_drift(monitor.features())
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert names == ["amount", "shop", "city", "constant", "zeros", "prediction"]
    assert ax.collections[0].get_offsets().tolist() == [[1.0, 4.0]]
