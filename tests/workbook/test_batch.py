"""Batches with real kernels, several at a time."""

import os
import subprocess
import sys

import nbformat
import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.workbook import load_runs
from mlsd_kit.workbook.batch import run_batch
from mlsd_kit.workbook.planning import plan

CELLS = (
    ("n: int = 3  # how many", "parameters"),
    ("# Data", "stage:data"),
    ("import os\nfrom mlsd_kit.workbook import record\nrecord('share', 1 / n)",),
    ("record('threads', int(os.environ['OMP_NUM_THREADS']))\nrecord('parent', os.getppid())",),
)


class Told:
    def __init__(self):
        self.cells, self.begun = [], []

    def started(self, number):
        self.begun.append(number)

    def cell(self, *step):
        self.cells.append(step)


@pytest.fixture
def notebook(make_notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("MLSD_WARM_IDLE_S", "0")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    return make_notebook(*CELLS)


def test_a_sweep_with_a_failure_carries_on_and_keeps_every_run(notebook, tmp_path):
    jobs = plan([str(notebook)], sweeps={"n": ["1", "2", "0", "4"]})
    told = Told()
    found = {
        outcome.job.parameters["n"]: outcome
        for outcome in run_batch(jobs, tmp_path / "runs", 2, watch=told)
    }
    assert found["2"].run.records["share"]["value"] == 0.5
    assert "stage data, cell 4, line 3: ZeroDivisionError" in found["0"].error
    assert [found[n].run is not None for n in "1204"] == [True, True, False, True]
    runs = load_runs(tmp_path / "runs")
    assert sorted(run["parameters"]["n"] for run in runs) == [0, 1, 2, 4]
    threads = max(1, (os.cpu_count() or 1) // 2)
    assert {o.run.records["threads"]["value"] for o in found.values() if o.run} == {threads}
    assert len({o.run.records["parent"]["value"] for o in found.values() if o.run}) == 1
    assert os.getpid() not in {o.run.records["parent"]["value"] for o in found.values() if o.run}
    assert {number for number, *_ in told.cells} == {0, 1, 2, 3} == set(told.begun)


def test_fail_fast_starts_no_further_run(notebook, tmp_path):
    jobs = plan([str(notebook)], sweeps={"n": ["0", "1", "2", "3", "4", "5"]})
    outcomes = list(run_batch(jobs, tmp_path / "runs", 1, fail_fast=True))
    assert outcomes[0].run is None
    assert len(outcomes) <= 2


def test_a_wrong_value_anywhere_stops_the_batch_before_it_starts(notebook, tmp_path):
    jobs = plan([str(notebook)], sweeps={"n": ["1", "many", "few"]})
    with pytest.raises(UserError, match=r"n: expected int, got 'many'\nn: expected int, got 'few'"):
        list(run_batch(jobs, tmp_path / "runs"))
    assert not (tmp_path / "runs").exists()


def test_the_command_runs_a_sweep_and_ends_with_a_summary(notebook, tmp_path):
    command = [sys.executable, "-m", "mlsd_kit", "run", str(notebook), "--output", tmp_path / "r"]
    done = subprocess.run(
        [*command, "--sweep", "n=1,0,2", "-j", "2"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "small n=1" in done.stdout
    assert "2 of 3 runs finished" in done.stdout
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_outputs_are_those_of_plain_papermill(notebook, tmp_path):
    (outcome,) = run_batch(plan([str(notebook)], {"n": "7"}), tmp_path / "runs")
    out = tmp_path / "out.ipynb"
    subprocess.run(
        [sys.executable, "-m", "papermill", str(notebook), str(out), "-p", "n", "7"],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True, capture_output=True,
    )  # fmt: skip
    plain = nbformat.read(out, as_version=4)
    warm = nbformat.read(outcome.run.folder / "notebook.ipynb", as_version=4)
    assert [c.source for c in plain.cells] == [c.source for c in warm.cells]
    assert plain.cells[3].outputs == warm.cells[3].outputs
    assert plain.metadata.kernelspec == warm.metadata.kernelspec
