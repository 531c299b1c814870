"""The input schema of an exported model, and the checks of what comes in against it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError

Schema = Mapping[str, str]
"""Feature name → ``"int64"``, ``"float32"`` or ``"string"``, in the model's order."""

Columns = dict[str, np.ndarray]
"""Feature name → values of shape (n,), of the type that the schema says."""

JSON_TYPES: dict[str, set[type]] = {
    "int64": {int, float},  # in JSON 3.0 is an integer
    "float32": {float, int, type(None)},
    "string": {str},
}
_FLOAT_MAX = float(np.finfo(np.float32).max)
RANGES: dict[str, tuple[float, float]] = {
    "int64": (-(2**63), 2**63 - 1),
    "float32": (-_FLOAT_MAX, _FLOAT_MAX),
}
"""Smallest and largest number of each type."""
JSON_WORDS = {"int64": "an integer", "float32": "a number or null", "string": "a string"}


def schema_of(frame: pd.DataFrame) -> dict[str, str]:
    """Read the input schema off a frame of raw features.

    Floats must be float32: the exported model computes in float32, and a model trained on float64
    could send a row down another branch of a tree.

    Raises:
        UserError: when a column is neither int64, float32 nor text.

    >>> schema_of(pd.DataFrame({"ad": [1], "bid": np.float32([0.5]), "city": ["Oslo"]}))
    {'ad': 'int64', 'bid': 'float32', 'city': 'string'}
    """
    schema: dict[str, str] = {}
    for name, column in frame.items():
        dtype = column.dtype
        if dtype == np.int64 or dtype == np.float32:
            schema[str(name)] = str(dtype)
        elif _may_be_text(column) and _all_text(column):
            schema[str(name)] = "string"
        else:
            raise UserError(
                f"column {name!r} is {dtype}, but an exported model takes int64, float32 or text: "
                "convert it with frame.astype before fitting the model"
            )
    return schema


def columns_of(frame: pd.DataFrame, schema: Schema) -> Columns:
    """Take the schema's features from a frame, checked and converted; other columns are ignored.

    Raises:
        UserError: on a missing column, a wrong type, or a missing text.
    """
    columns: Columns = {}
    for name, kind in schema.items():
        if name not in frame:
            raise UserError(
                f"column {name!r} is missing from the frame{_nearest(name, map(str, frame))}"
            )
        column = frame[name]
        dtype = column.dtype
        if kind == "string":
            if not _may_be_text(column):
                raise UserError(f"column {name!r} is {dtype}, but the model takes text")
            if not _all_text(column):
                raise UserError(f"column {name!r} has values that are not text; fill them first")
            columns[name] = column.to_numpy(dtype=object)
        elif dtype.kind in ("iu" if kind == "int64" else "iuf"):
            columns[name] = column.to_numpy(dtype=kind)
        else:
            raise UserError(f"column {name!r} is {dtype}, but the model takes {kind}")
    return columns


def columns_from_lists(values: Mapping[str, Any], schema: Schema) -> Columns:
    """Check and convert features as JSON gives them: a list of values for each name.

    Raises:
        UserError: on a missing or unknown name, unequal lengths, or a value of a wrong type.

    >>> columns_from_lists({"bid": [1, None]}, {"bid": "float32"})
    {'bid': array([ 1., nan], dtype=float32)}
    """
    if values.keys() != schema.keys():
        _refuse_names(values, schema)
    columns: Columns = {}
    rows = -1
    for name, kind in schema.items():
        given = values[name]
        if type(given) is not list:
            raise UserError(f"feature {name!r} must be a list of values")
        if rows < 0:
            rows = len(given)
        elif len(given) != rows:
            raise UserError(f"feature {name!r} has {len(given)} values, but others have {rows}")
        columns[name] = _array(name, given, kind)
    return columns


def fits(row: Mapping[str, Any], schema: Schema) -> bool:
    """Whether a row of JSON values has the schema's features, each of its type and in its range.

    >>> fits({"bid": None}, {"bid": "float32"}), fits({"bid": 1e39}, {"bid": "float32"})
    (True, False)
    """
    if row.keys() != schema.keys():
        return False
    for name, kind in schema.items():
        value = row[name]
        if type(value) not in JSON_TYPES[kind]:
            return False
        if kind == "string":
            if not (value.isascii() or _is_unicode(value)):
                return False
        elif value is not None:
            least, most = RANGES[kind]
            whole = kind == "float32" or type(value) is int or value.is_integer()
            if not (whole and least <= value <= most):
                return False
    return True


def lists_from_rows(rows: Sequence[Any], schema: Schema) -> dict[str, list[Any]]:
    """Turn rows (one mapping of features each) into a list of values for each feature.

    Raises:
        UserError: when a row is no mapping, or its names are not the schema's.
    """
    for row in rows:
        if not isinstance(row, dict):
            raise UserError("a row must be an object of feature names and values")
        if row.keys() != schema.keys():
            _refuse_names(row, schema)
    return {name: [row[name] for row in rows] for name in schema}


def _array(name: str, given: list[Any], kind: str) -> np.ndarray:
    allowed = JSON_TYPES[kind]
    if not allowed.issuperset(map(type, given)):
        _refuse_value(
            name, kind, next((i, v) for i, v in enumerate(given) if type(v) not in allowed)
        )
    if kind == "string":
        for row, text in enumerate(given):
            if not (text.isascii() or _is_unicode(text)):
                raise UserError(f"feature {name!r}, row {row}: a half of a surrogate pair, no text")
        return np.array(given, dtype=object)
    if kind == "int64" and float in map(type, given):
        for row, value in enumerate(given):
            if type(value) is float and not value.is_integer():
                _refuse_value(name, kind, (row, value))
        given = [int(value) for value in given]
    try:
        array = np.array(given, dtype=np.float64 if kind == "float32" else np.int64)
    except OverflowError:
        raise UserError(f"feature {name!r} has a value that does not fit in {kind}") from None
    if kind == "float32" and (np.abs(array) > _FLOAT_MAX).any():
        raise UserError(f"feature {name!r} has a value that does not fit in float32")
    return array.astype(kind, copy=False)


def _refuse_value(name: str, kind: str, wrong: tuple[int, Any]) -> NoReturn:
    row, value = wrong
    shown = repr(value)[:40]
    raise UserError(f"feature {name!r}, row {row}: {shown} is not {JSON_WORDS[kind]}")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_names(given: Mapping[str, Any], schema: Schema) -> None:
    for name in given:
        if name not in schema:
            raise UserError(f"unknown feature {name!r}{_nearest(name, schema)}")
    missing = [name for name in schema if name not in given]
    raise UserError(f"feature {missing[0]!r} is missing")


def _nearest(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _may_be_text(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.StringDtype) or column.dtype.kind == "O"


def _all_text(column: pd.Series) -> bool:
    return not column.isna().any() and pd.api.types.infer_dtype(column) in ("string", "empty")
