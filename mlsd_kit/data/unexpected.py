"""Unexpected values, typo or signal: rules that flag and suggest; the decision stays with people.

Each rule gives a frame of the flagged rows, under their index: ``value``, ``rule``, ``suggestion``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd


def flag_out_of_range(column: pd.Series, low: float, high: float) -> pd.DataFrame:
    """Flag numbers outside a range; the suggestion is to treat them as missing.

    >>> flag_out_of_range(pd.Series([20, 190, 35]), 13, 110)["value"].to_dict()
    {1: 190}
    """
    outside = column.notna() & ~column.between(low, high)
    return _flagged(column[outside], f"outside {low:g} to {high:g}", np.nan)


def flag_unseen(column: pd.Series, known: Iterable[Any], cutoff: float = 0.75) -> pd.DataFrame:
    """Flag categories that are not among the known ones; the suggestion is the nearest known one.

    Args:
        column: texts; missing ones are not flagged.
        known: the categories seen before.
        cutoff: how alike a suggestion has to be (0 to 1, ``difflib``); NaN where none is.

    >>> flag_unseen(pd.Series(["mobile", "moblie", "fridge"]), ["mobile", "web"])["suggestion"]
    1    mobile
    2       NaN
    Name: suggestion, dtype: str
    """
    names = list(known)
    unseen = column[column.notna() & ~column.isin(names)]
    texts = [str(name) for name in names]
    nearest = {}
    for value in unseen.unique():
        match = difflib.get_close_matches(str(value), texts, n=1, cutoff=cutoff)
        nearest[value] = names[texts.index(match[0])] if match else np.nan
    return _flagged(unseen, "not seen before", unseen.map(nearest))


def flag_unit_mixup(
    column: pd.Series, reference: pd.Series, factor: float = 100.0, tail: float = 0.001
) -> pd.DataFrame:
    """Flag numbers that fit the reference only when divided by a factor, such as cents for euros.

    Args:
        column: the numbers that came in.
        reference: numbers known to be in the right unit.
        factor: how much larger the wrong unit makes a number.
        tail: share of the reference at each end that does not count as usual.
    """
    low, high = reference.quantile([tail, 1 - tail])
    suspect = column.notna() & (column > high) & (column / factor).between(low, high)
    return _flagged(
        column[suspect], f"usual only when divided by {factor:g}", column[suspect] / factor
    )


def _flagged(values: pd.Series, rule: str, suggestion: Any) -> pd.DataFrame:
    return pd.DataFrame({"value": values, "rule": rule, "suggestion": suggestion})
