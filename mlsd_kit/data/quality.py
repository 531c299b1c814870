"""Everything that looks wrong with a table, in one call: findings with a severity and a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from mlsd_kit.data.columns import column_of, is_number
from mlsd_kit.data.missing import missing_table
from mlsd_kit.data.relationship import relationship
from mlsd_kit.data.shift import part_shift
from mlsd_kit.data.suspects import suspect_codes, suspect_unit
from mlsd_kit.data.typos import typo_candidates

SEVERITIES = ("high", "medium", "low")
MUCH_MISSING, SOME_MISSING = 0.3, 0.05
LEAK_SHARE, STRONG_SHARE = 0.5, 0.2
"""Share of the target's entropy that one column tells: too good to be true, and suspicious."""
LARGE_PSI, SOME_PSI = 0.25, 0.1
"""The limits that credit scoring uses (Siddiqi, 2006)."""
TELLING_P = 0.001


class Finding(NamedTuple):
    """One thing that looks wrong."""

    severity: str
    column: str
    finding: str
    share: float
    reason: str


def quality_findings(
    frame: pd.DataFrame,
    target: str | None = None,
    later: pd.DataFrame | None = None,
    ids: Sequence[str] = (),
) -> pd.DataFrame:
    """Look for missing and unexpected values, typos, leaks, duplicates and drift.

    Args:
        frame: the table, of any types.
        target: name of a 0/1 target among the columns, for leaks and telling absences.
        later: a later part with the same columns, for drift and unseen values.
        ids: columns of names, in which digits are no quantity.

    Returns:
        A row for each finding, the most severe first: ``severity`` (high, medium, low), ``column``
        ("" for the whole table), ``finding``, ``share`` of rows (of the entropy, for a leak; the
        stability index, for drift) and ``reason``. A finding is a question, not a verdict.

    Raises:
        UserError: when the target or an id is not a column.

    >>> land = ["IN"] * 95 + ["in"] * 2 + [None] * 3
    >>> visits = pd.DataFrame({"visit": range(100), "land": land})
    >>> quality_findings(visits)[["severity", "finding", "share"]].values.tolist()
    [['medium', 'typo candidate', 0.02], ['low', 'missing', 0.03]]
    """
    for name in [*ids, *([target] if target else [])]:
        column_of(frame, name)
    features = frame.drop(columns=[target] if target else [])
    found = [
        *_missing(frame, target),
        *_values(features, ids),
        *_duplicates(frame),
        *(_leaks(frame.drop(columns=list(ids)), target) if target else ()),
        *(_drift(features, later, ids) if later is not None else ()),
    ]
    table = pd.DataFrame(found, columns=list(Finding._fields))
    order = table["severity"].map(SEVERITIES.index).sort_values(kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _missing(frame: pd.DataFrame, target: str | None) -> Iterator[Finding]:
    told = missing_table(frame, target) if target else pd.DataFrame()
    for name in frame.columns.drop([target] if target else []):
        share = float(frame[name].isna().mean())
        if not share:
            continue
        severity = "high" if share > MUCH_MISSING else "medium" if share > SOME_MISSING else "low"
        reason = f"{share:.1%} of the rows have no value"
        rates = told.loc[name].to_dict() if name in told.index else {"p_value": 1.0}
        if rates["p_value"] < TELLING_P:
            reason += (
                f", and the event is at {rates['rate_missing']:.2%} there against "
                f"{rates['rate_known']:.2%}: that it is missing tells something"
            )
            severity = "medium" if severity == "low" else severity
        yield Finding(severity, str(name), "missing", share, reason)


def _values(features: pd.DataFrame, ids: Sequence[str]) -> Iterator[Finding]:
    for name, column in features.items():
        label = str(name)
        if column.nunique() <= 1:
            yield Finding("medium", label, "constant", 1.0, "one value only: it tells nothing")
        elif name in ids:
            rows = len(column) / column.nunique()
            reason = f"a name with {rows:.1f} rows for each value: no quantity, easily memorised"
            yield Finding("low", label, "id", 1.0, reason)
        elif is_number(column):
            yield from _numbers(label, column)
        else:
            for typo in typo_candidates(column).to_dict("records"):
                reason = f"{typo['value']!r} looks like {typo['like']!r} ({typo['why']})"
                share = typo["rows"] / len(column)
                yield Finding("medium", label, "typo candidate", share, reason)


def _numbers(name: str, column: pd.Series) -> Iterator[Finding]:
    for code in suspect_codes(column).to_dict("records"):
        reason = f"{code['value']:g} stands apart from all other values: a code for missing?"
        yield Finding("medium", name, "code", code["share"], reason)
    if suspect := suspect_unit(column):
        factor, rows = suspect
        reason = f"far above all others, and usual when divided by {factor:g}: another unit?"
        yield Finding("high", name, "unit", float(rows.mean()), reason)


def _duplicates(frame: pd.DataFrame) -> Iterator[Finding]:
    share = float(frame.duplicated().mean())
    if share:
        severity = "high" if share > 0.01 else "medium"
        reason = "rows that are equal in every column: logged twice, or joined twice?"
        yield Finding(severity, "", "duplicate rows", share, reason)


def _leaks(frame: pd.DataFrame, target: str) -> Iterator[Finding]:
    if frame[target].nunique() < 2:
        return
    for name, row in relationship(frame, target).iterrows():
        share = float(row["share"])
        if share > STRONG_SHARE:
            severity = "high" if share > LEAK_SHARE else "medium"
            reason = f"tells {share:.0%} of the target by itself: is it known before the event?"
            yield Finding(severity, str(name), "leak suspicion", share, reason)


def _drift(before: pd.DataFrame, later: pd.DataFrame, ids: Sequence[str]) -> Iterator[Finding]:
    for name, row in part_shift(before, later, ids).iterrows():
        psi, unseen = float(row["psi"]), float(row["unseen"])
        if psi > SOME_PSI:
            severity = "high" if psi > LARGE_PSI else "medium"
            reason = f"stability index {psi:.2f} where chance gives {row['chance']:.4f}"
            yield Finding(severity, str(name), "drift", psi, reason)
        if unseen > 0.01:
            severity = "low" if name in ids else "medium"
            reason = f"{unseen:.1%} of the later rows have a value that was never seen before"
            yield Finding(severity, str(name), "unseen", unseen, reason)
