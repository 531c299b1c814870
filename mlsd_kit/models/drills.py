"""Drills for debugging: a table into which one bug is planted, or none, for a learner to find."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mlsd_kit.models.checks import single_feature_auc

LEAK, SHUFFLED, SHIFTED, SKEW, COPIED, NOTHING = BUGS = (
    "target leak",
    "shuffled labels",
    "shifted feature",
    "train-serving skew",
    "duplicated rows",
    "nothing",
)
TOO_GOOD = 0.9
"""AUC of a single column that is hardly honest."""
PARTS = (0.2, 0.6, 0.8)
"""Ends of the history, training and test parts as shares of the rows; the live part follows."""
RATE = "past_rate"
"""A column that every drill has: the rate of a row's entity, by rights in the history part."""


@dataclass(frozen=True)
class Part:
    """Features (n, F) with labels (n,)."""

    X: pd.DataFrame
    y: np.ndarray


@dataclass(frozen=True)
class Planted:
    """What was planted, and where; the column is empty for bugs that are in none."""

    bug: str
    column: str = ""


@dataclass(frozen=True)
class Drill:
    """What somebody who debugs a model has at hand; what is wrong with it is in `planted`."""

    train: Part
    test: Part
    live: Part
    """The days after the release, with features as the service saw them."""
    offline: pd.DataFrame
    """The live rows with features as the training code computes them afterwards."""
    planted: Planted = field(repr=False)


def plant(
    X: pd.DataFrame, y: np.ndarray, entity: np.ndarray, seed: int, bug: str | None = None
) -> Drill:
    """Make a drill of labelled rows in order of time.

    Target leak: the entity's rate is that of its latest rows, the one to be predicted among them.
    Shuffled labels: training labels belong to other rows. Shifted feature: from the test part on
    a number comes in another unit. Train-serving skew: the service reads a stale value of a number
    in most rows, whose distribution is right. Duplicated rows: a third of the test rows are in the
    training part too.

    Args:
        X: float columns are numbers, columns of whole numbers are ids, the others categories.
        y: labels 0 or 1, shape (n,). entity: whose rows belong together, shape (n,).
        seed: of what is planted. bug: one of `BUGS`; by default the seed chooses.

    Raises:
        ValueError: for an unknown bug.

    >>> X, y = pd.DataFrame({"x": np.arange(100.0)}), np.arange(100) % 2
    >>> drill = plant(X, y, entity=np.arange(100), seed=0, bug="target leak")
    >>> drill.planted.column, len(drill.train.y), len(drill.live.y)
    ('past_rate', 40, 20)
    """
    if bug is not None and bug not in BUGS:
        raise ValueError(f"bug {bug!r} is none of {', '.join(BUGS)}")
    rng = np.random.default_rng([seed, 5])
    drawn = str(rng.choice(BUGS))
    kind = bug or drawn
    n = len(y)
    ends = [round(share * n) for share in PARTS]
    honest = X.assign(**{RATE: _rates(entity, y, np.arange(n) < ends[0])})
    offline = honest.copy()
    column = _column(X, y, rng) if kind in (SHIFTED, SKEW) else RATE if kind == LEAK else ""
    if kind == LEAK:
        offline[RATE] = _latest(entity, y)
    if kind == SHIFTED:
        offline.loc[offline.index[ends[1] :], column] *= 60
    served = honest.iloc[ends[2] :].copy() if kind == LEAK else offline.iloc[ends[2] :].copy()
    if kind == SKEW:
        served[column] = _stale(served[column], rng)
    train, test = np.arange(ends[0], ends[1]), np.arange(ends[1], ends[2])
    if kind == COPIED:
        copied = rng.choice(test, len(test) // 3, replace=False)
        train = rng.permutation(np.concatenate([train, copied]))
    labels = rng.permutation(y[train]) if kind == SHUFFLED else y[train]
    return Drill(
        Part(offline.iloc[train].reset_index(drop=True), labels),
        Part(offline.iloc[test].reset_index(drop=True), y[test]),
        Part(served.reset_index(drop=True), y[ends[2] :]),
        offline.iloc[ends[2] :].reset_index(drop=True),
        Planted(kind, column),
    )


def _rates(
    entity: np.ndarray, y: np.ndarray, counted: np.ndarray, smooth: float = 5.0
) -> np.ndarray:
    """Smoothed rate of each row's entity over the rows that are counted, shape (n,)."""
    codes, _ = pd.factorize(entity)
    events = np.bincount(codes, weights=y * counted, minlength=codes.max() + 1)
    rows = np.bincount(codes, weights=counted, minlength=codes.max() + 1)
    rate = float(y[counted].mean())
    return ((events + smooth * rate) / (rows + smooth))[codes]


def _latest(entity: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Rate of each row's entity, the row itself included; a row counts 0.6 of the next, (n,)."""
    rates = pd.Series(y, dtype=float).groupby(entity).ewm(alpha=0.4).mean()
    return rates.droplevel(0).sort_index().to_numpy()


def _column(X: pd.DataFrame, y: np.ndarray, rng: np.random.Generator) -> str:
    """A number that says at least half as much of the target as the one that says most."""
    numbers = [
        name
        for name in X
        if X[name].dtype.kind == "f" and X[name].nunique() > 8 and (X[name] != 0).mean() > 0.5
    ]
    alone = single_feature_auc(X[numbers], y)
    honest = alone[alone < TOO_GOOD] - 0.5
    return str(rng.choice(honest.index[honest >= honest.max() / 2]))


def _stale(values: pd.Series, rng: np.random.Generator, share: float = 0.7) -> np.ndarray:
    """Most values replaced by another row's, so that the distribution stays."""
    old = values.to_numpy()
    return np.where(rng.random(len(old)) < share, rng.permutation(old), old)
