import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from mlsd_kit.models import FactorizationMachine, hash_codes


def fields(n, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"user": rng.integers(0, 20, n), "ad": rng.integers(0, 15, n)})


def fitted(X, y, **settings):
    return FactorizationMachine(n_buckets=512, seed=3, **settings).fit(X, y)


def test_the_score_is_rendle_s_sum_over_all_pairs():
    X = fields(200)
    model = fitted(X, np.arange(200) % 3 == 0, n_factors=4)
    weights, factors = model.parameters_[:, 0], model.parameters_[:, 1:]
    for row, (i, j) in enumerate(hash_codes(X, 512)[:20]):
        expected = model.intercept_ + weights[i] + weights[j] + factors[i] @ factors[j]
        assert model.decision_function(X)[row] == pytest.approx(expected, abs=1e-5)


def test_without_factors_it_is_logistic_regression():
    X = fields(20_000)
    odds = -1 + 0.8 * (X["user"] % 3 == 0) - 0.6 * (X["ad"] % 2 == 0)
    y = (np.random.default_rng(1).random(len(X)) < 1 / (1 + np.exp(-odds))).astype(int)
    model = fitted(X, y, n_factors=0, epochs=20, learning_rate=0.1, batch_size=512)
    codes = hash_codes(X, 512)
    design = sparse.csr_matrix(
        (np.ones(codes.size), codes.ravel(), np.arange(0, codes.size + 1, 2)), shape=(len(X), 512)
    )
    oracle = LogisticRegression(C=100, max_iter=500).fit(design, y)
    difference = model.predict_proba(X)[:, 1] - oracle.predict_proba(design)[:, 1]
    assert np.abs(difference).mean() < 0.02


def test_it_learns_an_interaction_that_a_linear_model_cannot():
    X = fields(40_000)
    match = (X["user"] % 2) == (X["ad"] % 2)
    y = (np.random.default_rng(2).random(len(X)) < np.where(match, 0.4, 0.1)).astype(int)
    linear = fitted(X, y, n_factors=0, epochs=5)
    machine = fitted(X, y, n_factors=4, epochs=5)
    known = log_loss(y, np.where(match, 0.4, 0.1))
    losses = [log_loss(y, m.predict_proba(X)[:, 1]) for m in (linear, machine)]
    assert losses[1] < known + 0.01
    assert losses[0] > known + 0.04


def test_two_sides_and_their_dot_product_make_the_whole():
    X = fields(5_000).assign(device=lambda f: f["user"] % 3)
    model = fitted(X, np.arange(len(X)) % 4 == 0, n_factors=6)
    user, own_user = model.side(X[["user", "device"]])
    ad, own_ad = model.side(X[["ad"]])
    whole = model.intercept_ + own_user + own_ad + (user * ad).sum(axis=1)
    np.testing.assert_allclose(whole, model.decision_function(X), atol=1e-4)


def test_the_same_seed_gives_the_same_model():
    X, y = fields(2_000), np.arange(2_000) % 5 == 0
    np.testing.assert_array_equal(fitted(X, y).parameters_, fitted(X, y).parameters_)
