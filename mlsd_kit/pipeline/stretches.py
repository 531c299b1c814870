"""Data as it arrives: stretches of a case's learning table, one Parquet file each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from mlsd_kit.cases import LearningTable
from mlsd_kit.deployment.whole import draft, move_into_place
from mlsd_kit.errors import UserError, require

LABELS = ("y", "time_h", "group", "slate")
MARK = "label."
FACTS = ("row", "event", "cost_missed", "cost_false")


def cut(table: LearningTable, parts: int) -> list[LearningTable]:
    """Cut a table into stretches of equally many rows, in order of time."""
    return [table.rows(rows) for rows in np.array_split(np.arange(len(table)), parts)]


def write_stretch(table: LearningTable, path: Path) -> None:
    """Write the rows with their labels; what only a simulation knows is left out.

    Raises:
        UserError: when pyarrow is not installed, or the file cannot be written.
    """
    require("pyarrow")
    labels = {f"{MARK}{name}": getattr(table, name) for name in LABELS}
    frame = table.X.assign(**{name: v for name, v in labels.items() if v is not None})
    frame.attrs = {name: getattr(table, name) for name in FACTS}
    try:
        with draft(path.parent) as part:
            frame.to_parquet(part / path.name)
            move_into_place(part / path.name, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None


def read_stretch(path: Path) -> LearningTable:
    """Read what `write_stretch` wrote.

    Raises:
        UserError: for a file that is none of these.
    """
    require("pyarrow")
    try:
        frame = pd.read_parquet(path)
        facts = {name: frame.attrs[name] for name in FACTS}
        there = [name for name in LABELS if f"{MARK}{name}" in frame]
        labels: dict[str, Any] = {name: frame.pop(f"{MARK}{name}").to_numpy() for name in there}
        frame.attrs = {}
        return LearningTable(frame, **labels, **facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise UserError(f"{path}: is no stretch of data: {reason}") from None


def join(tables: Sequence[LearningTable]) -> LearningTable:
    """Put stretches with the same columns together, in the order given."""
    first = tables[0]
    columns = {}
    for name in first.X:
        parts = [table.X[name] for table in tables]
        if isinstance(parts[0].dtype, pd.CategoricalDtype):
            columns[name] = pd.Series(union_categoricals(parts))
        else:
            columns[name] = pd.concat(parts, ignore_index=True)
    labels: dict[str, Any] = {
        name: None
        if getattr(first, name) is None
        else np.concatenate([getattr(table, name) for table in tables])
        for name in LABELS
    }
    return replace(first, X=pd.DataFrame(columns), **labels)
