"""Rare positives that cost money: cost against threshold, a daily capacity, PR beside ROC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from mlsd_kit.evaluation.auc import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def cost_curve(
    y: ArrayLike, p: ArrayLike, false_positive: ArrayLike, false_negative: ArrayLike
) -> pd.DataFrame:
    """Give the cost of every threshold, from flagging nothing to flagging everything.

    Args:
        y: labels 0 or 1, shape (n,). p: scores, shape (n,).
        false_positive: cost of flagging each row if it is negative, a number or shape (n,).
        false_negative: cost of leaving each row if it is positive, a number or shape (n,).

    Returns:
        One row for each distinct score, highest first, after a row that flags nothing (threshold
        infinite): ``threshold`` (rows with p at or above it are flagged), ``flagged`` rows,
        ``recall``, ``recall by cost`` (the share of the positives' cost that is saved) and
        ``cost``, in the unit of the costs.

    Raises:
        ValueError: when there are no positives, or lengths differ.

    >>> cost_curve([0, 1, 0], [0.1, 0.7, 0.9], 1, 10)["cost"].tolist()
    [10.0, 11.0, 1.0, 2.0]
    """
    labels, scores = np.asarray(y) == 1, np.asarray(p, dtype=float)
    if labels.shape != scores.shape or not labels.any():
        raise ValueError(
            f"{labels.sum()} positives among {labels.shape} labels, {scores.shape} scores"
        )
    false_alarm = np.where(
        labels, 0.0, np.broadcast_to(np.asarray(false_positive, float), labels.shape)
    )
    saved = np.where(labels, np.broadcast_to(np.asarray(false_negative, float), labels.shape), 0.0)
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))

    def reached(values: np.ndarray) -> np.ndarray:
        return np.concatenate([[0.0], np.cumsum(values[order], dtype=float)[ends]])

    gained = reached(saved)
    return pd.DataFrame(
        {
            "threshold": np.concatenate([[np.inf], scores[order][ends]]),
            "flagged": reached(np.ones(len(labels))).astype(np.int64),
            "recall": reached(labels) / labels.sum(),
            "recall by cost": gained / saved.sum() if saved.sum() else np.nan,
            "cost": saved.sum() - gained + reached(false_alarm),
        }
    )


def at_capacity(
    y: ArrayLike, p: ArrayLike, day: ArrayLike, capacity: int, amounts: ArrayLike | None = None
) -> pd.DataFrame:
    """Give the precision and recall of a team that takes the highest scores of each day.

    Args:
        y: labels 0 or 1, shape (n,). p: scores, shape (n,).
        day: the day of each row, shape (n,).
        capacity: cases that can be looked at in a day.
        amounts: what each row is worth, shape (n,), for the recall by amount.

    Returns:
        One row for each day: ``cases`` looked at, ``found`` positives, ``precision``, ``recall``,
        and ``recall by amount`` where amounts are given; NaN where a day has no positive.

    >>> at_capacity([0, 1, 1], [0.2, 0.9, 0.1], [0, 0, 0], 2)["precision"].tolist()
    [0.5]
    """
    if capacity < 1:
        raise ValueError(f"capacity is at least one case a day, not {capacity}")
    frame = pd.DataFrame({"day": np.asarray(day), "p": np.asarray(p, float), "y": np.asarray(y)})
    frame["worth"] = 1.0 if amounts is None else np.asarray(amounts, float)
    frame["worth"] *= frame["y"]
    days = frame.groupby("day")
    taken = frame[days["p"].rank(ascending=False, method="first") <= capacity].groupby("day")
    cases, found, positives = taken.size(), taken["y"].sum(), days["y"].sum()
    table = pd.DataFrame({"cases": cases, "found": found, "precision": found / cases})
    table["recall"] = found / positives.where(positives > 0)
    if amounts is not None:
        worth = days["worth"].sum()
        table["recall by amount"] = taken["worth"].sum() / worth.where(worth > 0)
    return table


def bootstrap_interval(
    statistic: Callable[[np.ndarray], float],
    n: int,
    draws: int = 200,
    seed: int = 0,
    confidence: float = 0.95,
    groups: ArrayLike | None = None,
) -> Interval:
    """Estimate a statistic's interval by drawing rows again (Efron, 1979), by percentiles.

    Rows of one user, device or query are not independent: with ``groups``, whole groups are drawn
    (Davison and Hinkley, 1997, section 3.8), and a draw has more or fewer than n rows.

    Args:
        statistic: takes positions of rows, shape (n,), and gives a number; NaN is left out.
        n: rows.
        draws: how many samples.
        seed: of the draws.
        confidence: coverage of the interval.
        groups: of each row, shape (n,); each row is one by default.
    """
    rng = np.random.default_rng(seed)
    codes = np.arange(n) if groups is None else pd.factorize(np.asarray(groups))[0]
    many = int(codes.max()) + 1

    def drawn() -> np.ndarray:
        times = np.bincount(rng.integers(0, many, many), minlength=many)
        return np.repeat(np.arange(n), times[codes])

    found = [statistic(drawn()) for _ in range(draws)]
    low, high = np.nanquantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(statistic(np.arange(n))), float(low), float(high))


def plot_pr_and_roc(
    y: np.ndarray, predictions: Mapping[str, np.ndarray], axes: tuple[Axes, Axes] | None = None
) -> tuple[Axes, Axes]:
    """Draw the same models as precision against recall and as ROC, side by side.

    With rare positives a false-positive rate that looks like nothing is many times the positives:
    the ROC curve hides it (Davis and Goadrich, 2006).

    Args:
        y: labels 0 or 1, shape (n,).
        predictions: name → scores, shape (n,).
        axes: two axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    if axes is None:
        _, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    else:
        left, right = axes
    for name, p in predictions.items():
        precision, recall, _ = precision_recall_curve(y, p)
        left.plot(recall, precision, label=f"{name}: {average_precision_score(y, p):.2f}")
        wrong, right_rate, _ = roc_curve(y, p)
        right.plot(wrong, right_rate, label=f"{name}: {roc_auc_score(y, p):.2f}")
    left.axhline(float(np.mean(y)), c="grey", lw=1, ls="--")
    right.plot([0, 1], [0, 1], c="grey", lw=1, ls="--")
    left.set(xlabel="recall", ylabel="precision", title="Precision against recall")
    right.set(xlabel="false-positive rate", ylabel="true-positive rate", title="ROC")
    left.legend(title="average precision", frameon=False)
    right.legend(title="area", frameon=False)
    return left, right
