"""One trial: learn from some payments, decide on others, and say what that costs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from .detector import pipeline
from .money import bill, worth_blocking
from .payments import Payments


def outcome(test: Payments, p: np.ndarray) -> dict[str, float]:
    """What probabilities are worth on payments whose truth is known.

    Returns:
        Average precision, expected over observed frauds, and the bill of the decisions that cost
        least by these probabilities.
    """
    return {
        "average precision": average_precision_score(test.y, p),
        "expected / observed": p.sum() / test.y.sum(),
        **bill(test.y, test.amount, worth_blocking(p, test.amount)),
    }


def trial(
    train: Payments,
    test: Payments,
    kind: str,
    seed: int,
    y: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> dict[str, float]:
    """Learn from training payments and give the `outcome` on the test's.

    Args:
        train: to learn from. test: to decide on.
        kind: of model. seed: of the model.
        y: labels to believe instead of the final ones, shape (n,).
        weights: of the training rows, shape (n,); a row of weight 0 is not seen.
    """
    labels = train.y if y is None else y
    seen = np.ones(len(train)) if weights is None else weights
    keep = np.flatnonzero(seen > 0)
    X, test_X = train.X[train.features].iloc[keep], test.X[train.features]
    model = pipeline(X, kind, seed).fit(X, labels[keep], model__sample_weight=seen[keep])
    return outcome(test, model.predict_proba(test_X)[:, 1])


def trials(rows: dict[str, dict[str, float]], name: str) -> pd.DataFrame:
    """A table of trials, without the parts of the bill."""
    left_out = ["fraud let through", "honest turned away", "recall by amount"]
    return pd.DataFrame(rows).T.drop(columns=left_out).rename_axis(name)
