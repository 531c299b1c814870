"""How far a later part of the data differs from an earlier one, column by column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlsd_kit.data.columns import as_floats, inner_edges, is_number


def population_stability(before: np.ndarray, after: np.ndarray) -> float:
    """The population stability index of two vectors of counts: Σ (q - p) ln(q / p).

    It is the symmetric Kullback-Leibler divergence (Jeffreys, 1946). Half a row is added to each
    count. Two samples of n and m rows of the same population give (bins - 1)(1/n + 1/m) on average.

    >>> round(population_stability(np.array([500, 500]), np.array([250, 750])), 2)
    0.27
    """
    p, q = (np.asarray(part, dtype=float) + 0.5 for part in (before, after))
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())


def part_shift(
    before: pd.DataFrame, after: pd.DataFrame, ids: Sequence[str] = (), bins: int = 10
) -> pd.DataFrame:
    """Compare the columns of two parts: how far they moved, and what is new.

    Args:
        before: such as the training part. after: such as the test part.
        ids: columns of names, of which only the share of new ones is told.
        bins: of a number, cut at the quantiles of ``before``.

    Returns:
        A row for each column of both: ``psi`` (NaN for ids), ``chance`` (what two samples of one
        population give), and ``unseen``, the share of later rows with a value that is new
        (0 for numbers). Largest shift first.
    """
    rows = {}
    for name in before.columns.intersection(after.columns):
        first, second = before[name], after[name]
        if name in ids or not is_number(first):
            unseen = float((second.notna() & ~second.isin(first.dropna().unique())).mean())
        else:
            unseen = 0.0
        if name in ids:
            rows[name] = {"psi": np.nan, "chance": np.nan, "unseen": unseen}
            continue
        counts = _counts(first, second, bins)
        chance = (len(counts[0]) - 1) * (1 / max(len(first), 1) + 1 / max(len(second), 1))
        rows[name] = {"psi": population_stability(*counts), "chance": chance, "unseen": unseen}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["psi", "chance", "unseen"])
    table.index.name = "column"
    return table.sort_values(["psi", "unseen"], ascending=False, kind="stable")


def _counts(first: pd.Series, second: pd.Series, bins: int) -> tuple[np.ndarray, np.ndarray]:
    if is_number(first):
        edges = inner_edges(as_floats(first), bins)
        size = len(edges) + 2
        codes = [
            np.where(np.isnan(v), size - 1, np.searchsorted(edges, v, side="right"))
            for v in (as_floats(first), as_floats(second))
        ]
    else:
        both = pd.concat([first.astype(object), second.astype(object)])
        found, values = pd.factorize(both, use_na_sentinel=False)
        size = len(values)
        codes = [found[: len(first)], found[len(first) :]]
    counts = [np.bincount(part, minlength=size) for part in codes]
    used = (counts[0] + counts[1]) > 0
    return counts[0][used], counts[1][used]
