"""Columns of a frame: found by name, and numbers cut into bins."""

from __future__ import annotations

import difflib

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError


def column_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """Give a column, or one line with the nearest name there is.

    Raises:
        UserError: when there is no such column.
    """
    if name not in frame:
        near = difflib.get_close_matches(str(name), list(map(str, frame)), n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UserError(f"the frame has no column {name!r}{hint}")
    return frame[name]


def is_number(column: pd.Series) -> bool:
    """Whether the values are numbers; true and false are not."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def inner_edges(values: np.ndarray, bins: int) -> np.ndarray:
    """Give the edges between at most ``bins`` bins of about equal size, missing values left out.

    A number with no more distinct values than bins keeps a bin for each value. A value on an edge
    belongs to the bin above: ``np.searchsorted(edges, values, side="right")``.

    >>> inner_edges(np.array([1.0, 1.0, 2.0, 3.0]), bins=10)
    array([2., 3.])
    """
    known = values[~np.isnan(values)]
    distinct = np.unique(known)
    if len(distinct) <= bins:
        return distinct[1:]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1]))
    return edges[edges > distinct[0]]


def as_floats(column: pd.Series) -> np.ndarray:
    """Give a column of numbers as floats, missing ones as NaN."""
    return column.to_numpy(dtype=float, na_value=np.nan)
