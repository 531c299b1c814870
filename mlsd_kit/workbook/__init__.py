"""Running notebooks: parameters, recorded figures, rendered prose, pages and results."""

from mlsd_kit.workbook.narrate import say, text_table
from mlsd_kit.workbook.outputs import renew_outputs
from mlsd_kit.workbook.parameters import check_parameters, read_parameters
from mlsd_kit.workbook.record import read_records, record
from mlsd_kit.workbook.results import compare, load_runs, results
from mlsd_kit.workbook.run import Run, RunFailed, run_notebook

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
]
