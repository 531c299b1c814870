"""What a model was made of, as hashes: the code that computes its features, its training rows."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict

from mlsd_kit.errors import UserError

DIGITS = 12


class DataFingerprint(BaseModel):
    """Which rows a model learned from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    rows: int
    first_h: float | None = None
    """Time of the earliest row, in hours; None where the rows have no time."""
    last_h: float | None = None


def code_version(*sources: Callable[..., Any] | ModuleType | Path) -> str:
    """The version of some code: 12 digits of the SHA-256 of its source text.

    Args:
        sources: functions, modules and Python files that compute the features. What these call is
            not looked for: name it too.

    Raises:
        UserError: when the source of one cannot be read, or none is given.

    >>> code_version(code_version) == code_version(code_version) != code_version(fingerprint)
    True
    """
    if not sources:
        raise UserError("code_version needs the functions, modules or files that make the features")
    digest = hashlib.sha256()
    for source in sources:
        try:
            text = source.read_text("utf-8") if isinstance(source, Path) else _source(source)
        except (OSError, TypeError) as error:
            raise UserError(f"the source of {source!r} cannot be read: {error}") from None
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()[:DIGITS]


def fingerprint(
    X: pd.DataFrame, y: ArrayLike | None = None, time_h: ArrayLike | None = None
) -> DataFingerprint:
    """The content hash of training rows, with their number and the time that they span.

    Names, types, order and every value count, missing ones too; the row labels do not.

    Args:
        X: features of the rows. y: their labels, shape (n,).
        time_h: time of each in hours, shape (n,).

    >>> fingerprint(pd.DataFrame({"age": [31, 47]}), [0, 1], [1.5, 9.0]).last_h
    9.0
    """
    digest = hashlib.sha256()
    columns = {f"X.{name}": X[name] for name in X}
    for name, values in (("y", y), ("time_h", time_h)):
        if values is not None:
            columns[name] = pd.Series(np.asarray(values))
    for name, column in columns.items():
        kind, content = _content(column)
        digest.update(json.dumps([name, kind, len(column)]).encode())
        digest.update(hashlib.sha256(content).digest())
    times = np.asarray([] if time_h is None else time_h, dtype=float)
    span = (float(times.min()), float(times.max())) if times.size else (None, None)
    return DataFingerprint(sha256=digest.hexdigest(), rows=len(X), first_h=span[0], last_h=span[1])


def _source(source: Callable[..., Any] | ModuleType) -> str:
    return inspect.getsource(source)


def _content(column: pd.Series) -> tuple[str, bytes]:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        values = column.to_numpy()
        return str(values.dtype), values.astype(values.dtype.newbyteorder("<")).tobytes()
    texts = [None if missing else str(v) for v, missing in zip(column, column.isna(), strict=True)]
    return "text", json.dumps(texts).encode()
