"""Validation of incoming frames: what breaks the schema, and which rows can be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError, require


class InvalidData(UserError):  # noqa: N818
    """A frame breaks its schema, and the caller asked for an error."""


@dataclass(frozen=True)
class FrameReport:
    """What a frame breaks of its schema.

    ``failures`` has a row for each column and rule: ``count`` of rows (1 for a rule about the
    whole column), their ``share`` of the rows, an ``example`` and the ``first_row`` (position;
    NA for a rule about the whole column).
    """

    rows: int
    failures: pd.DataFrame
    bad_rows: np.ndarray

    @property
    def ok(self) -> bool:
        """Whether nothing was broken."""
        return self.failures.empty

    def table(self) -> pd.DataFrame:
        """The failures, the most common first."""
        return self.failures

    def raise_if_bad(self) -> None:
        """Raise one line that names the most common failure.

        Raises:
            InvalidData: when anything was broken.
        """
        if self.ok:
            return
        worst = self.failures.iloc[0]
        more = len(self.failures) - 1
        others = f", and {more} more {'rule' if more == 1 else 'rules'} broken" if more else ""
        raise InvalidData(
            f"column {worst['column']!r} breaks {worst['rule']}: {worst['count']:,} of "
            f"{self.rows:,} rows, such as {worst['example']!r}{others}"
        )


def check_frame(frame: pd.DataFrame, schema: Any) -> FrameReport:
    """Check a frame against a pandera schema, all rules at once; bad data does not raise.

    Args:
        frame: the data that came in.
        schema: a ``pandera.pandas.DataFrameSchema`` or a ``DataFrameModel``.

    Returns:
        A report; ``report.ok``, ``report.table()``, ``report.raise_if_bad()``.
    """
    cases = _failure_cases(frame, schema)
    bad_rows = np.unique(cases.loc[cases["row"].notna(), "row"].to_numpy(dtype=np.int64))
    grouped = cases.groupby(["column", "rule"], sort=False, dropna=False)
    failures = grouped.agg(
        count=("row", "size"), example=("example", "first"), first_row=("row", "min")
    ).reset_index()
    failures["share"] = failures["count"] / max(len(frame), 1)
    whole = failures["first_row"].isna()
    failures.loc[whole, "share"] = 1.0
    failures = failures.sort_values(["share", "count"], ascending=False, kind="stable")
    order = ["column", "rule", "count", "share", "example", "first_row"]
    return FrameReport(len(frame), failures[order].reset_index(drop=True), bad_rows)


def split_valid(frame: pd.DataFrame, schema: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part the rows that keep the schema from those that break it.

    Args:
        frame: the data that came in.
        schema: a pandera schema.

    Returns:
        The good rows, and the quarantined ones with a column ``reason`` that names every column
        and rule they break; both keep their index.

    Raises:
        InvalidData: when the frame as a whole breaks the schema (a missing column, a wrong type),
            so that no row can be said to be good.
    """
    cases = _failure_cases(frame, schema)
    whole = cases[cases["row"].isna()]
    if len(whole):
        first = whole.iloc[0]
        raise InvalidData(
            f"the frame as a whole breaks its schema: column {first['column']!r}, {first['rule']} "
            f"({first['example']!r}); rows cannot be parted"
        )
    bad = np.zeros(len(frame), dtype=bool)
    reasons = pd.Series(dtype="str")
    if len(cases):
        said = cases["column"].astype("str") + ": " + cases["rule"].astype("str")
        rows = cases["row"].to_numpy(dtype=np.int64)
        unique = pd.DataFrame({"row": rows, "said": said.to_numpy()}).drop_duplicates()
        reasons = unique.groupby("row", sort=True)["said"].agg("; ".join)
        bad[reasons.index] = True
    return frame[~bad], frame[bad].assign(reason=reasons.to_numpy())


def _failure_cases(frame: pd.DataFrame, schema: Any) -> pd.DataFrame:
    """One row for each failing value: column, rule, example, row (position; NA for the whole)."""
    errors = require("pandera.errors")
    positioned = frame.reset_index(drop=True)
    try:
        schema.validate(positioned, lazy=True)
    except errors.SchemaErrors as error:
        found = error.failure_cases
    else:
        return pd.DataFrame(columns=["column", "rule", "example", "row"])
    row = pd.to_numeric(found["index"], errors="coerce").astype("Int64")
    about_type = found["check"].astype("str").str.startswith("dtype(").to_numpy()
    by_name = found["check"].isin(["column_in_dataframe", "column_in_schema"])
    cases = pd.DataFrame(
        {
            "column": found["column"].where(~by_name, found["failure_case"]).astype(object),
            "rule": found["check"].astype("str").map(_rule),
            "example": found["failure_case"].astype(object),
            "row": row.mask(pd.Series(about_type, index=found.index)),
        }
    )
    once = cases["row"].isna() & cases.duplicated(["column", "rule"])
    return cases[~once].reset_index(drop=True)


def _rule(check: str) -> str:
    names = {
        "not_nullable": "not missing",
        "field_uniqueness": "unique",
        "column_in_dataframe": "column is there",
        "column_in_schema": "column is in the schema",
    }
    if check.startswith("dtype("):
        return f"type {check[6:-1].strip(chr(39))}"
    return names.get(check, check)
