"""Slices and labels: what is planted is found, and nothing where there is nothing."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression

from mlsd_kit.models import (
    candidate_slices,
    flip_labels,
    label_suspicion,
    log_losses,
    slice_excess,
    surprise,
)


def rows(n, seed):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "device": rng.choice(["web", "ios", "android"], n),
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.uniform(18, 80, n)),
            "user": np.arange(n),
        }
    )
    return X, rng.uniform(0.05, 0.5, n), rng


def test_slices_are_values_bins_missing_ones_and_pairs():
    X, _, _ = rows(2000, 0)
    slices = candidate_slices(X, bins=4)
    names = [str(s) for s in slices]
    assert "device = web" in names
    assert "age missing" in names
    assert "device = web & age missing" in names
    assert not any("user" in name for name in names)
    ages = [s for s in candidate_slices(X, bins=4, depth=1) if "age" in str(s)]
    np.testing.assert_array_equal(sum(s.mask(X).astype(int) for s in ages), 1)
    assert min(s.mask(X).mean() for s in slices) >= 0.02


def test_with_right_probabilities_no_slice_stands_out():
    found = 0
    for seed in range(20):
        X, p, rng = rows(3000, seed)
        y = (rng.random(3000) < p).astype(int)
        table = slice_excess(candidate_slices(X), X, surprise(y, p))
        found += bool((table["low"] > 0).any())
    assert found <= 4


def test_a_planted_slice_comes_first():
    X, p, rng = rows(6000, 1)
    y = (rng.random(6000) < p).astype(int)
    broken = (X["device"] == "ios") & (X["age"] > 50)
    table = slice_excess(candidate_slices(X), X, surprise(y, np.where(broken, p / 20, p)))
    assert "device = ios & " in str(table.index[0])
    assert table["low"].iloc[0] > 0


def test_the_interval_of_one_slice_is_welch_s():
    X, p, rng = rows(4000, 2)
    losses = log_losses((rng.random(4000) < p).astype(int), p)
    one = [s for s in candidate_slices(X) if str(s) == "device = web"]
    row = slice_excess(one, X, losses).iloc[0]
    inside = (X["device"] == "web").to_numpy()
    test = stats.ttest_ind(losses[inside], losses[~inside], equal_var=False)
    interval = test.confidence_interval(0.95)
    assert row["low"] == pytest.approx(interval.low, abs=2e-4)
    assert row["high"] == pytest.approx(interval.high, abs=2e-4)


def test_surprise_has_mean_zero_where_probabilities_are_right():
    p = np.array([0.01, 0.3, 0.9])
    expected = p * surprise(np.ones(3), p) + (1 - p) * surprise(np.zeros(3), p)
    np.testing.assert_allclose(expected, 0, atol=1e-12)


def test_flipped_labels_keep_the_rate_and_are_the_most_suspicious():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(3000, 3)))
    y = (rng.random(3000) < 1 / (1 + np.exp(-4 * X[0]))).astype(int).to_numpy()
    noisy, changed = flip_labels(y, 0.1, seed=1)
    assert noisy.sum() == y.sum()
    assert changed.sum() == 2 * round(0.1 * y.sum())
    np.testing.assert_array_equal(noisy != y, changed)
    suspicion = label_suspicion(LogisticRegression(), X, noisy)
    first = np.argsort(-suspicion)[:100]
    assert changed[first].mean() > 4 * changed.mean()
    with pytest.raises(ValueError, match="from 0 to 1"):
        flip_labels(y, 2, seed=1)
