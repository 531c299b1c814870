"""Baselines with their cost, and what a budget of trials buys."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from mlsd_kit.models import (
    AsCategories,
    OneColumnRates,
    baselines,
    boosted,
    climb,
    efficient,
    expected_best,
    request_latency,
    search,
    smoothed_rates,
    trials_needed,
)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 6000
    X = pd.DataFrame(
        {
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.normal(40, 10, n)),
            "place": rng.integers(1, 6, n).astype(float),
            "device": pd.Categorical(rng.choice(["web", "ios", "android"], n)),
            "user": rng.integers(0, 300, n),
        }
    )
    odds = (
        -1.5 - 0.8 * np.log(X["place"]) + 0.4 * (X["device"] == "ios") + 0.5 * (X["user"] % 7 == 0)
    )
    return X, (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int).to_numpy()


def test_every_rung_takes_the_raw_table_and_all_but_the_first_know_something(table):
    X, y = table
    train, test = X.iloc[:4000], X.iloc[4000:]
    rungs = climb({name: (m, train, test) for name, m in baselines(X, 1).items()}, y[:4000])
    auc = {name: roc_auc_score(y[4000:], rung.p) for name, rung in rungs.items()}
    assert auc.pop("base rate") == 0.5
    assert min(auc.values()) > 0.55
    assert all(np.isfinite(rung.p).all() and rung.p.min() >= 0 for rung in rungs.values())
    assert rungs["one column's rates"].model.column_ == "place"
    waits = request_latency({n: r.model for n, r in rungs.items()}, test, rows=10, calls=3)
    assert (waits > 0).all().all()
    assert (waits["p95 (ms)"] >= waits["median (ms)"]).all()


def test_rows_that_never_were_seen_are_scored(table):
    X, y = table
    strange = X.head(3).assign(device="fridge", user=10**9, age=np.nan)
    for name, model in baselines(X, 1).items():
        p = model.fit(X, y).predict_proba(strange)[:, 1]
        assert ((p >= 0) & (p <= 1)).all(), name


def test_boosted_trees_take_settings_and_are_repeatable(table):
    X, y = table
    first, second = (boosted(X, 3, num_leaves=5).fit(X, y).predict_proba(X)[:, 1] for _ in "ab")
    np.testing.assert_array_equal(first, second)
    assert boosted(X, 3, num_leaves=5)[-1].num_leaves == 5


def test_the_rates_are_those_of_a_beta_posterior():
    y = np.array([1, 0, 0, 1, 0, 0, 0, 0])
    values = np.array(list("aabbbccc"))
    rates = smoothed_rates(values, y, smooth=10)
    for value in "abc":
        own = y[values == value]
        alpha, beta = 10 * y.mean() + own.sum(), 10 * (1 - y.mean()) + (1 - own).sum()
        assert rates[value] == pytest.approx(alpha / (alpha + beta))


def test_one_column_may_be_named_and_an_unseen_value_has_the_base_rate():
    X = pd.DataFrame({"kind": ["a", "a", "b", "b"], "other": ["x", "y", "x", "y"]})
    model = OneColumnRates("other", smooth=0).fit(X, np.array([1, 0, 1, 0]))
    assert model.predict_proba(X)[:, 1].tolist() == [1, 0, 1, 0]
    assert model.predict_proba(X.assign(other="z"))[0, 1] == 0.5


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=2, max_size=40))
def test_bins_keep_the_order_and_missing_values_apart(values):
    frame = pd.DataFrame({"x": np.array(values, dtype=float)})
    codes = AsCategories(bins=5).fit_transform(frame)["x"].to_numpy()
    known = ~np.isnan(frame["x"].to_numpy())
    assert (codes[~known] == -1).all()
    assert (np.diff(codes[known][np.argsort(frame["x"][known])]) >= 0).all()
    assert codes.max(initial=0) < 5


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_the_expected_best_is_the_mean_over_all_draws(losses):
    found = expected_best(np.array(losses, dtype=float))
    for k in range(1, len(losses) + 1):
        drawn = np.mean([min(part) for part in combinations(losses, k)])
        assert found[k] == pytest.approx(drawn, abs=1e-9)


def test_so_many_random_trials_hit_the_best_share_that_often():
    n = trials_needed(0.1, 0.9)
    hits = np.random.default_rng(0).random((20_000, n)).min(axis=1) < 0.1
    assert hits.mean() == pytest.approx(0.9, abs=0.015)
    with pytest.raises(ValueError, match="between 0 and 1"):
        trials_needed(1.0)


def test_a_random_search_differs_from_a_parzen_search_after_its_start():
    def bowl(settings):
        return (settings["x"] - 3) ** 2

    random, parzen = (search(bowl, {"x": (0.0, 9.0)}, 40, 1, at_random=r) for r in (True, False))
    assert not np.allclose(random["x"], parzen["x"])
    assert parzen["loss"].iloc[20:].mean() < random["loss"].iloc[20:].mean() / 2


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_efficient_rows_are_those_that_no_row_beats(rows):
    table = pd.DataFrame(rows, columns=["loss", "ms"])
    for keep, (loss, ms) in zip(efficient(table, ["loss", "ms"]), rows, strict=True):
        beaten = any(a <= loss and b <= ms and (a, b) != (loss, ms) for a, b in rows)
        assert keep == (not beaten)


def test_a_model_without_ids_does_not_see_them(table):
    X, y = table
    model = baselines(X)["logistic regression"].fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(X.assign(user=0)))
    assert isinstance(model[-1], LogisticRegression)
