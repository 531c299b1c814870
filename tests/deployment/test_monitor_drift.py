"""Monitors of inputs, scores and traffic: quiet without drift, loud with it."""

import numpy as np
import pandas as pd
import pytest
from river import drift

from mlsd_kit.deployment import build_reference, inject_fault
from mlsd_kit.deployment.monitoring import (
    AnyOf,
    DataDrift,
    DistributionTest,
    PredictionRate,
    SameHours,
    Sample,
    Setting,
    StreamDetector,
    Volume,
    Window,
    count_alarms,
    cut_windows,
    daily_clock,
    days_without_drift,
    detection,
    false_alarms,
    join_samples,
    measure_monitor,
    plot_detection,
    plot_watch,
    watch,
)
from mlsd_kit.errors import UserError


def make_rows(n, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({f"x{i}": rng.normal(size=n) for i in range(8)})
    X["city"] = rng.choice(["Oslo", "Bonn"], n, p=[0.7, 0.3])
    p = 1 / (1 + np.exp(2 - X["x0"].to_numpy()))
    return Sample(X, p, (rng.random(n) < p).astype(int))


@pytest.fixture(scope="module")
def rows():
    return make_rows(12_000)


def shifted(rows, size):
    return Sample(
        rows.features.assign(x1=rows.features["x1"] + size), rows.predictions, rows.labels
    )


def one_window(rows, start=0.0):
    return Window(start, start + 1, rows)


STILL = Setting(reference_rows=6000, window_rows=300, windows=20, runs=10)


def test_without_control_the_levels_of_the_features_add_up_and_with_it_they_do_not(rows):
    each = false_alarms(lambda r: DistributionTest(r, alpha=0.05, control="none"), rows, STILL)
    assert each.windows == 200
    # 8 independent tests at 5 % each
    assert each.low < 1 - 0.95**8 < each.high
    for control in ("bonferroni", "benjamini-hochberg"):
        shared = false_alarms(
            lambda r, c=control: DistributionTest(r, alpha=0.05, control=c), rows, STILL
        )
        assert shared.low < 0.05 < shared.high
    loose = false_alarms(lambda r: DataDrift(r, alpha=0.05, control="none"), rows, STILL)
    strict = false_alarms(lambda r: DataDrift(r, alpha=0.05), rows, STILL)
    assert loose.low < 1 - 0.95**9 < loose.high
    assert strict.low < 0.05 < strict.high


def test_the_mean_prediction_rings_as_often_as_it_was_asked_to(rows):
    for threshold in (None, 0.3):
        found = false_alarms(
            lambda r, t=threshold: PredictionRate(r, alpha=0.05, threshold=t), rows, STILL
        )
        assert found.low < 0.05 < found.high


def test_larger_drift_is_seen_more_often_and_sooner(rows):
    setting = Setting(4000, 200, windows=8, onset=3, runs=4)
    quiet, curve = measure_monitor(DataDrift, rows, shifted, [0.0, 0.3, 3.0], setting)
    assert quiet.rate <= 0.1
    assert curve["power"].is_monotonic_increasing
    assert curve.loc[3.0, ["power", "found", "delay"]].tolist() == [1.0, 1.0, 1.0]
    assert curve.loc[0.0, "power"] < 0.2
    assert curve["delay"].is_monotonic_decreasing
    assert curve.loc[0.0, "delay"] > 1
    assert plot_detection({"index": curve}, 0.01).get_xscale() == "log"


def test_the_power_of_the_mean_is_that_of_the_formula(rows):
    mean, sd, n, m = rows.predictions.mean(), rows.predictions.std(), 300, 6000
    error = sd * np.sqrt(1 / n + 1 / m)

    def raised(r, by):
        return Sample(r.features, r.predictions + by)

    # a shift of z(0.975) standard errors is seen in half of the windows
    shift = 1.96 * error
    setting = Setting(m, n, windows=20, runs=10)
    curve = detection(lambda r: PredictionRate(r, alpha=0.05), rows, raised, [shift], setting)
    assert curve.loc[shift, "low"] < 0.5 < curve.loc[shift, "high"]
    assert PredictionRate(rows).mean == pytest.approx(mean)


def test_the_onset_is_the_first_window_with_the_drift(rows):
    seen = []

    class Looks:
        def observe(self, window):
            seen.append(window.features["x1"].mean() > 50)
            return None

    detection(lambda r: Looks(), rows, shifted, [100.0], Setting(1000, 100, 6, onset=4, runs=2))
    assert seen == ([False] * 4 + [True] * 2) * 2


def test_an_alarm_names_the_features_and_the_reference_of_a_bundle_will_do(rows):
    reference = build_reference(rows.features, rows.predictions)
    spoilt = inject_fault(rows.features, "city", "default")
    window = one_window(Sample(spoilt.head(500), rows.predictions[:500]))
    alarm = DataDrift(reference).observe(window)
    assert alarm is not None
    assert alarm.subjects == ("city",)
    assert "city" in alarm.reason
    assert DataDrift(reference, material=50.0).observe(window) is None


def test_missing_columns_are_one_clear_line_and_no_rows_are_no_verdict(rows):
    few = Sample(rows.features.head(50).drop(columns="x3"), rows.predictions[:50])
    for monitor in (DataDrift(rows), DistributionTest(rows)):
        with pytest.raises(UserError, match="misses feature 'x3'"):
            monitor.observe(one_window(few))
        assert monitor.observe(one_window(rows.take(slice(0, 0)))) is None
    assert PredictionRate(rows).observe(one_window(rows.take(slice(0, 0)))) is None


def test_the_scores_alone_are_watched_without_the_features(rows):
    monitor = DistributionTest(rows, of="predictions")
    squeezed = Sample(rows.features.head(400), rows.predictions[:400] ** 0.7)
    assert monitor.observe(one_window(rows.take(slice(0, 400)))) is None
    assert monitor.observe(one_window(squeezed)).subjects == ("prediction",)


def test_a_detector_of_a_stream_finds_the_window_of_the_change(rows):
    windows = [one_window(rows.take(slice(i * 500, (i + 1) * 500)), i) for i in range(6)]
    windows += [
        one_window(Sample(w.features, w.predictions + 0.3), w.start_h + 6) for w in windows[:3]
    ]
    log = watch({"adwin": StreamDetector(drift.ADWIN(delta=0.002))}, windows)
    rang = log.index[log["adwin"] != ""].tolist()
    assert rang[0] == 7.0
    by_feature = StreamDetector(drift.ADWIN(), lambda w: w.features["x0"])
    assert by_feature.observe(windows[0]) is None


def test_a_daily_cycle_rings_the_naive_monitor_and_not_the_one_of_the_same_hours():
    rows = make_rows(16_000, seed=3)
    time_h = daily_clock(len(rows), days=5, seed=3)
    hot = np.sin(2 * np.pi * time_h / 24)
    cyclic = Sample(rows.features.assign(x2=rows.features["x2"] + hot), rows.predictions)
    references, windows = days_without_drift(cyclic, time_h, part_h=4, days=8, seed=1)
    naive = DataDrift(join_samples(list(references.values())))
    aware = SameHours(DataDrift, references)
    log = watch({"naive": naive, "aware": aware}, windows)
    assert len(windows) == 48
    assert (log["naive"] != "").mean() > 0.5
    found = count_alarms(log["aware"] != "")
    assert found.low < 0.01 < found.high


def test_rows_stay_at_their_part_of_the_day():
    rows = make_rows(2000)
    time_h = daily_clock(2000, days=3)
    marked = Sample(rows.features.assign(hour=time_h % 24), rows.predictions)
    references, windows = days_without_drift(marked, time_h, part_h=6, days=4)
    assert sorted(references) == [0, 6, 12, 18]
    for window in windows:
        hours = window.features["hour"]
        assert ((hours >= window.hour) & (hours < window.hour + 6)).all()
    assert sum(map(len, windows)) + sum(map(len, references.values())) == 2000
    with pytest.raises(ValueError, match="do not fill a day"):
        days_without_drift(marked, time_h, part_h=5)


def test_the_clock_has_the_rhythm_of_its_rate():
    hours = daily_clock(200_000, days=4, swing=0.5, seed=1) % 24
    assert np.histogram(hours, [0, 12, 24])[0][1] / 200_000 == pytest.approx(
        0.5 + 0.5 / np.pi, abs=0.005
    )  # ∫ of 1 − 0.5 sin over the second half of the day, over 24
    even = daily_clock(200_000, days=4, swing=0.0) % 24
    assert np.histogram(even, 4)[0] / 200_000 == pytest.approx([0.25] * 4, abs=0.005)


def counted(n, start):
    return Window(start, start + 1, Sample(pd.DataFrame(index=range(n)), np.zeros(n)))


def poisson_days(days, seed, mean=200):
    rng = np.random.default_rng(seed)
    rate = mean * (1 - 0.8 * np.sin(2 * np.pi * np.arange(24) / 24))
    return [counted(rng.poisson(rate[h]), 24 * d + h) for d in range(days) for h in range(24)]


def test_volume_by_hour_keeps_its_level_and_sees_what_the_whole_day_hides():
    past, later = poisson_days(14, 0), poisson_days(20, 1)
    by_hour, by_all = Volume(past, alpha=0.05), Volume(past, alpha=0.05, by="all")
    found = count_alarms([by_hour.observe(w) is not None for w in later])
    assert found.low < 0.05 < found.high
    half = counted(len(later[18]) // 2, 18)
    assert "only" in by_hour.observe(half).reason
    assert by_all.observe(half) is None
    assert by_hour.observe(counted(0, 12)) is not None


def test_volume_of_overdispersed_counts_has_wider_bounds():
    rng = np.random.default_rng(0)
    past = [counted(int(rng.negative_binomial(5, 5 / 205)), 24 * d) for d in range(300)]
    guard = Volume(past)
    assert guard.dispersion == pytest.approx(1 + 200 / 5, rel=0.25)
    low, high = guard.bounds(past[0])
    assert low < 200 - 3 * np.sqrt(200)
    assert high > 200 + 3 * np.sqrt(200)
    assert guard.observe(counted(10_000, 0)).reason.startswith("10,000 rows")
    assert guard.observe(counted(0, 5)) is None
    with pytest.raises(ValueError, match="normal traffic"):
        Volume([])


def test_several_monitors_are_one(rows):
    shift = one_window(shifted(rows.take(slice(0, 500)), 5.0))
    both = AnyOf({"data": DataDrift(rows), "rate": PredictionRate(rows)})
    alarm = both.observe(shift)
    assert alarm.subjects == ("data",)
    assert alarm.reason.startswith("data: stability index: x1")
    assert both.observe(one_window(rows.take(slice(0, 500)))) is None


def test_the_log_has_a_row_for_each_window_and_its_plot_a_mark_for_each_alarm(rows):
    windows = [one_window(rows.take(slice(0, 500)), i) for i in range(3)]
    windows.append(one_window(shifted(rows.take(slice(0, 500)), 5.0), 3))
    log = watch({"data": DataDrift(rows), "rate": PredictionRate(rows)}, windows)
    assert log.index.tolist() == [1, 2, 3, 4]
    assert (log["data"] != "").tolist() == [False, False, False, True]
    ax = plot_watch(log, [(3, 4, "shift")])
    assert [len(c.get_offsets()) for c in ax.collections] == [4, 1, 4, 0]
    assert "shift" in [text.get_text() for text in ax.texts]


def test_windows_partition_the_stream_and_keep_the_empty_ones():
    rows = make_rows(6)
    windows = cut_windows(rows, np.array([0.5, 1.0, 1.5, 4.0, 4.1, 5.9]), hours=1)
    assert [len(w) for w in windows] == [1, 2, 0, 0, 2, 1]
    assert [w.start_h for w in windows] == [0, 1, 2, 3, 4, 5]
    for times in ([1.0], [3, 2, 1, 0, 0, 0]):
        with pytest.raises(ValueError, match="in order of time"):
            cut_windows(rows, np.array(times), hours=1)
    with pytest.raises(ValueError, match="duration must be positive"):
        cut_windows(rows, np.arange(6.0), hours=0)


def test_bad_settings_and_samples_are_refused(rows):
    with pytest.raises(ValueError, match="a run takes 13000 rows"):
        false_alarms(DataDrift, rows, Setting(3000, 1000, 10))
    with pytest.raises(ValueError, match="leaves no window"):
        detection(DataDrift, rows, shifted, [1.0], Setting(3000, 100, 5, onset=5))
    with pytest.raises(ValueError, match="differ in length"):
        Sample(rows.features, rows.predictions[:3])
    with pytest.raises(ValueError, match="at least one"):
        SameHours(DataDrift, {})
