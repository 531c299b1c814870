"""One page for a batch: its runs, failures, figures against what was swept, and times."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mlsd_kit.errors import UserError
from mlsd_kit.tables import number_text
from mlsd_kit.workbook import plots
from mlsd_kit.workbook.batchlog import BatchRecord, read_batch
from mlsd_kit.workbook.folder import is_whole, write_whole
from mlsd_kit.workbook.run import runs_folder

_TEMPLATES = Path(__file__).parent / "templates" / "report"
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
MOST_COLUMNS = 12
"""Of more runs the page has plots but no table of every figure."""


@dataclass
class ReportRun:
    """A run of the batch, as the page shows it."""

    label: str
    case: str
    status: str
    parameters: dict[str, Any]
    varied: dict[str, Any]
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    seconds: float | None = None
    peak_mb: float | None = None
    error: str = ""
    folder: Path | None = None


def write_report(
    output: Path | None = None, batch: str | None = None, to: Path | None = None
) -> Path:
    """Write the page of a batch as ``report.html`` beside the runs.

    It needs nothing from elsewhere; its links go to the executed notebooks.

    Args:
        output: where runs are kept.
        batch: the batch's name; the newest by default.
        to: another file for the page.

    Returns:
        the page's file.

    Raises:
        UserError: when there is no such batch, or the file cannot be written.
    """
    root = runs_folder(output)
    record = read_batch(root, batch)
    path = (to or root / "report.html").expanduser().resolve()
    page = _rendered(record, batch_runs(record), path.parent)
    try:
        write_whole(path, page)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from None
    return path


def batch_runs(record: BatchRecord) -> list[ReportRun]:
    """Every run of a batch in its order; one that is not there is ``missing``."""
    return [_run(record, number) for number in range(len(record.jobs))]


def _run(record: BatchRecord, number: int) -> ReportRun:
    job, folder = record.jobs[number], record.folders.get(number)
    varied = {name: job.parameters[name] for name in job.varied}
    run = ReportRun(job.label, Path(job.target).stem, "missing", dict(job.parameters), varied)
    run.error = record.errors.get(number, "")
    if run.error:
        run.status = "failed"
    if folder is None or not is_whole(folder):
        return run
    facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run.records = json.loads((folder / "records.json").read_text(encoding="utf-8"))
    run.folder, run.status, run.case = folder, facts["status"], facts["case"]
    run.parameters = facts["parameters"]
    run.varied = {name: run.parameters.get(name) for name in job.varied}
    run.stages, run.seconds = facts["stage_seconds"], facts["seconds"]
    run.peak_mb = facts.get("peak_mb")
    run.error = facts.get("error", "")
    return run


def _rendered(record: BatchRecord, runs: list[ReportRun], base: Path) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True
    )
    swept = list(dict.fromkeys(name for run in runs for name in run.varied))
    done = [run for run in runs if run.status == "finished"]
    report = {
        "title": f"Batch {record.name}",
        "summary": _summary(runs),
        "swept": swept,
        "runs": [_row(run, swept, base) for run in runs],
        "failures": [
            {"label": run.label, "error": run.error, "traceback": _traceback(run)}
            for run in runs
            if run.status not in ("finished", "missing")
        ],
        "groups": [g for case in _cases(done) for g in _groups(case, _of(done, case), swept)],
        "figures": [_table(case, _of(done, case)) for case in _cases(done)],
        "stages": plots.stage_times([(run.label, run.stages) for run in done]),
    }
    report["figures"] = [table for table in report["figures"] if table]
    return environment.get_template("report.html.j2").render(report=report)


def _summary(runs: Sequence[ReportRun]) -> str:
    counts = {
        status: sum(r.status == status for r in runs)
        for status in ("finished", "failed", "interrupted", "missing")
    }
    said = ", ".join(f"{number} {status}" for status, number in counts.items() if number)
    seconds = sum(run.seconds or 0.0 for run in runs)
    return f"{len(runs)} runs: {said}; their times add up to {number_text(seconds)} s."


def _row(run: ReportRun, swept: Sequence[str], base: Path) -> dict[str, Any]:
    link = page = ""
    if run.folder:
        where = Path(os.path.relpath(run.folder, base)).as_posix()
        link = quote(f"{where}/notebook.ipynb")
        page = quote(f"{where}/page.html") if (run.folder / "page.html").is_file() else ""
    return {
        "label": run.case if run.varied else run.label,
        "swept": [run.varied.get(name, "") for name in swept],
        "status": run.status,
        "seconds": "" if run.seconds is None else f"{run.seconds:.1f}",
        "memory": "" if not run.peak_mb else f"{run.peak_mb:.0f}",
        "notebook": link,
        "page": page,
    }


def _traceback(run: ReportRun) -> str:
    """The traceback in the failed run's notebook, without colours."""
    if run.folder is None:
        return ""
    notebook = json.loads((run.folder / "notebook.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                return _ANSI.sub("", "\n".join(output["traceback"]))
    return ""


def _cases(runs: Sequence[ReportRun]) -> list[str]:
    return list(dict.fromkeys(run.case for run in runs))


def _of(runs: Sequence[ReportRun], case: str) -> list[ReportRun]:
    return [run for run in runs if run.case == case]


def _numbers(runs: Sequence[ReportRun]) -> dict[str, str]:
    """Names of the recorded numbers, with their units."""
    return {
        name: figure["unit"]
        for run in runs
        for name, figure in run.records.items()
        if isinstance(figure["value"], int | float) and not isinstance(figure["value"], bool)
    }


def _groups(case: str, runs: list[ReportRun], swept: Sequence[str]) -> list[dict[str, Any]]:
    """For each swept parameter, a plot of each recorded figure that differs between runs."""
    groups = []
    names = [name for name in swept if len({str(run.varied.get(name)) for run in runs}) > 1]
    for name in names:
        drawn, same = [], []
        other = next((n for n in names if n != name), "")
        for figure, unit in _numbers(runs).items():
            points = [
                plots.Point(
                    run.varied[name], run.records[figure]["value"], run.varied.get(other or "")
                )
                for run in runs
                if figure in run.records and name in run.varied
            ]
            if len({point.y for point in points}) > 1:
                drawn.append(plots.against(name, figure, unit, points, other))
            else:
                same.append(figure)
        note = f"The same in all runs: {', '.join(same)}." if same else ""
        groups.append({"title": f"{case}: figures against {name}", "plots": drawn, "note": note})
    return groups


def _table(case: str, runs: list[ReportRun]) -> dict[str, Any] | None:
    """Every recorded figure, a column a run, when there are few."""
    names = list(dict.fromkeys(name for run in runs for name in run.records))
    if not names or len(runs) > MOST_COLUMNS:
        return None
    units = {name: f["unit"] for run in runs for name, f in run.records.items()}
    rows = []
    for name in names:
        values = [number_text(run.records.get(name, {}).get("value")) for run in runs]
        rows.append({"name": name, "unit": units[name], "values_": values})
    labels = [run.label.removeprefix(f"{case} ") for run in runs]
    return {"title": f"{case}: all recorded figures", "rows": rows, "labels": labels}
