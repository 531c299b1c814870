"""A whole walkthrough by plain papermill and by a warm kernel: the same figures."""

import subprocess
import sys

import nbformat
import pytest

from mlsd_kit.workbook import plan, read_records, run_batch
from mlsd_kit.workbook.prepare import find_notebook

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="forks"),
]
EXEMPT = "nbval-ignore-output"


def figures(notebook):
    """What cells recorded whose outputs do not depend on the machine's speed."""
    kept = nbformat.from_dict(notebook)
    kept.cells = [cell for cell in kept.cells if EXEMPT not in cell.metadata.get("tags", [])]
    return read_records(kept)


def test_papermill_and_a_warm_kernel_record_the_same_to_the_last_digit(tmp_path):
    _, notebook, _ = find_notebook("ctr_prediction")
    out = tmp_path / "plain.ipynb"
    command = [sys.executable, "-m", "papermill", notebook, out, "-p", "n_rows", "5000"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as plain:
        [outcome] = run_batch(plan(["ctr_prediction"], {"n_rows": 5000}), tmp_path / "runs")
    assert plain.returncode == 0
    assert outcome.error == ""
    cold = figures(nbformat.read(out, as_version=4))
    warm = figures(nbformat.read(outcome.folder / "notebook.ipynb", as_version=4))
    assert cold == warm
    assert len(cold) > 5
