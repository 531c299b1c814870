"""Curves, and verdicts on worlds in which bias and variance are known."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import PredefinedSplit
from sklearn.model_selection import validation_curve as sklearn_curve
from sklearn.tree import DecisionTreeClassifier

from mlsd_kit.models import diagnose, learning_curve, plot_learning_curve, validation_curve


def world(n, seed):
    """Labels that depend on the product of two columns, and eight columns of noise."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, 10)))
    p = 1 / (1 + np.exp(-3 * np.sign(X[0] * X[1])))
    return X, (rng.random(n) < p).astype(int).to_numpy(), p.to_numpy()


TRAIN, VALID = world(4000, 1), world(4000, 2)
FLOOR = tuple(log_loss(y, p) for _, y, p in (TRAIN, VALID))


@pytest.mark.parametrize(
    ("model", "verdict"),
    [
        (LogisticRegression(), "bias"),
        (DecisionTreeClassifier(random_state=0, min_samples_leaf=3), "variance"),
        (DecisionTreeClassifier(random_state=0, max_depth=5, min_samples_leaf=300), "at the floor"),
    ],
)
def test_the_verdict_is_what_the_world_says(model, verdict):
    curve = learning_curve(model, TRAIN[:2], VALID[:2], [1000, 4000], log_loss)
    found = diagnose(curve, FLOOR, tolerance=0.05)
    assert found.verdict == verdict
    assert found.evidence.startswith(verdict)
    assert found.helps
    assert found.bias + found.variance == pytest.approx(curve["validation"].iloc[-1] - FLOOR[1])


def test_two_gaps_of_a_size_are_both_and_a_single_size_has_no_step():
    curve = pd.DataFrame({"training": [0.8], "validation": [0.9]}, index=[100])
    found = diagnose(curve, floor=0.7)
    assert found.verdict == "both"
    assert np.isnan(found.last_step)
    assert "rows gain" not in found.evidence


def test_a_validation_curve_agrees_with_scikit_learn():
    depths = [1, 3, 6]
    ours = validation_curve(
        lambda d: DecisionTreeClassifier(max_depth=d, random_state=0),
        depths, TRAIN[:2], VALID[:2], log_loss, "depth",
    )  # fmt: skip
    X, y = pd.concat([TRAIN[0], VALID[0]]), np.concatenate([TRAIN[1], VALID[1]])
    fold = PredefinedSplit(np.repeat([-1, 0], [4000, 4000]))
    theirs = sklearn_curve(
        DecisionTreeClassifier(random_state=0),
        X, y, param_name="max_depth", param_range=depths, cv=fold, scoring="neg_log_loss",
    )  # fmt: skip
    for column, scores in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(ours[column], -scores[:, 0])
    axes = plot_learning_curve(ours, "log loss", floor=FLOOR[1])
    assert axes.get_xlabel() == "depth"
    assert len(axes.lines) == 3
