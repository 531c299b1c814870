"""Many runs: those that are not there yet, some at a time, with warm kernels."""

from __future__ import annotations

import contextlib
import importlib
import os
import threading
import warnings
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from mlsd_kit.errors import UserError
from mlsd_kit.warm.client import WarmUnavailable, lease
from mlsd_kit.warm.preload import wanted_by
from mlsd_kit.workbook.batchlog import BatchLog
from mlsd_kit.workbook.cache import Cache
from mlsd_kit.workbook.memory import GUESS_MB, MemoryGate
from mlsd_kit.workbook.planning import Job
from mlsd_kit.workbook.prepare import Prepared, Preparer
from mlsd_kit.workbook.run import (
    Dropped,
    Run,
    RunFailed,
    Settings,
    Watch,
    execute,
    read_run,
    runs_folder,
)

AHEAD = 2
"""For each notebook whose cells run, so many have a kernel that runs, starts or ends."""
ENGINE_MODULE = "mlsd_kit.workbook.engine"


@dataclass(frozen=True)
class Outcome:
    """How a job ended: with a run, or with a line that says why not."""

    job: Job
    number: int
    """The job's place in the batch."""
    run: Run | None = None
    folder: Path | None = None
    """The run's folder, also of a failed one."""
    cached: bool = False
    """Whether the run was there already."""
    error: str = ""


class BatchWatch(Protocol):
    """Told of what happens; each call names the job by its number."""

    def started(self, number: int) -> None:
        """Its cells begin."""

    def cell(self, number: int, stage: str, done: int, total: int) -> None:
        """A cell of it starts or is done."""


Made = Generator[tuple[int, Run | UserError], None, None]
"""Runs, or what went wrong, each with its job's number, as they end."""


class Engine(Protocol):
    """Makes the missing runs of a batch somewhere."""

    def __call__(self, batch: Batch, watch: BatchWatch | None) -> Made:
        """Make the runs."""


class Batch:
    """Jobs that are checked, and which of them are to be run.

    Args:
        jobs: what to run.
        output: where runs are kept.
        settings: time limits and the like.
        at_once: how many at a time; one for each core by default.
        fail_fast: start no further run after a failure.
        force: make runs again that are there already.

    Raises:
        UserError: one line for each thing that is wrong, before anything starts.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        output: Path | None = None,
        settings: Settings | None = None,
        at_once: int | None = None,
        fail_fast: bool = False,
        force: bool = False,
    ) -> None:
        self.jobs = list(jobs)
        self.output = runs_folder(output)
        self.settings = settings or Settings(page=False)
        self.fail_fast = fail_fast
        self.cache = Cache(self.output)
        self.prepared: list[Prepared] = []
        prepare, problems = Preparer(), dict[str, None]()
        for job in self.jobs:
            try:
                self.prepared.append(prepare(job.target, job.parameters))
            except UserError as error:
                problems.update(dict.fromkeys(str(error).splitlines()))
        _refuse(problems)
        found = {n: self.cache.find(prepared) for n, prepared in enumerate(self.prepared)}
        self.there = {n: folder for n, folder in found.items() if folder and not force}
        """Number of each job that is not run again → the folder of its run."""
        self.missing = [n for n in range(len(self.jobs)) if n not in self.there]
        """Numbers of the jobs to run."""
        for number in self.missing:
            try:
                self.prepared[number].check()
            except UserError as error:
                problems[str(error)] = None
        _refuse(problems)
        self.at_once = min(at_once or os.cpu_count() or 1, len(self.missing) or 1)

    def run(self, engine: Engine, watch: BatchWatch | None = None) -> Iterator[Outcome]:
        """Make the runs that are missing, and give each outcome as it comes.

        A failure is an outcome; the other runs go on unless `fail_fast` is set.

        Args:
            engine: what makes them: `local`, or a cluster.
            watch: told as runs and cells start and end, from several threads.
        """
        with BatchLog(self.output, self.jobs) as log:
            for outcome in self._outcomes(engine, watch):
                log.add(outcome.number, outcome.folder, outcome.error)
                yield outcome

    def _outcomes(self, engine: Engine, watch: BatchWatch | None) -> Iterator[Outcome]:
        for number, folder in self.there.items():
            run = read_run(folder)
            yield Outcome(self.jobs[number], number, run, folder, cached=True)
        if not self.missing:
            return
        with contextlib.closing(engine(self, watch)) as runs:
            for number, made in runs:
                job = self.jobs[number]
                if isinstance(made, Run):
                    yield Outcome(job, number, made, made.folder)
                    continue
                kept = made.folder if isinstance(made, RunFailed) else None
                yield Outcome(job, number, folder=kept, error=str(made))
                if self.fail_fast:
                    return


def _refuse(problems: Iterable[str]) -> None:
    if text := "\n".join(problems):
        raise UserError(text)


def local(batch: Batch, watch: BatchWatch | None = None) -> Made:
    """Make runs on this machine: some at a time, as many as fit into memory, with warm kernels.

    While the cells of some notebooks run, the kernels of the next ones start already. Each kernel's
    thread pools get their share of the cores.
    """
    threads = max(1, (os.cpu_count() or 1) // batch.at_once)
    settings = replace(batch.settings, threads=threads)
    gate, slots, stop = MemoryGate(), threading.Semaphore(batch.at_once), threading.Event()

    def one(number: int) -> Run | UserError | None:
        prepared = batch.prepared[number]

        def cell(stage: str, done: int, total: int) -> None:
            if watch:
                watch.cell(number, stage, done, total)

        @contextlib.contextmanager
        def slot() -> Iterator[None]:
            with slots:
                if stop.is_set():
                    raise Dropped
                if watch:
                    watch.started(number)
                yield

        need = batch.cache.peak_mb(prepared.name) or GUESS_MB
        with gate.enter(number, need):
            seen = Watch(cell, lambda used: gate.use(number, used), slot)
            try:
                inputs = batch.cache.inputs(prepared)
                return execute(prepared, batch.output, settings, seen, inputs)
            except Dropped:
                return None
            except UserError as error:
                if batch.fail_fast:
                    stop.set()
                return error

    with _warm(batch), _pool(min(AHEAD * batch.at_once, len(batch.missing))) as pool:
        futures: dict[Future[Run | UserError | None], int]
        futures = {pool.submit(one, number): number for number in batch.missing}
        for future in as_completed(futures):
            made = future.result()
            if made is not None:
                yield futures[future], made


@contextlib.contextmanager
def _warm(batch: Batch) -> Iterator[None]:
    """The warm server, with what the notebooks import; papermill is imported meanwhile."""
    papermill = threading.Thread(target=importlib.import_module, args=(ENGINE_MODULE,))
    papermill.start()
    with contextlib.ExitStack() as held:
        if not batch.settings.cold:
            books = {batch.prepared[number].path: None for number in batch.missing}
            try:
                held.enter_context(lease(wanted_by(books)))
            except WarmUnavailable as reason:
                warnings.warn(f"kernels start cold: {reason}", stacklevel=2)
        papermill.join()
        yield


@contextlib.contextmanager
def _pool(at_once: int) -> Iterator[ThreadPoolExecutor]:
    """Threads; what has not begun when the batch is left is dropped, what runs is awaited."""
    pool = ThreadPoolExecutor(at_once)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def run_batch(
    jobs: Sequence[Job],
    output: Path | None = None,
    at_once: int | None = None,
    fail_fast: bool = False,
    force: bool = False,
    watch: BatchWatch | None = None,
    engine: Engine = local,
) -> Iterator[Outcome]:
    """Make the runs of a batch that are not there yet, without pages; see `Batch`."""
    batch = Batch(jobs, output, None, at_once, fail_fast, force)
    return batch.run(engine, watch)
