"""Learning curves: would more data help?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import clone

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def learning_curve(
    model: Any,
    train: tuple[pd.DataFrame, np.ndarray],
    valid: tuple[pd.DataFrame, np.ndarray],
    sizes: Sequence[int],
    loss: Callable[[np.ndarray, np.ndarray], float],
) -> pd.DataFrame:
    """Loss on the training rows and on later ones, for growing shares of the latest history.

    The rows are in time order, so the most recent ``size`` rows are taken: what one would have
    with a shorter history.

    Args:
        model: an estimator; it is cloned for each size.
        train: inputs (n, F) and labels (n,). valid: the same for later rows.
        sizes: numbers of training rows.
        loss: labels and probabilities → loss.
    """
    X, y = train
    rows = {}
    for size in sizes:
        part, labels = X.tail(size), y[-size:]
        fitted = clone(model).fit(part, labels)
        rows[size] = {
            "training": loss(labels, fitted.predict_proba(part)[:, 1]),
            "validation": loss(valid[1], fitted.predict_proba(valid[0])[:, 1]),
        }
    return pd.DataFrame(rows).T.rename_axis("rows")


def plot_learning_curve(curve: pd.DataFrame, label: str, ax: Axes | None = None) -> Axes:
    """Draw both losses against the number of training rows."""
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
    ax.plot(curve.index, curve["training"], "o--", label="training rows")
    ax.plot(curve.index, curve["validation"], "o-", label="validation rows, later in time")
    ax.set(xscale="log", xlabel="training rows", ylabel=label, title="Learning curve")
    ax.legend()
    return ax
