"""From the event log to columnar storage: the bytes of a row, of a day, and of one query."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from mlsd_kit.data.columns import column_of
from mlsd_kit.errors import UserError, require


def compare_formats(
    frame: pd.DataFrame, rows_per_second: float | None = None, column: str | None = None
) -> pd.DataFrame:
    """Write the frame in several formats and measure what a row takes.

    Args:
        frame: a sample of the log, large enough for columns to compress as they would in service:
            100,000 rows or more.
        rows_per_second: mean rate of the log, for the bytes of a day.
        column: the column that a query wants; the first by default.

    Returns:
        A row for each format: ``bytes_per_row``, ``against_json`` (1 for JSON lines), with a rate
        ``gb_per_day`` (decimal), and ``read_for_one_column`` (share of the file's bytes that a
        query on ``column`` alone has to read).

    Raises:
        UserError: when the frame is empty or has no such column.
    """
    if frame.empty:
        raise UserError("an empty frame has no bytes for each row to measure")
    wanted = str(frame.columns[0]) if column is None else column
    column_of(frame, wanted)
    parquet = require("pyarrow.parquet")
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, write in _writers(parquet).items():
            path = Path(folder, "log")
            write(frame, path)
            size = path.stat().st_size
            share = _share_of_column(parquet, path, wanted) if "Parquet" in name else 1.0
            rows[name] = {"bytes_per_row": size / len(frame), "read_for_one_column": share}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "format"
    table.insert(1, "against_json", table["bytes_per_row"] / table["bytes_per_row"].iloc[0])
    if rows_per_second is not None:
        table.insert(2, "gb_per_day", table["bytes_per_row"] * rows_per_second * 86_400 / 1e9)
    return table


def write_by_day(frame: pd.DataFrame, time_column: str, folder: Path | str) -> pd.DataFrame:
    """Write a log as Parquet, one partition for each UTC day: ``folder/day=2026-01-31/``.

    Args:
        frame: the log.
        time_column: its datetime column.
        folder: where to write; must not exist yet or be empty.

    Returns:
        A row for each day: ``rows`` and ``bytes``.

    Raises:
        UserError: when the column is not a datetime, has missing values, or the folder has files.
    """
    arrow, dataset = require("pyarrow"), require("pyarrow.dataset")
    if not pd.api.types.is_datetime64_any_dtype(column_of(frame, time_column)):
        raise UserError(f"partitions by day need a datetime column; {time_column!r} is none")
    if frame[time_column].isna().any():
        raise UserError(f"rows without {time_column!r} belong to no day: fill or drop them")
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} has files already; give an empty folder")
    days = pd.to_datetime(frame[time_column], utc=True).dt.strftime("%Y-%m-%d")
    dataset.write_dataset(
        arrow.Table.from_pandas(frame.assign(day=days.astype(object)), preserve_index=False),
        folder,
        format="parquet",
        partitioning=dataset.partitioning(arrow.schema([("day", arrow.string())]), flavor="hive"),
        max_partitions=max(days.nunique(), 1),
    )
    sizes = {
        part.name.removeprefix("day="): sum(f.stat().st_size for f in part.glob("*.parquet"))
        for part in sorted(folder.glob("day=*"))
    }
    table = pd.DataFrame({"rows": days.value_counts().sort_index(), "bytes": pd.Series(sizes)})
    table.index.name = "day"
    return table


def read_days(
    folder: Path | str, first: str, last: str, columns: list[str] | None = None
) -> pd.DataFrame:
    """Read the days from ``first`` to ``last`` (included) of a log written by ``write_by_day``.

    Only the files of these days, and of those only ``columns``, are read.

    Args:
        folder: the log's folder.
        first: first day, such as ``"2026-01-30"``.
        last: last day.
        columns: all by default.

    Raises:
        UserError: when there is no such folder, or no such day in it.
    """
    dataset = require("pyarrow.dataset")
    if not Path(folder).is_dir():
        raise UserError(f"there is no folder {folder}")
    days = {part.name.removeprefix("day="): part for part in sorted(Path(folder).glob("day=*"))}
    wanted = [part for day, part in days.items() if first <= day <= last]
    if not wanted:
        there = f"it has {min(days)} to {max(days)}" if days else "it has none"
        raise UserError(f"{folder} has no day from {first} to {last}; {there}")
    files = [file for part in wanted for file in sorted(part.glob("*.parquet"))]
    table = dataset.dataset(files, format="parquet").to_table(columns=columns)
    return table.to_pandas()


def _writers(parquet: Any) -> dict[str, Callable[[pd.DataFrame, Path], Any]]:
    def json_lines(frame: pd.DataFrame, path: Path) -> None:
        frame.to_json(path, orient="records", lines=True, date_format="iso")

    def zipped_json_lines(frame: pd.DataFrame, path: Path) -> None:
        text = frame.to_json(orient="records", lines=True, date_format="iso")
        path.write_bytes(gzip.compress(text.encode(), compresslevel=6, mtime=0))

    def columnar(compression: Literal["snappy", "zstd"]) -> Callable[[pd.DataFrame, Path], Any]:
        return lambda frame, path: frame.to_parquet(path, index=False, compression=compression)

    return {
        "JSON lines": json_lines,
        "JSON lines, gzip": zipped_json_lines,
        "Parquet, snappy": columnar("snappy"),
        "Parquet, zstd": columnar("zstd"),
    }


def _share_of_column(parquet: Any, path: Path, column: str) -> float:
    metadata = parquet.read_metadata(path)
    read = metadata.serialized_size
    for group in range(metadata.num_row_groups):
        chunks = metadata.row_group(group)
        for position in range(chunks.num_columns):
            chunk = chunks.column(position)
            if chunk.path_in_schema.split(".")[0] == column:
                read += chunk.total_compressed_size
    return read / path.stat().st_size
