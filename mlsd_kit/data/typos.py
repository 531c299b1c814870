"""Typo candidates: rare spellings that look like a common value."""

from __future__ import annotations

import difflib
import re

import pandas as pd

RAREST = 0.05
"""A spelling is a candidate when it has at most this share of its look-alike's rows."""
MOST_VALUES = 2_000
"""With more distinct values than this they are names, and alike by chance."""


def typo_candidates(column: pd.Series, cutoff: float = 0.8) -> pd.DataFrame:
    """Rare values that look like a common one; whether they are typos is for a person to decide.

    Two values look alike when they differ in case, spaces or punctuation only, or when they have at
    least four letters and ``difflib`` calls them alike.

    Args:
        column: texts or categories; missing values are left out.
        cutoff: how alike two spellings have to be, 0 to 1.

    Returns:
        A row for each candidate: ``value``, ``rows``, ``like`` (the common value), ``like_rows``
        and ``why``. Empty for columns of numbers or of more than 2,000 values.

    >>> found = typo_candidates(pd.Series(["IN"] * 90 + ["in"] * 2 + ["US"] * 8))
    >>> found[["value", "like", "why"]].values.tolist()
    [['in', 'IN', 'case, space or punctuation']]
    """
    counts = column.value_counts()
    counts = counts[counts > 0]
    names = ["value", "rows", "like", "like_rows", "why"]
    if len(counts) > MOST_VALUES or not all(isinstance(value, str) for value in counts.index):
        return pd.DataFrame(columns=names)
    found = []
    for value, rows in counts.items():
        common = counts[counts * RAREST >= rows]
        if match := _alike(str(value), common, cutoff):
            like, why = match
            found.append([value, rows, like, common[like], why])
    return pd.DataFrame(found, columns=names)


def _alike(value: str, common: pd.Series, cutoff: float) -> tuple[str, str] | None:
    for other in common.index:
        if _plain(other) == _plain(value):
            return other, "case, space or punctuation"
    if len(value) >= 4:
        near = difflib.get_close_matches(value, list(common.index), n=1, cutoff=cutoff)
        if near:
            return near[0], "a letter or two"
    return None


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
