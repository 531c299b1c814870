"""The command `mlsd run`: one run with its figures, or a batch with a summary."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

import click

from mlsd_kit.errors import UserError
from mlsd_kit.progress import BatchDisplay, cell_progress
from mlsd_kit.tables import number_text, show_rows
from mlsd_kit.workbook.batch import Batch, Engine, Outcome, local
from mlsd_kit.workbook.planning import plan, read_rows, read_sweep
from mlsd_kit.workbook.run import Run, Settings, Watch, execute, read_run

SHOW_CURSOR = "\x1b[?25h\n"
SHOWN = 40
"""Of more runs the summary shows only how many there are, and those that failed."""


def run_command(
    targets: Sequence[str],
    *,
    parameter: Sequence[tuple[str, str]] = (),
    sweep: Sequence[str] = (),
    params: Path | None = None,
    jobs: int | None = None,
    force: bool = False,
    explain: bool = False,
    fail_fast: bool = False,
    cell_limit: float | None = None,
    run_limit: float | None = None,
    cold: bool = False,
    engine: str = "local",
    scheduler: str | None = None,
    output: Path | None = None,
) -> int:
    """Plan, run and tell; the exit code is 1 when a run failed."""
    from mlsd_kit.cases import discover

    asked = plan(
        targets or list(discover()),
        dict(parameter),
        _sweeps(sweep),
        read_rows(params) if params else (),
    )
    settings = Settings(cell_limit, run_limit, page=len(asked) == 1, cold=cold)
    batch = Batch(asked, output, settings, jobs, fail_fast, force)
    if explain:
        for job, prepared in zip(batch.jobs, batch.prepared, strict=True):
            click.echo(f"{job.label}: {batch.cache.explain(prepared)}")
        return 0
    where = _engine(engine, scheduler)
    return _one(batch) if len(asked) == 1 and where is local else _many(batch, where)


def _sweeps(texts: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        name, values = read_sweep(text)
        if name in found:
            raise UserError(f"--sweep {name}: given twice; put all its values into one")
        found[name] = values
    return found


def _engine(name: str, scheduler: str | None) -> Engine:
    if name == "dask":
        from mlsd_kit.workbook.cluster import DaskEngine

        return DaskEngine(scheduler)
    if scheduler:
        raise UserError("--scheduler goes with --engine dask")
    return local


def _one(batch: Batch) -> int:
    [job], [prepared] = batch.jobs, batch.prepared
    there = batch.there.get(0)
    if there:
        done = read_run(there)
    else:
        with cell_progress(job.label) as progress:
            inputs = batch.cache.inputs(prepared)
            done = execute(prepared, batch.output, batch.settings, Watch(progress), inputs)
    _figures(done)
    if there:
        click.echo("not run again, as nothing has changed; --force does it all the same")
    shown = done.page if done.page.is_file() else done.folder / "notebook.ipynb"
    click.echo(f"finished in {done.seconds:.0f} s; open: {shown}")
    return 0


def _figures(done: Run) -> None:
    if done.records:
        show_rows(
            ["figure", "value", "unit"],
            [(name, number_text(f["value"]), f["unit"]) for name, f in done.records.items()],
        )


def _many(batch: Batch, engine: Engine) -> int:
    outcomes: list[Outcome] = []
    with BatchDisplay(batch) as display, _at_interrupt(display, outcomes):
        for outcome in batch.run(engine, display):
            outcomes.append(outcome)
            if not outcome.cached:
                display.ended(outcome)
    _summary(outcomes)
    return 1 if any(outcome.run is None for outcome in outcomes) else 0


@contextlib.contextmanager
def _at_interrupt(display: BatchDisplay, outcomes: list[Outcome]) -> Iterator[None]:
    """On Ctrl-C say what is kept and end at once: kernels end with this process.

    The signal may come while a line is being written or drawn, so what is said here passes by
    Python's streams and the display, whose locks may be held.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        kept = sum(outcome.run is not None for outcome in outcomes)
        said = (
            f"mlsd: interrupted; {kept} of {len(display.jobs)} runs are finished and kept: "
            "the same command goes on from here\n"
        )
        os.write(2, (SHOW_CURSOR * os.isatty(2) + said).encode())
        os._exit(130)

    before = signal.signal(signal.SIGINT, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _summary(outcomes: list[Outcome]) -> None:
    outcomes = sorted(outcomes, key=lambda outcome: outcome.number)
    if len(outcomes) <= SHOWN:
        show_rows(["run", "", "seconds"], [_row(outcome) for outcome in outcomes])
    for outcome in outcomes:
        if outcome.run is None:
            click.echo(f"mlsd: {outcome.job.label}: {outcome.error}", err=True)
    made = sum(outcome.run is not None for outcome in outcomes)
    cached = sum(outcome.cached for outcome in outcomes)
    note = f", {cached} of them not run again" if cached else ""
    click.echo(f"{made} of {len(outcomes)} runs finished{note}; compare them with: mlsd report")


def _row(outcome: Outcome) -> tuple[str, str, str]:
    if outcome.run is None:
        return outcome.job.label, "failed", ""
    how = "not run again" if outcome.cached else "finished"
    return outcome.job.label, how, f"{outcome.run.seconds:.1f}"
