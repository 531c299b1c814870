"""What the data looks like: a profile of every column."""

from __future__ import annotations

from typing import Any

import pandas as pd


def profile(frame: pd.DataFrame, examples: int = 3) -> pd.DataFrame:
    """Describe every column in a row: type, missing share, distinct values, the most common, range.

    Args:
        frame: any frame; a million rows of twenty columns take a few seconds.
        examples: how many of the most common values to show.

    Returns:
        A frame with a row for each column: ``dtype``, ``missing`` (share of rows), ``distinct``
        (without missing), ``most_common`` and its ``share`` of all rows, ``min``, ``median`` and
        ``max`` where the values have an order, and ``examples``.

    >>> profile(pd.DataFrame({"age": [20.0, None, 40.0, 20.0]})).loc["age", "missing"]
    np.float64(0.25)
    """
    rows = {name: _describe(column, examples) for name, column in frame.items()}
    columns = [
        "dtype", "missing", "distinct", "most_common", "share", "min", "median", "max", "examples",
    ]  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    table.index.name = "column"
    return table.astype({"missing": float, "distinct": int, "share": float})


def _describe(column: pd.Series, examples: int) -> list[Any]:
    if pd.api.types.infer_dtype(column) in ("mixed", "unknown-object"):
        column = column.astype("str")
    counts = column.value_counts(sort=False)
    counts = counts[counts > 0]
    top = counts.nlargest(max(examples, 1)) if len(counts) else counts
    rows = max(len(column), 1)
    common, share = (top.index[0], top.iloc[0] / rows) if len(top) else (None, 0.0)
    spread: list[Any] = [None, None, None]
    if len(counts) and _is_ordered(column):
        spread = [column.min(), column.median(), column.max()]
    shown = ", ".join(_short(value) for value in top.index[:examples])
    return [
        str(column.dtype), column.isna().sum() / rows, len(counts), common, share, *spread, shown,
    ]  # fmt: skip


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _is_ordered(column: pd.Series) -> bool:
    api = pd.api.types
    return (
        api.is_numeric_dtype(column) and not api.is_bool_dtype(column)
    ) or api.is_datetime64_any_dtype(column)
