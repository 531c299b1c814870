"""Running one notebook through papermill into a folder that appears whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import platform
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlsd_kit.content import workspace
from mlsd_kit.errors import UserError
from mlsd_kit.workbook.folder import draft, publish
from mlsd_kit.workbook.memory import kernel_mb, out_of_memory_kills
from mlsd_kit.workbook.parameters import nbformat
from mlsd_kit.workbook.prepare import Prepared, Preparer
from mlsd_kit.workbook.records import read_records

if TYPE_CHECKING:
    from mlsd_kit.workbook.engine import Execution

PACKAGES = (
    "mlsd-kit", "papermill", "numpy", "pandas", "scikit-learn", "lightgbm", "onnxruntime",
)  # fmt: skip
KERNEL_LOG = "kernel.log"
Progress = Callable[[str, int, int], None]
"""Called with the stage, the number of cells done and the number of all cells."""


class RunFailed(UserError):  # noqa: N818
    """A cell failed; the message names case, stage, cell and line, and where the notebook is."""

    def __init__(self, name: str, reason: str, folder: Path) -> None:
        super().__init__(f"{name}: {reason}; partial notebook: {folder / 'notebook.ipynb'}")
        self.reason, self.folder = reason, folder


class Dropped(Exception):  # noqa: N818
    """The caller, asked for the slot, wants this run no more; nothing of it is kept."""


@dataclass(frozen=True)
class Run:
    """A finished run: its folder and what it recorded."""

    folder: Path
    case: str
    parameters: dict[str, Any]
    records: dict[str, dict[str, Any]]
    seconds: float

    @property
    def page(self) -> Path:
        """The HTML page, if it was made."""
        return self.folder / "page.html"


@dataclass(frozen=True)
class Settings:
    """How runs are made."""

    cell_limit: float | None = None
    """Seconds that a cell may take."""
    run_limit: float | None = None
    """Seconds that all cells together may take."""
    threads: int | None = None
    """Threads for each pool of BLAS and OpenMP; as many as there are cores by default."""
    page: bool = True
    """Write the HTML page."""
    cold: bool = False
    """Start each kernel from scratch."""


@dataclass
class Watch:
    """What the caller wants to hear while a run goes on."""

    progress: Progress = lambda stage, done, total: None
    memory: Callable[[float], None] = lambda used_mb: None
    slot: Callable[[], AbstractContextManager[Any]] = nullcontext
    """Held while the notebook's cells run."""


def runs_folder(output: Path | None) -> Path:
    """Where runs are kept: ``runs`` in the learner's folder unless something else is named."""
    return (output or workspace() / "runs").expanduser().resolve()


def run_notebook(
    target: str,
    parameters: Mapping[str, Any] | None = None,
    output: Path | None = None,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> Run:
    """Execute a case's walkthrough, or any notebook, and keep the run as a folder.

    The folder ``<output>/<name>/<run id>`` holds ``notebook.ipynb``, ``page.html``,
    ``records.json`` and ``run.json``. It is moved into place whole; a run that fails or is
    interrupted keeps its partial notebook the same way, says so in ``run.json``, and keeps what
    the kernel's process printed as ``kernel.log``.

    Args:
        target: a case's name or a notebook's path.
        parameters: name → value or text; checked before a kernel starts. The kernel works in the
            notebook's folder: a file that is named relative to here by a ``…_path`` is made
            absolute.
        output: where runs are kept; ``runs`` in the learner's folder by default.
        progress: called as cells are done.
        settings: time limits and the like.

    Raises:
        UserError: for a wrong target or parameter, before anything is written.
        RunFailed: when a cell fails, takes too long, or ends the kernel.
    """
    prepared = Preparer()(target, parameters)
    prepared.check()
    watch = Watch(progress) if progress else Watch()
    return execute(prepared, output, settings or Settings(), watch)


def execute(
    prepared: Prepared,
    output: Path | None = None,
    settings: Settings | None = None,
    watch: Watch | None = None,
    inputs: Mapping[str, str] | None = None,
) -> Run:
    """Run what was prepared; see `run_notebook`.

    A run whose kernel is lost with the warm server is made again, once.
    """
    settings, watch = settings or Settings(), watch or Watch()
    home = runs_folder(output) / prepared.name
    inputs = inputs or prepared.inputs()
    started = datetime.now(UTC)
    run_id = f"{started:%Y%m%dT%H%M%S}-{_digest(prepared.values, os.getpid(), time.time_ns())}"
    with draft(home, run_id) as folder:
        clock = time.perf_counter()
        made = _execute(prepared, folder, settings, watch)
        if made.server_lost:
            made = _execute(prepared, folder, settings, watch)
        seconds = time.perf_counter() - clock - made.waited_s
        records = read_records(made.notebook)
        facts = {
            "run": run_id,
            "case": prepared.name,
            "notebook": str(prepared.path),
            "parameters": prepared.values,
            "inputs": inputs,
            "started": started.isoformat(timespec="milliseconds"),
            "versions": _versions(),
            "status": made.status,
            "error": made.error,
            "seconds": round(seconds, 2),
            "stage_seconds": made.stages,
            "peak_mb": round(made.peak_mb),
        }
        texts = {
            "notebook.ipynb": nbformat.writes(made.notebook),
            "records.json": json.dumps(records, indent=1, ensure_ascii=False),
            "run.json": json.dumps(facts, indent=1, ensure_ascii=False),
        }
        if settings.page:
            texts["page.html"] = run_page(made.notebook, facts)
        if made.status == "finished":
            (folder / KERNEL_LOG).unlink(missing_ok=True)
        publish(folder, texts, home / run_id)
    if made.stopped is not None:
        raise made.stopped
    if made.error:
        raise RunFailed(prepared.name, made.error, home / run_id)
    return Run(home / run_id, prepared.name, prepared.values, records, seconds)


def read_run(folder: Path) -> Run:
    """A run that is kept."""
    facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    records = json.loads((folder / "records.json").read_text(encoding="utf-8"))
    return Run(folder, facts["case"], facts["parameters"], records, facts["seconds"])


def run_page(notebook: nbformat.NotebookNode, facts: Mapping[str, Any]) -> str:
    """The HTML page of a run."""
    from mlsd_kit.workbook.page import html_page

    parameters = {name: str(value) for name, value in facts["parameters"].items()}
    shown = {"run": facts["run"], "status": facts["status"], **parameters}
    return html_page(notebook, str(facts["case"]), shown)


@dataclass
class _Made:
    """What came of an execution."""

    notebook: nbformat.NotebookNode
    stages: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0
    waited_s: float = 0.0
    error: str = ""
    stopped: BaseException | None = None
    server_lost: bool = False

    @property
    def status(self) -> str:
        if self.stopped is not None:
            return "interrupted"
        return "failed" if self.error else "finished"


def _execute(prepared: Prepared, folder: Path, settings: Settings, watch: Watch) -> _Made:
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from mlsd_kit.workbook.engine import ENGINE, Execution, cell_stages

    made = _Made(prepared.notebook)
    names = cell_stages(prepared.notebook)
    tags = [cell.metadata.get("tags", []) for cell in prepared.notebook.cells]
    position = next((i for i, t in enumerate(tags) if "parameters" in t), -1)
    if prepared.given and position >= 0:  # papermill puts its own cell behind it
        names.insert(position + 1, names[position])
    began = time.perf_counter()

    def on_cell(index: int, done: bool) -> None:
        nonlocal began
        stage, now = names[index], time.perf_counter()
        if done:
            made.stages[stage] = round(made.stages.get(stage, 0.0) + now - began, 3)
            used, peak = kernel_mb(execution.pid or 0)
            made.peak_mb = max(made.peak_mb, peak)
            watch.memory(used)
        began = now
        watch.progress(stage, index + done, len(names))

    pools = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    execution = Execution(
        cwd=prepared.path.parent,
        on_cell=on_cell,
        kernel_log=folder / KERNEL_LOG,
        env=dict.fromkeys(pools, str(settings.threads)) if settings.threads else {},
        cell_limit=settings.cell_limit,
        run_limit=settings.run_limit,
        slot=watch.slot,
        cold=settings.cold,
    )
    kills = out_of_memory_kills()
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    try:
        papermill.execute_notebook(
            nbformat.from_dict(prepared.notebook),
            None,
            parameters=prepared.given,
            engine_name=ENGINE,
            progress_bar=False,
            execution=execution,
        )
    except PapermillExecutionError:
        pass  # the failing cell is in the notebook
    except CellTimeoutError:
        made.error = f"{_where(names, execution)}: {_over(settings)}"
    except Dropped:
        raise
    except KeyboardInterrupt as interrupt:
        made.stopped = interrupt
    except DeadKernelError:
        made.server_lost = execution.server_lost
        memory = out_of_memory_kills() > kills
        made.error = f"{_where(names, execution)}: {_death(execution.exit_code, memory)}"
    except Exception as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        made.error = f"the kernel stopped: {said}"
    made.notebook = execution.notebook or made.notebook
    made.waited_s = execution.waited_s
    made.error = made.error or _failed_cell(made.notebook)
    return made


def _where(names: list[str], execution: Execution) -> str:
    index = execution.running
    return "start" if index is None else f"stage {names[index]}, cell {index + 1}"


def _over(settings: Settings) -> str:
    limits = {"cell": settings.cell_limit, "run": settings.run_limit}
    shown = " or ".join(
        f"{seconds:g} s for a {what}" for what, seconds in limits.items() if seconds
    )
    return f"stopped at its limit of {shown}"


def _death(code: int | None, memory: bool) -> str:
    if code is None:
        return "the kernel died"
    if code >= 0:
        return f"the kernel ended by itself with exit code {code}"
    name = signal.Signals(-code).name
    if code == -signal.SIGKILL and memory:
        return "the kernel was killed because the machine ran out of memory"
    return f"the kernel was killed by {name}"


def _failed_cell(executed: nbformat.NotebookNode) -> str:
    """One line about the first failing cell: stage, cell, line, message; empty if none failed."""
    from mlsd_kit.workbook.engine import cell_stages

    cells = [
        c for c in executed.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])
    ]
    stages = cell_stages(nbformat.from_dict({"cells": cells}))
    for number, (cell, stage) in enumerate(zip(cells, stages, strict=True), start=1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                line = _line_of(output.get("traceback", []))
                where = f"stage {stage}, cell {number}" + (f", line {line}" if line else "")
                message = (output.evalue.splitlines() or [""])[0]
                return f"{where}: {output.ename}: {message}"
    return ""


def _line_of(traceback: list[str]) -> int | None:
    """The line within the cell, as IPython's traceback names it."""
    import re

    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))
    found = re.search(r"(?:Cell |Input )In\s?\[\d+\], line (\d+)|^-+> (\d+) ", text, re.MULTILINE)
    return int(next(g for g in found.groups() if g)) if found else None


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:6]


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "platform": platform.platform()}
    for package in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            versions[package] = version(package)
    return versions
