"""Running one notebook through papermill into a folder that appears whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import nbformat

from mlsd_kit.cases import Case, load_case
from mlsd_kit.content import workspace
from mlsd_kit.errors import UserError
from mlsd_kit.workbook.parameters import check_parameters, read_notebook, read_parameters
from mlsd_kit.workbook.record import read_records

PACKAGES = (
    "mlsd-kit", "papermill", "numpy", "pandas", "scikit-learn", "lightgbm", "onnxruntime",
)  # fmt: skip
KERNEL_LOG = "kernel.log"
Progress = Callable[[str, int, int], None]
"""Called with the stage, the number of cells done and the number of all cells."""


class RunFailed(UserError):  # noqa: N818
    """A cell failed; the message names case, stage, cell and line, and where the notebook is."""

    def __init__(self, message: str, folder: Path) -> None:
        super().__init__(message)
        self.folder = folder


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
        """The HTML page."""
        return self.folder / "page.html"


def find_notebook(target: str) -> tuple[str, Path, Case | None]:
    """A case by name, or any notebook by path: its name, the file, and the case if it is one.

    Raises:
        UserError: when there is neither.
    """
    path = Path(target).expanduser()
    if path.suffix == ".ipynb":
        if path.parent.joinpath("case.yaml").is_file() and path.name == "walkthrough.ipynb":
            case = load_case(path.parent)
            return case.slug, case.walkthrough, case
        return path.stem, path.resolve(), None
    case = load_case(target)
    return case.slug, case.walkthrough, case


def run_notebook(
    target: str,
    parameters: Mapping[str, Any] | None = None,
    output: Path | None = None,
    progress: Progress | None = None,
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

    Raises:
        UserError: for a wrong target or parameter, before anything is written.
        RunFailed: when a cell fails.
    """
    name, path, case = find_notebook(target)
    notebook = read_notebook(path)
    declared = read_parameters(notebook)
    defaults = case.spec.parameters if case else {}
    given = check_parameters(declared, {**defaults, **_absolute(parameters or {})})
    values = {p.name: p.default for p in declared.values()} | given
    if case:
        case.check_run(values)
    home = (output or workspace() / "runs").expanduser().resolve() / name
    started = datetime.now(UTC)
    run_id = f"{started:%Y%m%dT%H%M%S}-{_digest(path, values, os.getpid(), time.time_ns())}"
    with _draft(home, run_id) as draft:
        facts: dict[str, Any] = {
            "run": run_id,
            "case": name,
            "notebook": str(path),
            "parameters": values,
            "started": started.isoformat(timespec="seconds"),
            "versions": _versions(),
        }
        clock = time.perf_counter()
        executed, stages, error = _execute(path, draft, given, notebook, progress)
        seconds = time.perf_counter() - clock
        failed = _failed_cell(executed)
        status = "interrupted" if error is not None else "failed" if failed else "finished"
        records = read_records(executed)
        facts.update(status=status, seconds=round(seconds, 2), stage_seconds=stages)
        _write_all(draft, executed, facts, records)
        if status == "finished":
            (draft / KERNEL_LOG).unlink(missing_ok=True)
        folder = home / run_id
        draft.rename(folder)
    if error is not None:
        raise error
    if failed:
        raise RunFailed(f"{name}: {failed}; partial notebook: {folder / 'notebook.ipynb'}", folder)
    return Run(folder, name, values, records, seconds)


def _absolute(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(Path(value).resolve())
        if name.endswith("_path") and isinstance(value, str) and Path(value).is_file()
        else value
        for name, value in parameters.items()
    }


def _execute(
    path: Path,
    draft: Path,
    given: Mapping[str, Any],
    notebook: nbformat.NotebookNode,
    progress: Progress | None,
) -> tuple[nbformat.NotebookNode, dict[str, float], BaseException | None]:
    """The executed notebook as far as it came, seconds per stage, and what stopped it."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from mlsd_kit.workbook.engine import ENGINE, cell_stages

    names = cell_stages(notebook)
    position = next(
        (i for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", [])), -1
    )
    if given and position >= 0:  # papermill puts its own cell behind it
        names.insert(position + 1, names[position])
    spent: dict[str, float] = {}
    began = time.perf_counter()

    def on_cell(index: int, done: bool) -> None:
        nonlocal began
        if done:
            stage, now = names[index], time.perf_counter()
            spent[stage] = round(spent.get(stage, 0.0) + now - began, 3)
        began = time.perf_counter()
        if progress:
            progress(names[index], index + done, len(names))

    target = draft / "notebook.ipynb"
    stopped: BaseException | None = None
    logging.getLogger("papermill").setLevel(logging.ERROR)
    try:
        papermill.execute_notebook(
            path,
            target,
            parameters=dict(given),
            engine_name=ENGINE,
            kernel_name=None,
            progress_bar=False,
            cwd=path.parent,
            on_cell=on_cell,
            kernel_log=draft / KERNEL_LOG,
        )
    except PapermillExecutionError:
        pass  # the failing cell is in the notebook
    except KeyboardInterrupt as interrupt:
        stopped = interrupt
    except Exception as error:
        stopped = UserError(f"{path}: the kernel stopped: {str(error).splitlines()[0]}")
    written = nbformat.read(target, as_version=4) if target.is_file() else notebook
    return written, spent, stopped


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


def _write_all(
    draft: Path,
    executed: nbformat.NotebookNode,
    facts: dict[str, Any],
    records: dict[str, dict[str, Any]],
) -> None:
    from mlsd_kit.workbook.page import html_page

    nbformat.write(executed, draft / "notebook.ipynb")
    shown = {
        "run": facts["run"],
        "status": facts["status"],
        **{name: str(value) for name, value in facts["parameters"].items()},
    }
    page = html_page(executed, str(facts["case"]), shown)
    for name, text in {
        "page.html": page,
        "records.json": json.dumps(records, indent=1, ensure_ascii=False),
        "run.json": json.dumps(facts, indent=1, ensure_ascii=False),
    }.items():
        with (draft / name).open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


@contextlib.contextmanager
def _draft(home: Path, run_id: str) -> Iterator[Path]:
    """A hidden folder beside the runs; what dead processes left there is removed."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        for old in home.glob(".draft-*"):
            pid = old.name.split("-")[1]
            if not _alive(int(pid)):
                shutil.rmtree(old, ignore_errors=True)
        draft = home / f".draft-{os.getpid()}-{run_id}"
        draft.mkdir()
    except OSError as error:
        raise UserError(f"{home}: cannot keep runs here ({error.strerror})") from None
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:6]


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "platform": platform.platform()}
    for package in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            versions[package] = version(package)
    return versions
