"""Faults put into a table on purpose, with the truth kept: to practise on, to test the rules."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from mlsd_kit.data.columns import as_floats, column_of

LEAK = "index_b"
"""A column that says how it came, and a name that does not say it."""


class Planted(NamedTuple):
    """A table with faults, and where they are."""

    X: pd.DataFrame
    y: np.ndarray
    unit: np.ndarray
    """Mask of the rows with a number in another unit."""
    typo: np.ndarray
    """Mask of the rows with a mistyped category."""
    repeated: np.ndarray
    """Mask of the rows that are there a second time."""


def plant_faults(
    X: pd.DataFrame,
    y: np.ndarray,
    number: str,
    category: str,
    seed: int = 0,
    factor: float = 1000.0,
) -> Planted:
    """Give a table the faults that logs have.

    1 % of a number in another unit, a blank after 1 % of a category's most common value, 1.5 % of
    the rows logged twice, and a column `LEAK` that is filled when the event has happened.

    Args:
        X: n rows. y: labels 0 or 1, shape (n,).
        number: the column whose unit is mixed up. category: the column that is mistyped.
        seed: of the draws. factor: of the other unit.

    Raises:
        UserError: when a column is unknown.

    >>> clean = pd.DataFrame({"euros": np.arange(1.0, 2001), "shop": ["tea"] * 2000})
    >>> dirty = plant_faults(clean, np.arange(2000) % 10 == 0, "euros", "shop")
    >>> len(dirty.X), int(dirty.repeated.sum())
    (2030, 30)
    """
    rng = np.random.default_rng([seed, 7])
    frame = X.reset_index(drop=True).copy()
    n, labels = len(frame), np.asarray(y)
    unit = rng.random(n) < 0.01
    values = as_floats(column_of(frame, number))
    frame[number] = np.where(unit, values * factor, values)
    texts = column_of(frame, category).astype("str")
    typo = (texts == texts.mode()[0]).to_numpy() & (rng.random(n) < 0.01)
    frame[category] = texts.where(~typo, texts + " ").astype("category")
    told = np.where(labels == 1, rng.random(n) < 0.9, rng.random(n) < 0.0005)
    frame[LEAK] = np.where(told, rng.lognormal(3, 0.5, n), np.nan)
    again = np.sort(rng.choice(n, round(0.015 * n), replace=False))
    rows = np.sort(np.concatenate([np.arange(n), again]))
    repeated = np.r_[False, np.diff(rows) == 0]
    dirty = frame.iloc[rows].reset_index(drop=True)
    return Planted(dirty, labels[rows], unit[rows], typo[rows], repeated)
