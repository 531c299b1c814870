"""Faults that a feature pipeline makes without an error: the frame stays well formed."""

from __future__ import annotations

import difflib
from collections.abc import Callable

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError


def _default(column: pd.Series, amount: float, rng: np.random.Generator) -> np.ndarray:
    empty = 0 if pd.api.types.is_numeric_dtype(column) else ""
    return np.full(len(column), empty)


def _unit(column: pd.Series, amount: float, rng: np.random.Generator) -> np.ndarray:
    if not pd.api.types.is_numeric_dtype(column):
        raise UserError(f"column {column.name!r} is {column.dtype}: text has no unit to mistake")
    return column.to_numpy() * amount


def _stale(column: pd.Series, amount: float, rng: np.random.Generator) -> np.ndarray:
    return column.to_numpy()[np.maximum(np.arange(len(column)) - int(amount), 0)]


def _shuffled(column: pd.Series, amount: float, rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(column.to_numpy())


Fault = Callable[[pd.Series, float, np.random.Generator], np.ndarray]
FAULTS: dict[str, Fault] = {
    "default": _default,
    "unit": _unit,
    "stale": _stale,
    "shuffled": _shuffled,
}
"""Name of a fault → how it changes a column."""


def inject_fault(
    frame: pd.DataFrame,
    column: str,
    fault: str,
    *,
    amount: float = 1000.0,
    share: float = 1.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the frame with a fault in one feature; types stay, so nothing downstream complains.

    Args:
        frame: features in order of time; it is not changed.
        column: the feature to spoil.
        fault: ``default`` (a lookup fails: 0 or empty text), ``unit`` (multiplied by ``amount``, as
            seconds given as milliseconds), ``stale`` (the value of ``amount`` rows before, or the
            first row's),
            ``shuffled`` (values of other rows: the column's own distribution stays the same).
        amount: factor of ``unit``, lag of ``stale``.
        share: share of the rows that are spoilt, chosen at random.
        seed: seed of what is random.

    Raises:
        UserError: on a name that is not there.

    >>> inject_fault(pd.DataFrame({"age": [3, 4]}), "age", "default")["age"].tolist()
    [0, 0]
    """
    for name, names in ((column, list(map(str, frame))), (fault, list(FAULTS))):
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UserError(f"no {'fault' if names == list(FAULTS) else 'column'} {name!r}{hint}")
    rng = np.random.default_rng(seed)
    values = frame[column]
    spoilt = pd.Series(FAULTS[fault](values, amount, rng), index=values.index).astype(values.dtype)
    return frame.assign(**{column: values.where(rng.random(len(frame)) >= share, spoilt)})
