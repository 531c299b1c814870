"""Validate: is the newest stretch the kind of data that the model learned to expect?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from mlsd_kit.cases import LearningTable
from mlsd_kit.data import check_frame, part_shift
from mlsd_kit.errors import require
from mlsd_kit.pipeline.settings import Validation
from mlsd_kit.pipeline.steps.contract import Work
from mlsd_kit.pipeline.stretches import join

SURE = 0.999
"""Confidence of an interval on which the event's rate is judged: a false alarm stops a release."""


def validate(work: Work) -> None:
    """Check the newest stretch against the schema and the distributions of those before it."""
    stretches = work.stretches()
    reasons = complaints(stretches, work.settings.validate)
    work.report(not reasons, reasons, rows=len(stretches[-1]), against=len(stretches) - 1)


def complaints(stretches: list[LearningTable], limit: Validation) -> list[str]:
    """Say what is wrong with the newest stretch.

    Args:
        stretches: in order of time, two or more, the newest last; the others were accepted.
        limit: of what is let through.
    """
    *before, newest = stretches
    earlier = join(before)
    checked = check_frame(newest.X, expected_schema(earlier))
    whole = checked.failures["first_row"].isna()
    if whole.any():
        broken = checked.failures[whole].itertuples()
        return [f"column {row.column!r} breaks {row.rule}: {row.example!r}" for row in broken]
    found = list(_out_of_range(checked.failures, len(checked.bad_rows) / len(newest), limit))
    if newest.time_h.min() < earlier.time_h.max():
        found.append("its rows are older than some that are there: was it delivered twice?")
    for name in earlier.X:
        then, now = (float(table.X[name].isna().mean()) for table in (earlier, newest))
        if now > then + limit.missing:
            found.append(f"{name!r} is missing in {now:.1%} of the rows, {then:.1%} before")
    found += _shifted(before, newest, limit)
    return found + list(_rate(earlier.y, newest.y, limit.rate_ratio))


def expected_schema(earlier: LearningTable) -> object:
    """A pandera schema that the earlier rows keep: columns, types, and ranges thrice as wide.

    Missing values and categories are left to the comparison of shares.
    """
    pa = require("pandera.pandas")
    columns = {}
    for name, column in earlier.X.items():
        checks = []
        if column.dtype.kind == "f" and column.notna().any():
            low, high = float(column.min()), float(column.max())
            checks.append(pa.Check.in_range(2 * low - high, 2 * high - low))
        kind = "category" if isinstance(column.dtype, pd.CategoricalDtype) else str(column.dtype)
        columns[str(name)] = pa.Column(kind, checks, nullable=True)
    return pa.DataFrameSchema(columns, strict=True)


def _out_of_range(failures: pd.DataFrame, share: float, limit: Validation) -> Iterator[str]:
    if share > limit.bad_rows:
        worst = failures.iloc[0]
        yield (
            f"{share:.1%} of the rows are out of range (at most {limit.bad_rows:.1%}), most in "
            f"{worst['column']!r}, such as {worst['example']:.6g}"
        )


def _shifted(
    before: list[LearningTable], newest: LearningTable, limit: Validation
) -> Iterator[str]:
    earlier = join(before)
    usual: dict[Any, float] = {}
    if len(before) > 1:
        usual = part_shift(join(before[:-1]).X, before[-1].X, earlier.ids)["psi"].to_dict()
    for name, row in part_shift(earlier.X, newest.X, earlier.ids).iterrows():
        if row["psi"] > max(limit.psi, 2 * usual.get(name, 0.0)):
            yield f"{name!r} has another distribution: stability index {row['psi']:.2f}"
        if name not in earlier.ids and row["unseen"] > limit.unseen:
            yield f"{name!r} has a value that was never seen in {row['unseen']:.1%} of the rows"


def _rate(earlier: np.ndarray, newest: np.ndarray, ratio: float) -> Iterator[str]:
    before, events = float(earlier.mean()), int(newest.sum())
    now = stats.binomtest(events, len(newest)).proportion_ci(SURE, method="wilson")
    if now.high < before / ratio or now.low > before * ratio:
        yield f"the event's rate is {events / len(newest):.2%}, {before:.2%} before"
