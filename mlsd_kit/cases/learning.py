"""The table that the lessons learn from: what a case offers to be explored, split and modelled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class LearningTable:
    """Labelled rows in order of time, as they were logged: missing and wrong values included.

    A case offers one by ``learning_table(n_rows, seed)`` in its ``world.py``.
    """

    X: pd.DataFrame
    """(n, F) float columns are numbers, category columns have few values, int64 columns are ids."""
    y: np.ndarray
    """(n,) 1 for the event that is predicted."""
    time_h: np.ndarray
    """(n,) hours from the start, ascending."""
    group: np.ndarray
    """(n,) id of the entity whose rows belong together, such as the user."""
    row: str
    """What a row is, such as "impression"."""
    event: str
    """What a 1 is, such as "click"."""
    cost_missed: float
    """Lost, in the case's currency, by an event that was taken for none."""
    cost_false: float
    """Lost, in the case's currency, by a row that was taken for an event."""
    p_true: np.ndarray | None = None
    """(n,) true probability, where the data is simulated."""
    slate: np.ndarray | None = None
    """(n,) id of the list that a row was part of, where lists are ranked."""

    def __len__(self) -> int:
        return len(self.y)

    def rows(self, keep: np.ndarray) -> LearningTable:
        """Some of the rows, given as positions or as a mask; their order stays."""
        keep = np.flatnonzero(keep) if keep.dtype == bool else keep
        some: dict[str, Any] = {
            name: None if (values := getattr(self, name)) is None else values[keep]
            for name in ("y", "time_h", "group", "p_true", "slate")
        }
        return replace(self, X=self.X.iloc[keep].reset_index(drop=True), **some)

    @property
    def numbers(self) -> list[str]:
        """Columns that are numbers."""
        return [str(name) for name in self.X if self.X[name].dtype.kind == "f"]

    @property
    def categories(self) -> list[str]:
        """Columns with few values."""
        return [str(n) for n in self.X if isinstance(self.X[n].dtype, pd.CategoricalDtype)]

    @property
    def ids(self) -> list[str]:
        """Columns with many values that are names, not numbers."""
        return [str(name) for name in self.X if self.X[name].dtype.kind == "i"]

    @property
    def things(self) -> list[str]:
        """Ids of what a row is about: all but the group's, those of fewest values first."""
        others = [name for name in self.ids if not np.array_equal(self.X[name], self.group)]
        return sorted(others, key=lambda name: self.X[name].nunique())
