"""Running notebooks: parameters, recorded figures, rendered prose, pages and results."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mlsd_kit.workbook.narrate import say, text_table
from mlsd_kit.workbook.record import read_records, record

if TYPE_CHECKING:
    from mlsd_kit.workbook.outputs import renew_outputs
    from mlsd_kit.workbook.parameters import check_parameters, read_parameters
    from mlsd_kit.workbook.run import Run, RunFailed, run_notebook
    from mlsd_kit.workbook.store import compare, load_runs, results
    from mlsd_kit.workbook.validation import validate

__all__ = [
    "Run",
    "RunFailed",
    "check_parameters",
    "compare",
    "load_runs",
    "read_parameters",
    "read_records",
    "record",
    "renew_outputs",
    "results",
    "run_notebook",
    "say",
    "text_table",
    "validate",
]

_LATER = {
    "outputs": ("renew_outputs",),
    "parameters": ("check_parameters", "read_parameters"),
    "store": ("compare", "load_runs", "results"),
    "run": ("Run", "RunFailed", "run_notebook"),
    "validation": ("validate",),
}
"""Imported on first use: a kernel wants `say` and `record` only, the others take seconds."""


def __getattr__(name: str) -> Any:
    for module, names in _LATER.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
