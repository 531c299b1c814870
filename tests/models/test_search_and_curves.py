import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from mlsd_kit.models import (
    best_of,
    climb,
    cost_table,
    learning_curve,
    plot_learning_curve,
    plot_search,
    search,
)


def bowl(settings):
    return (np.log10(settings["rate"]) + 2) ** 2 + (settings["leaves"] - 20) ** 2 / 400


SPACE = {"rate": (1e-4, 1.0), "leaves": (2, 60)}


def test_a_search_comes_near_the_minimum_within_its_budget_and_is_repeatable():
    trials = search(bowl, SPACE, trials=40, seed=1)
    assert len(trials) == 40
    assert trials["best"].is_monotonic_decreasing
    assert trials["best"].iloc[-1] < 0.2
    best = best_of(trials)
    assert bowl(best) == trials["loss"].min()
    assert isinstance(best["leaves"], int)
    pd.testing.assert_frame_equal(trials, search(bowl, SPACE, trials=40, seed=1))
    axes = plot_search(trials, "loss")
    assert axes.get_xlabel() == "trials spent"
    assert axes.get_ylabel() == "loss"


def rows(n, seed):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 30)))
    return X, (rng.random(n) < 1 / (1 + np.exp(-X[0]))).astype(int).to_numpy()


def test_with_more_rows_the_gap_between_training_and_later_rows_closes():
    curve = learning_curve(
        LogisticRegression(), rows(5000, 1), rows(5000, 2), [100, 5000], log_loss
    )
    gap = curve["validation"] - curve["training"]
    assert gap[100] > 5 * abs(gap[5000])
    assert plot_learning_curve(curve, "log loss").get_xlabel() == "training rows"


def test_a_ladder_keeps_predictions_and_costs():
    (X, y), (X_test, _) = rows(500, 1), rows(200, 2)
    rungs = climb({"linear": (LogisticRegression(), X, X_test)}, y)
    expected = LogisticRegression().fit(X, y).predict_proba(X_test)[:, 1]
    np.testing.assert_allclose(rungs["linear"].p, expected)
    assert (cost_table(rungs).loc["linear"] > 0).all()
