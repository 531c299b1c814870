"""Missing values: how many, whether their absence tells something, and hiding some on purpose."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from mlsd_kit.data.columns import as_floats, column_of
from mlsd_kit.data.rates import wilson_interval
from mlsd_kit.errors import UserError


def missing_table(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """For each column with missing values: the rate of the event without it and with it.

    Args:
        frame: the columns and a 0/1 target.
        target: name of the target.

    Returns:
        A row for each such column: ``missing`` (share of rows), ``rate_missing`` with ``low`` and
        ``high`` (95 %, Wilson), ``rate_known``, and ``p_value`` of Fisher's exact test that the
        absence tells nothing. A small one means: not missing at random.

    >>> ages = pd.DataFrame({"age": [None] * 10 + [30] * 10, "bought": [1] * 10 + [0] * 10})
    >>> missing_table(ages, "bought").loc["age", ["rate_missing", "rate_known"]].tolist()
    [1.0, 0.0]
    """
    from scipy.stats import fisher_exact

    y = column_of(frame, target).to_numpy(dtype=float)
    rows = {}
    for name in frame.columns.drop(target):
        gone = frame[name].isna().to_numpy()
        if not gone.any() or gone.all():
            continue
        table = [[int(y[part].sum()), int((1 - y[part]).sum())] for part in (gone, ~gone)]
        low, high = wilson_interval(np.array([table[0][0]]), np.array([gone.sum()]))
        rows[name] = {
            "missing": gone.mean(),
            "rate_missing": y[gone].mean(),
            "low": low[0],
            "high": high[0],
            "rate_known": y[~gone].mean(),
            "p_value": fisher_exact(table).pvalue,
        }
    columns = ["missing", "rate_missing", "low", "high", "rate_known", "p_value"]
    result = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    result.index.name = "column"
    return result.sort_values("missing", ascending=False, kind="stable")


def hide(
    column: pd.Series,
    share: float,
    which: Literal["at random", "the largest"] = "at random",
    seed: int = 0,
) -> pd.Series:
    """A copy of a column of numbers with a share of its known values taken away.

    ``at random`` is missing completely at random; ``the largest`` hides each value with a
    probability that grows with its rank, from 0 to twice the share: missing *not* at random, as
    when people with a high income do not tell it (Rubin, 1976).

    Args:
        column: numbers.
        share: of the known values, above 0; at most 0.5 for ``the largest``.
        which: the mechanism. seed: of the draw.

    Raises:
        UserError: for a share that cannot be.

    >>> int(hide(pd.Series(range(1000)), 0.2, "the largest").isna().sum())
    187
    """
    most = 0.5 if which == "the largest" else 1.0
    if not 0 < share <= most:
        raise UserError(f"share: {share} is not above 0 and at most {most:g} for {which!r}")
    values = as_floats(column)
    chance = np.full(len(values), share)
    if which == "the largest":
        rank = pd.Series(values).rank(method="first").to_numpy()
        chance = 2 * share * (rank - 0.5) / max((~np.isnan(values)).sum(), 1)
    gone = np.random.default_rng(seed).random(len(values)) < chance
    return pd.Series(np.where(gone, np.nan, values), index=column.index, name=column.name)
