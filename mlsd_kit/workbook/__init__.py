"""Running notebooks: parameters, recorded figures, rendered prose, pages and results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlsd_kit.lean import later

if TYPE_CHECKING:
    from mlsd_kit.workbook.batch import Batch, run_batch
    from mlsd_kit.workbook.narrate import say, text_table
    from mlsd_kit.workbook.outputs import renew_outputs
    from mlsd_kit.workbook.parameters import check_parameters, read_parameters
    from mlsd_kit.workbook.planning import plan
    from mlsd_kit.workbook.recording import record
    from mlsd_kit.workbook.records import read_records
    from mlsd_kit.workbook.report import write_report
    from mlsd_kit.workbook.run import Run, RunFailed, run_notebook
    from mlsd_kit.workbook.store import compare, load_runs, results
    from mlsd_kit.workbook.tracking import export_mlflow
    from mlsd_kit.workbook.validation import validate

__all__ = [
    "Batch",
    "Run",
    "RunFailed",
    "check_parameters",
    "compare",
    "export_mlflow",
    "load_runs",
    "plan",
    "read_parameters",
    "read_records",
    "record",
    "renew_outputs",
    "results",
    "run_batch",
    "run_notebook",
    "say",
    "text_table",
    "validate",
    "write_report",
]

_LATER = {
    "Batch": "batch",
    "Run": "run",
    "RunFailed": "run",
    "check_parameters": "parameters",
    "export_mlflow": "tracking",
    "compare": "store",
    "load_runs": "store",
    "plan": "planning",
    "read_parameters": "parameters",
    "read_records": "records",
    "record": "recording",
    "renew_outputs": "outputs",
    "results": "store",
    "run_batch": "batch",
    "run_notebook": "run",
    "say": "narrate",
    "text_table": "narrate",
    "validate": "validation",
    "write_report": "report",
}
"""Imported on first use: a kernel wants `say` and `record` only, the others take seconds."""


def __getattr__(name: str) -> Any:
    return later(__name__, _LATER, name)
