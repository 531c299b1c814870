"""Parquet files in Hive partitions (``day=3/part-0.parquet``), and what a query reads of them."""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mlsd_kit.errors import UserError, require


@dataclass(frozen=True)
class QueryCost:
    """What one query read, as DuckDB's profiler counted it, and the rows by the files' footers."""

    files: int
    """Files of the table."""
    files_read: int
    """Files that were not pruned."""
    rows_scanned: int
    """Rows of the row groups that may hold what was wanted."""
    reads: int
    """Read operations, each a round trip on object storage; footers and schema included."""
    bytes_read: int
    """Bytes of these operations."""


def write_partitioned(
    frame: pd.DataFrame, folder: str | Path, by: Sequence[str], rows_per_group: int = 122_880
) -> Path:
    """Write a table as Parquet, one folder for each value of the partition columns.

    Args:
        frame: the table; its rows keep their order within a file.
        folder: must not exist yet or be empty.
        by: columns to partition by, outermost first; none for a single file.
        rows_per_group: rows of a row group. A reader skips whole groups by the smallest and largest
            value of each column, which helps where the rows are sorted by it.

    Raises:
        UserError: when a column is missing, the frame is empty, or the folder has files.
    """
    arrow, dataset = require("pyarrow"), require("pyarrow.dataset")
    folder = Path(folder)
    if missing := [name for name in by if name not in frame]:
        raise UserError(f"cannot partition by {missing[0]!r}: the table has no such column")
    if frame.empty:
        raise UserError("an empty table has no partitions to write")
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} has files already; give an empty folder")
    table = arrow.Table.from_pandas(frame, preserve_index=False)
    schema = arrow.schema([table.schema.field(name) for name in by])
    parts = len(frame[list(by)].drop_duplicates()) if by else 1
    dataset.write_dataset(
        table,
        folder,
        format="parquet",
        partitioning=dataset.partitioning(schema, flavor="hive"),
        max_partitions=parts,
        max_open_files=parts,
        min_rows_per_group=rows_per_group,
        max_rows_per_group=rows_per_group,
        use_threads=False,
    )
    return folder


def layout_size(folder: str | Path) -> pd.Series:
    """Files of a table, their mean rows, and bytes in all."""
    parquet = require("pyarrow.parquet")
    files = sorted(Path(folder).rglob("*.parquet"))
    if not files:
        raise UserError(f"{folder} has no Parquet files")
    rows = sum(parquet.read_metadata(file).num_rows for file in files)
    figures = {
        "files": len(files),
        "rows_per_file": rows / len(files),
        "bytes": sum(file.stat().st_size for file in files),
    }
    return pd.Series(figures, name=Path(folder).name)


def query_cost(folder: str | Path, select: str, where: Mapping[str, Any]) -> QueryCost:
    """Run a query with DuckDB, on one thread, and count what it read.

    Args:
        folder: a table written by `write_partitioned`.
        select: an aggregate in SQL, such as ``"avg(price)"``.
        where: column → the value that is wanted; partition columns prune files, the others row
            groups by the smallest and largest value that the file's footer names.

    Raises:
        UserError: when DuckDB refuses the query.
    """
    duckdb = require("duckdb")
    wanted = " AND ".join(f'"{name}" = ?' for name in where) or "true"
    query = f"SELECT {select} FROM read_parquet(?, hive_partitioning = true) WHERE {wanted}"
    values = [f"{Path(folder).as_posix()}/**/*.parquet", *where.values()]
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        try:
            profiled = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", values)
            profile = json.loads(profiled.fetchone()[1])
        except duckdb.Error as error:
            raise UserError(f"the query was refused: {str(error).splitlines()[0]}") from None
    scan = _scan(profile) or {"extra_info": {}}
    return QueryCost(
        files=sum(1 for _ in Path(folder).rglob("*.parquet")),
        files_read=int(scan["extra_info"].get("Total Files Read", 0)),
        rows_scanned=_rows_left(folder, where),
        reads=int(profile["io"]["total_read_operations"]),
        bytes_read=int(profile["io"]["total_bytes_read"]),
    )


def compare_layouts(
    folders: Mapping[str, str | Path], select: str, queries: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """What each query reads under each layout of the same table.

    Args:
        folders: label → folder. select: as in `query_cost`.
        queries: label → condition, as in `query_cost`.

    Returns:
        One row for each query and layout, with the fields of `QueryCost`.
    """
    rows = {
        (query, layout): asdict(query_cost(folder, select, where))
        for query, where in queries.items()
        for layout, folder in folders.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["query", "layout"])


def _scan(node: dict[str, Any]) -> dict[str, Any] | None:
    """The scan of the table in the tree of operators."""
    if node.get("type") == "TABLE_SCAN":
        return node
    below = (_scan(child) for child in [*node.get("operator", []), *node.get("children", [])])
    return next((found for found in below if found), None)


def _rows_left(folder: str | Path, where: Mapping[str, Any]) -> int:
    """Rows of the row groups that neither the folders' names nor the footers rule out."""
    dataset = require("pyarrow.dataset")
    conditions = [dataset.field(name) == value for name, value in where.items()]
    wanted = functools.reduce(operator.and_, conditions, dataset.scalar(True))
    table = dataset.dataset(folder, format="parquet", partitioning="hive")
    groups = (
        group
        for fragment in table.get_fragments(filter=wanted)
        for part in fragment.split_by_row_group(filter=wanted, schema=table.schema)
        for group in part.row_groups
    )
    return sum(group.num_rows for group in groups)
