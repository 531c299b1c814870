import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from mlsd_kit.evaluation import normalised_entropy, slice_table


def sliced(n=60_000, seed=0):
    """Labels, probabilities and three slices; in ``bad`` the predictions are twice too high."""
    rng = np.random.default_rng(seed)
    names = pd.Series(rng.choice(["good", "fine", "bad"], n), name="device")
    truth = rng.beta(1, 20, n)
    y = (rng.random(n) < truth).astype(int)
    return y, np.where(names == "bad", 2 * truth, truth).clip(max=1), names


def test_the_slice_that_is_off_comes_first_and_alone():
    table = slice_table(*sliced())
    assert table.index.name == "device"
    assert table.index[0] == "bad"
    assert table["off"].tolist() == [True, False, False]
    assert table.loc["bad", "ratio"] == pytest.approx(2, abs=0.2)


def test_each_slice_is_scored_on_its_own_rows():
    y, p, names = sliced()
    table = slice_table(y, p, names)
    assert table["n"].sum() == len(y)
    assert table["positives"].sum() == y.sum()
    for name, row in table.iterrows():
        inside = (names == name).to_numpy()
        assert row["n"] == inside.sum()
        assert row["rate"] == pytest.approx(y[inside].mean())
        assert row["ratio"] == pytest.approx(p[inside].sum() / y[inside].sum())
        assert row["normalised entropy"] == pytest.approx(normalised_entropy(y[inside], p[inside]))


def test_the_interval_is_the_exact_one_of_a_poisson_count():
    y = np.repeat([1, 0], [10, 90])
    row = slice_table(y, np.full(100, 0.1), pd.Series(["all"] * 100, name="s")).loc["all"]
    # Garwood's bounds for a count of 10: 4.7954 and 18.3904.
    assert 10 / row["high"] == pytest.approx(4.7954, abs=1e-4)
    assert 10 / row["low"] == pytest.approx(18.3904, abs=1e-4)
    assert poisson.sf(9, 10 / row["high"]) == pytest.approx(0.025)
    assert poisson.cdf(10, 10 / row["low"]) == pytest.approx(0.025)


def test_a_wider_confidence_is_a_wider_interval():
    y, p, names = sliced(5000)
    wide, narrow = slice_table(y, p, names, 0.99), slice_table(y, p, names, 0.5)
    assert (wide["low"] < narrow["low"]).all()
    assert (wide["high"] > narrow["high"]).all()


def test_rows_without_a_value_are_a_slice():
    y, p, names = sliced()
    names = names.astype(object).where(np.arange(len(names)) % 3 > 0, None)
    table = slice_table(y, p, names)
    assert table["n"].sum() == len(y)
    assert table.index.isna().sum() == 1


def test_numbers_and_categories_can_be_slices():
    y, p, names = sliced()
    codes = names.astype("category").cat.codes
    by_name = slice_table(y, p, names.astype("category"))
    assert slice_table(y, p, codes)["n"].tolist() == by_name["n"].tolist()


def test_slices_are_taken_by_position():
    y, p, names = sliced(3000)
    other = names.set_axis(np.random.default_rng(1).permutation(3000))
    pd.testing.assert_frame_equal(slice_table(y, p, other), slice_table(y, p, names))


def test_a_slice_with_labels_of_one_kind_is_left_out():
    y = np.array([0, 1, 0, 0, 1, 1])
    names = pd.Series(["both", "both", "none", "none", "all", "all"], name="s")
    assert slice_table(y, np.full(6, 0.5), names).index.tolist() == ["both"]
    empty = slice_table(np.zeros(6, dtype=int), np.full(6, 0.5), names)
    assert empty.empty
    assert list(empty) == list(slice_table(y, np.full(6, 0.5), names))
