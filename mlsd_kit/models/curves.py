"""Learning and validation curves: would more data help, or another size of model?"""

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


def validation_curve(
    make: Callable[[Any], Any],
    values: Sequence[Any],
    train: tuple[pd.DataFrame, np.ndarray],
    valid: tuple[pd.DataFrame, np.ndarray],
    loss: Callable[[np.ndarray, np.ndarray], float],
    name: str = "value",
) -> pd.DataFrame:
    """Loss on the training rows and on later ones, for values of one hyperparameter.

    Args:
        make: a value → an estimator that is not fitted.
        values: of the hyperparameter, from the most rigid model to the most flexible.
        train: inputs (n, F) and labels (n,). valid: the same for later rows.
        loss: labels and probabilities → loss.
        name: of the hyperparameter.
    """
    rows = {}
    for value in values:
        fitted = make(value).fit(*train)
        rows[value] = {
            part: loss(y, fitted.predict_proba(X)[:, 1])
            for part, (X, y) in (("training", train), ("validation", valid))
        }
    return pd.DataFrame(rows).T.rename_axis(name)


def plot_learning_curve(
    curve: pd.DataFrame,
    label: str,
    ax: Axes | None = None,
    title: str = "Learning curve",
    floor: float | None = None,
) -> Axes:
    """Draw both losses against the number of training rows.

    Args:
        curve: from `learning_curve` or `validation_curve`.
        label: of the loss. ax: axes to draw on. title: of the plot.
        floor: least loss that can be reached, where it is known.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
    ax.plot(curve.index, curve["training"], "o--", label="training rows")
    ax.plot(curve.index, curve["validation"], "o-", label="validation rows, later in time")
    if floor is not None:
        ax.axhline(floor, c="grey", lw=1, ls=":", label="floor")
    rows = "training rows" if curve.index.name == "rows" else curve.index.name
    ax.set(xscale="log", xlabel=rows, ylabel=label, title=title)
    ax.set_xticks(curve.index, [f"{value:,}" for value in curve.index])
    ax.minorticks_off()
    ax.legend()
    return ax
