"""What a person sees while notebooks run: a live display in a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mlsd_kit.workbook.batch import Batch, Outcome


@contextlib.contextmanager
def cell_progress(name: str) -> Iterator[Callable[[str, int, int], None]]:
    """A callback for stage, cells done and all cells, shown on standard error."""
    if not sys.stderr.isatty():
        yield _lines(name)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("cells"),
        TimeElapsedColumn(),
    )
    with _live(*columns) as bar:
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


class BatchDisplay:
    """Every run's stage and cell, time used and time to go, on standard error.

    Args:
        batch: the batch.
    """

    def __init__(self, batch: Batch) -> None:
        from mlsd_kit.workbook.eta import Estimate

        names = {number: batch.prepared[number].name for number in batch.missing}
        before = {name: batch.cache.seconds(name) for name in set(names.values())}
        self.eta = Estimate(names, before, batch.at_once)
        self.jobs, self.total, self.done = batch.jobs, len(names), 0
        self._held = contextlib.ExitStack()
        self._bar: Any = None
        self._tasks: dict[int, Any] = {}

    def __enter__(self) -> BatchDisplay:
        if self.total and sys.stderr.isatty():
            from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

            columns = (
                TextColumn("{task.description}"),
                BarColumn(bar_width=20),
                TextColumn("{task.fields[place]}"),
                TimeElapsedColumn(),
                TextColumn("{task.fields[to_go]}"),
            )
            self._bar = self._held.enter_context(_live(*columns))
            self._whole = self._bar.add_task(
                "all runs", total=self.total, place=f"0 of {self.total} runs", to_go=""
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def started(self, number: int) -> None:
        """A run begins."""
        self.eta.start(number)
        if self._bar is not None:
            label = self.jobs[number].label
            self._tasks[number] = self._bar.add_task(label, total=None, place="starting", to_go="")

    def cell(self, number: int, stage: str, done: int, total: int) -> None:
        """A cell of it starts or is done."""
        if self._bar is not None and number in self._tasks:
            self._bar.update(
                self._tasks[number],
                completed=done,
                total=total,
                place=f"{stage}, cell {min(done + 1, total)} of {total}",
                to_go=_to_go(self.eta.run(number)),
            )
            self._bar.update(self._whole, to_go=_to_go(self.eta.batch()))

    def ended(self, outcome: Outcome) -> None:
        """A run is over."""
        number = outcome.number
        self.eta.end(number, outcome.run is not None)
        self.done += 1
        if self._bar is not None:
            if number in self._tasks:
                self._bar.remove_task(self._tasks.pop(number))
            place = f"{self.done} of {self.total} runs"
            to_go = _to_go(self.eta.batch())
            self._bar.update(self._whole, completed=self.done, place=place, to_go=to_go)
        else:
            how = f"finished in {outcome.run.seconds:.1f} s" if outcome.run else "failed"
            to_go = _to_go(self.eta.batch()) if self.done < self.total else ""
            line = f"[{self.done} of {self.total}] {self.jobs[number].label}: {how}"
            click.echo("; ".join(filter(None, [line, to_go])), err=True)


def _to_go(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds:.0f} s to go"
    return f"{seconds / 60:.0f} min to go" if seconds < 5400 else f"{seconds / 3600:.1f} h to go"


def _live(*columns: Any) -> Any:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(*columns, console=Console(stderr=True), transient=True)
