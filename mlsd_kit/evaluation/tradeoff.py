"""What each threshold does, drawn: the ROC curve and the cost beside it, with chosen thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import roc_curve

from mlsd_kit.evaluation.costs import cost_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_tradeoff(
    y: np.ndarray,
    p: np.ndarray,
    thresholds: Mapping[str, float],
    false_positive: float,
    false_negative: float,
    axes: tuple[Axes, Axes] | None = None,
) -> tuple[Axes, Axes]:
    """Draw ROC and cost per 1,000 rows, and mark where thresholds fall on both.

    Args:
        y: labels 0 or 1, shape (n,). p: scores, shape (n,).
        thresholds: name → threshold; a row is called positive when p ≥ threshold.
        false_positive, false_negative: what each mistake costs.
        axes: two axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    if axes is None:
        _, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
    else:
        left, right = axes
    wrong, hit, _ = roc_curve(y, p)
    curve = cost_curve(y, p, false_positive, false_negative).iloc[1:]
    left.plot(wrong, hit, color="grey")
    left.plot([0, 1], [0, 1], color="grey", lw=1, ls="--")
    right.plot(curve["threshold"], 1000 * curve["cost"] / len(y), color="grey")
    for number, (name, threshold) in enumerate(thresholds.items()):
        called, style = p >= threshold, {"marker": "osD^v"[number % 5], "ms": 8, "ls": "none"}
        mistakes = false_positive * (called & (y == 0)) + false_negative * (~called & (y == 1))
        left.plot(called[y == 0].mean(), called[y == 1].mean(), label=name, **style)
        right.plot(threshold, 1000 * mistakes.mean(), **style)
    left.set(xlabel="false-positive rate", ylabel="true-positive rate", title="ROC")
    left.legend(loc="lower right")
    right.set(
        xlabel="threshold (log scale)", ylabel="cost per 1,000 rows", title="Cost", xscale="log"
    )
    return left, right
