"""How much each feature tells about the target: mutual information."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlsd_kit.data.columns import as_floats, column_of, inner_edges, is_number
from mlsd_kit.errors import UserError

FEWEST = 5
"""Rows that a category needs to be a value of its own: the bias formula fails for rarer ones."""


def relationship(
    frame: pd.DataFrame, target: str, bins: int = 20, max_values: int = 200
) -> pd.DataFrame:
    """Measure how many bits each column tells about the target, highest first.

    Plug-in mutual information of the binned column and the target, less the bias that chance gives
    (Miller 1955: (rows - 1)(columns - 1) / (2 n ln 2) bits for a table of n counts). Numbers are
    cut at quantiles; categories beyond the ``max_values`` most common, or with fewer than 5
    rows, count as other; missing is a value of its own.

    Args:
        frame: the columns and the target; rows without a target are left out.
        target: name of the target column; a number with many values is binned too.
        bins: most bins of a number.
        max_values: most values of a category; with more, an id's chance hits look like knowledge.

    Returns:
        A row for each column: ``bits`` (never below 0), ``share`` of the target's entropy,
        ``chance_bits`` (the bias taken off) and ``values`` (bins used).

    Raises:
        UserError: when the target is not a column, or has a single value.
    """
    frame = frame[column_of(frame, target).notna()]
    outcome, classes = _codes(frame[target], bins, max_values)
    if classes < 2:
        raise UserError(f"the target {target!r} has a single value, so nothing tells about it")
    entropy = _entropy(np.bincount(outcome, minlength=classes))
    rows = {}
    for name in frame.columns.drop(target):
        codes, values = _codes(frame[name], bins, max_values)
        joint = np.bincount(codes * classes + outcome, minlength=values * classes)
        counts = joint.reshape(values, classes).sum(axis=1)
        plug_in = _entropy(counts) + entropy - _entropy(joint)
        chance = (values - 1) * (classes - 1) / (2 * len(frame) * np.log(2))
        bits = max(plug_in - chance, 0.0)
        rows[name] = {
            "bits": bits,
            "share": bits / entropy,
            "chance_bits": chance,
            "values": values,
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "column"
    return table.sort_values("bits", ascending=False, kind="stable")


def _codes(column: pd.Series, bins: int, max_values: int) -> tuple[np.ndarray, int]:
    if is_number(column):
        values = as_floats(column)
        edges = inner_edges(values, bins)
        codes = np.searchsorted(edges, values, side="right")
        codes[column.isna().to_numpy()] = len(edges) + 1
    else:
        found, uniques = pd.factorize(column)
        counts = np.bincount(found[found >= 0], minlength=len(uniques))
        common = np.argsort(-counts, kind="stable")[:max_values]
        kept = np.full(len(uniques), -1)
        kept[common[counts[common] >= FEWEST]] = common[counts[common] >= FEWEST]
        codes = np.where(found >= 0, kept[found] + 1 if len(uniques) else 0, len(uniques) + 1)
    used, codes = np.unique(codes, return_inverse=True)
    return codes, len(used)


def _entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())
