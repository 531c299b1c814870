import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.evaluation import calibration_table, plot_calibration


def drawn(n=20_000, seed=0):
    """Probabilities of rare events and labels drawn by them."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 20, n)
    return (rng.random(n) < p).astype(int), p


@given(st.integers(20, 400), st.integers(1, 20), st.integers(0, 10))
def test_the_bins_hold_every_row_once(n, bins, seed):
    y, p = drawn(n, seed)
    table = calibration_table(y, p, bins)
    assert table["n"].sum() == n
    assert table["n"].max() - table["n"].min() <= 1
    assert table["positives"].sum() == y.sum()
    assert table["expected"].sum() == pytest.approx(p.sum())
    assert table["predicted"].is_monotonic_increasing
    np.testing.assert_allclose(table["observed"], table["positives"] / table["n"])


def test_the_bins_are_those_of_qcut():
    y, p = drawn()
    other = pd.Series(y).groupby(pd.qcut(p, 10, labels=False)).agg(["size", "sum"])
    table = calibration_table(y, p)
    assert table["n"].tolist() == other["size"].tolist()
    assert table["positives"].tolist() == other["sum"].tolist()


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)  # fmt: skip
def test_the_interval_of_a_rate_is_wilsons(k, n, low, high):
    """The worked examples of Newcombe (1998), Statistics in Medicine 17, table I, method 3."""
    table = calibration_table(np.arange(n) < k, np.full(n, 0.3), bins=1)
    assert table.loc[1, "low"] == pytest.approx(low, abs=5e-5)
    assert table.loc[1, "high"] == pytest.approx(high, abs=5e-5)


def test_true_probabilities_are_inside_the_intervals_as_often_as_promised():
    inside, total = 0, 0
    for seed in range(40):
        table = calibration_table(*drawn(10_000, seed), confidence=0.8)
        inside += table["predicted"].between(table["low"], table["high"]).sum()
        total += len(table)
    assert inside / total == pytest.approx(0.8, abs=0.06)


def test_the_ratio_tells_by_how_much_the_predictions_are_too_high():
    y, p = drawn(200_000)
    table = calibration_table(y, np.minimum(1.5 * p, 1))
    assert table["ratio"].iloc[5:].to_numpy() == pytest.approx(np.full(5, 1.5), abs=0.1)


def test_a_bin_without_positives_has_no_finite_ratio():
    y = np.array([0, 0, 0, 1])
    table = calibration_table(y, np.array([0.1, 0.2, 0.3, 0.4]), bins=2)
    assert table["ratio"].tolist() == pytest.approx([np.inf, 0.7])


def test_series_with_any_index_are_taken_by_position():
    y, p = drawn(100)
    shuffled = np.random.default_rng(1).permutation(100)
    table = calibration_table(pd.Series(y, index=shuffled), pd.Series(p, index=shuffled), bins=4)
    pd.testing.assert_frame_equal(table, calibration_table(y, p, bins=4))


@pytest.mark.parametrize("bins", [0, 5])
def test_more_bins_than_rows_are_refused(bins):
    with pytest.raises(ValueError, match="bins is from 1 to the 4 rows"):
        calibration_table(np.array([0, 1, 0, 1]), np.full(4, 0.5), bins=bins)


def test_the_plot_has_labelled_axes_and_a_curve_for_each_model():
    y, p = drawn()
    tables = {"a": calibration_table(y, p), "b": calibration_table(y, p**0.9)}
    ax = plot_calibration(tables)
    assert ax.get_xlabel() == "predicted rate (%)"
    assert ax.get_ylabel() == "observed rate (%)"
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sorted(labels) == ["a", "b", "perfect"]
    plt.close(ax.figure)


def test_the_plot_s_tick_labels_do_not_overlap():
    axes = plot_calibration({"truth": calibration_table(*drawn())})
    axes.figure.canvas.draw()
    low, high = axes.get_xlim()
    boxes = [
        label.get_window_extent()
        for label in axes.get_xticklabels(which="both")
        if label.get_text() and low <= label.get_position()[0] <= high
    ]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    plt.close(axes.figure)


def test_the_plot_draws_on_the_axes_it_is_given():
    figure, ax = plt.subplots()
    assert plot_calibration({"a": calibration_table(*drawn())}, ax=ax) is ax
    plt.close(figure)
