"""Class balance: how rare the event is, resampling, and the probabilities that it bends."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mlsd_kit.data.rates import wilson_interval
from mlsd_kit.errors import UserError


def class_balance(y: ArrayLike, names: tuple[str, str] = ("0", "1")) -> pd.DataFrame:
    """Rows, share with its 95 % interval, and the accuracy of always answering so.

    Args:
        y: labels 0 or 1, shape (n,).
        names: of class 0 and 1.

    >>> class_balance([0] * 98 + [1, 1])["always_right"].tolist()
    [0.98, 0.02]
    """
    labels = _labels(y)
    counts = np.bincount(labels, minlength=2)
    low, high = wilson_interval(counts, np.full(2, len(labels)))
    return pd.DataFrame(
        {
            "rows": counts, "share": counts / len(labels), "low": low, "high": high,
            "always_right": counts / len(labels),
        },
        index=pd.Index(names, name="class"),
    )  # fmt: skip


def resample(
    y: ArrayLike,
    positives: float = 0.5,
    how: Literal["fewer negatives", "repeated positives"] = "fewer negatives",
    seed: int = 0,
) -> np.ndarray:
    """Positions of rows in which the event has the wanted share.

    ``fewer negatives`` leaves out negatives at random; ``repeated positives`` draws positives with
    replacement, beside all the rows.

    Args:
        y: labels 0 or 1, shape (n,). positives: the wanted share, above the present one.
        how: the way. seed: of the draw.

    Returns:
        Ascending positions; repeated ones come as often as they were drawn.

    Raises:
        UserError: when the share is not above the present one and below 1.

    >>> y = np.array([0] * 90 + [1] * 10)
    >>> y[resample(y, 0.5)].mean(), y[resample(y, 0.5, "repeated positives")].mean()
    (np.float64(0.5), np.float64(0.5))
    """
    labels = _labels(y)
    yes, no = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    if not len(yes) or not len(yes) / len(labels) < positives < 1:
        now = len(yes) / max(len(labels), 1)
        raise UserError(f"positives: {positives} is not above the present {now:.4g} and below 1")
    rng = np.random.default_rng(seed)
    if how == "fewer negatives":
        keep = round(len(yes) * (1 - positives) / positives)
        return np.sort(np.concatenate([yes, rng.choice(no, keep, replace=False)]))
    more = round(len(no) * positives / (1 - positives)) - len(yes)
    return np.sort(np.concatenate([yes, no, rng.choice(yes, more)]))


def correct_base_rate(p: ArrayLike, trained: float, true: float) -> np.ndarray:
    """Probabilities for a world in which the event has another base rate than in training.

    The odds are multiplied by the ratio of the prior odds (Elkan, 2001, theorem 2). It holds when
    only the balance differs, as after resampling at random.

    Args:
        p: predicted probabilities, any shape.
        trained: share of the event in training. true: its share where the model is used.

    >>> correct_base_rate([0.5], trained=0.5, true=0.02).round(3).tolist()
    [0.02]
    """
    if not (0 < trained < 1 and 0 < true < 1):
        raise UserError(f"shares lie between 0 and 1: trained={trained}, true={true}")
    p = np.asarray(p, dtype=float)
    factor = true / (1 - true) * (1 - trained) / trained
    return p * factor / (p * factor + 1 - p)


def _labels(y: ArrayLike) -> np.ndarray:
    labels = np.asarray(y)
    if not np.isin(labels, (0, 1)).all():
        raise UserError("labels are 0 and 1")
    return labels.astype(np.int64)
