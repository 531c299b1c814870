"""Tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def number_text(value: Any) -> str:
    """A figure in four digits; other values as they are; nothing for what is missing."""
    from mlsd_kit.units import format_number

    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None or value != value else str(value)
    return "" if value != value else format_number(value, 4)


def show_table(frame: pd.DataFrame) -> None:
    """Print a table."""
    show_rows([str(name) for name in frame.columns], frame.itertuples(index=False))


def show_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table of these columns and rows."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(value) for value in row))
    Console().print(table)
