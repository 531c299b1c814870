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
    how: Literal["left out", "repeated"] = "left out",
    seed: int = 0,
) -> np.ndarray:
    """Positions of rows in which the event has the wanted share.

    ``left out``: rows of the class of which there are too many are left out at random;
    ``repeated``: rows of the other are drawn with replacement, beside all the rows.

    Args:
        y: labels 0 or 1, shape (n,). positives: the wanted share.
        how: the way. seed: of the draw.

    Returns:
        Ascending positions; repeated ones come as often as they were drawn.

    Raises:
        UserError: when a class is missing, or the share is not between 0 and 1.

    >>> y = np.array([0] * 90 + [1] * 10)
    >>> y[resample(y, 0.5)].mean(), y[resample(y, 0.5, "repeated")].mean()
    (np.float64(0.5), np.float64(0.5))
    """
    labels = _labels(y)
    if not 0 < positives < 1 or len(np.unique(labels)) < 2:
        raise UserError(f"positives: {positives} is not between 0 and 1, or a class has no rows")
    few, many = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    ratio = (1 - positives) / positives
    if len(few) / len(labels) > positives:
        few, many, ratio = many, few, 1 / ratio
    rng = np.random.default_rng(seed)
    if how == "left out":
        kept = rng.choice(many, round(len(few) * ratio), replace=False)
        return np.sort(np.concatenate([few, kept]))
    more = rng.choice(few, round(len(many) / ratio) - len(few))
    return np.sort(np.concatenate([few, many, more]))


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
