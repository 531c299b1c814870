"""Progress over a notebook's cells: a bar in a terminal, a line for each stage elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextlib.contextmanager
def cell_progress(name: str) -> Iterator[Callable[[str, int, int], None]]:
    """A callback for stage, cells done and all cells, shown on standard error."""
    if not sys.stderr.isatty():
        yield _lines(name)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("cells"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{name}: starting", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bar.update(task, description=f"{name}: {stage}", completed=done, total=total)

        yield show


def _lines(name: str) -> Callable[[str, int, int], None]:
    seen: set[str] = set()

    def show(stage: str, done: int, total: int) -> None:
        if stage not in seen:
            seen.add(stage)
            click.echo(f"{name}: {stage} (cell {done + 1} of {total})", err=True)

    return show
