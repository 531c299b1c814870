"""Batches with real kernels, several at a time."""

import json
import os
import signal
import subprocess
import sys

import nbformat
import psutil
import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.workbook import load_runs, plan, run_batch
from mlsd_kit.workbook.batch import Batch, local
from mlsd_kit.workbook.run import Settings
from tests.warm_home import server, warm_home

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")

CELLS = (
    ("n: int = 3  # how many", "parameters"),
    ("# Data", "stage:data"),
    ("import os\nfrom mlsd_kit.workbook import record\nrecord('share', 1 / n)",),
    ("record('threads', int(os.environ['OMP_NUM_THREADS']))\nrecord('parent', os.getppid())",),
)


@pytest.fixture(scope="module", autouse=True)
def home():
    with warm_home("mlsd_kit.workbook.recording") as folder:
        yield folder


class Told:
    def __init__(self):
        self.cells, self.begun = [], []

    def started(self, number):
        self.begun.append(number)

    def cell(self, *step):
        self.cells.append(step)


@pytest.fixture
def notebook(make_notebook, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    return make_notebook(*CELLS)


def mlsd(*arguments):
    command = [sys.executable, "-m", "mlsd_kit", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


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
    parents = {o.run.records["parent"]["value"] for o in found.values() if o.run}
    assert parents == {server().pid}
    assert {number for number, *_ in told.cells} == {0, 1, 2, 3} == set(told.begun)


def test_fail_fast_starts_no_further_run(make_notebook, tmp_path):
    failing = make_notebook(("n: int = 0  # which", "parameters"), ("1 / 0",))
    jobs = plan([str(failing)], sweeps={"n": [0, 1, 2, 3, 4, 5]})
    told = Told()
    outcomes = list(run_batch(jobs, tmp_path / "runs", 1, fail_fast=True, watch=told))
    assert outcomes[0].run is None
    assert len(outcomes) == 1
    assert len(told.begun) <= 2  # the failure frees the slot a moment before it is known


def test_a_wrong_value_anywhere_stops_the_batch_before_it_starts(notebook, tmp_path):
    jobs = plan([str(notebook)], sweeps={"n": ["1", "many", "few"]})
    with pytest.raises(UserError, match=r"n: expected int, got 'many'\nn: expected int, got 'few'"):
        run_batch(jobs, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_what_has_not_changed_is_not_run_again(notebook, tmp_path, make_notebook):
    def runs(**kwargs):
        return [
            (o.job.parameters["n"], o.cached)
            for o in run_batch(
                plan([str(notebook)], sweeps={"n": [1, 2]}), tmp_path / "runs", **kwargs
            )
        ]

    def explained():
        batch = Batch(plan([str(notebook)], sweeps={"n": [1, 3]}), tmp_path / "runs")
        return [batch.cache.explain(prepared) for prepared in batch.prepared]

    assert explained() == ["run: there is no run with these parameters"] * 2
    assert sorted(runs()) == [(1, False), (2, False)]
    assert sorted(runs()) == [(1, True), (2, True)]
    assert [line.split()[0] for line in explained()] == ["not", "run:"]
    assert sorted(runs(force=True)) == [(1, False), (2, False)]
    (notebook.parent / "helper.py").write_text("x = 1")
    assert "changed since run" in explained()[0]
    assert explained()[0].endswith(": helper.py")
    make_notebook(*CELLS, ("# More",))
    assert explained()[0].endswith(": helper.py, notebook")
    assert sorted(runs()) == [(1, False), (2, False)]


def test_outputs_of_the_notebook_are_no_input(notebook, tmp_path):
    [first] = run_batch(plan([str(notebook)]), tmp_path / "runs")
    executed = nbformat.read(first.folder / "notebook.ipynb", as_version=4)
    nbformat.write(executed, notebook)
    [again] = run_batch(plan([str(notebook)]), tmp_path / "runs")
    assert again.cached


@pytest.mark.parametrize("name", ["notebook.ipynb", "records.json", "run.json"])
@pytest.mark.parametrize("damage", ["cut", "zeros", "gone"])
def test_a_run_that_a_power_cut_damaged_is_not_listed_and_made_again(
    notebook, tmp_path, name, damage
):
    [outcome] = run_batch(plan([str(notebook)]), tmp_path / "runs")
    path = outcome.folder / name
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        half = len(data) // 2
        path.write_bytes(data[:half] + b"\0" * (half if damage == "zeros" else 0))
    assert load_runs(tmp_path / "runs") == []
    [again] = run_batch(plan([str(notebook)]), tmp_path / "runs")
    assert not again.cached
    assert len(load_runs(tmp_path / "runs")) == 1


def test_time_limits_for_a_cell_and_for_a_run(make_notebook, tmp_path):
    endless = make_notebook(("x = 1",), ("while True: pass", "stage:data"), name="endless")
    batch = Batch(plan([str(endless)]), tmp_path / "runs", Settings(cell_limit=0.5, page=False))
    [outcome] = batch.run(local)
    assert "stage data, cell 2: stopped at its limit of 0.5 s for a cell" in outcome.error
    facts = json.loads((outcome.folder / "run.json").read_text())
    assert facts["status"] == "failed"
    kept = nbformat.read(outcome.folder / "notebook.ipynb", as_version=4)
    assert kept.cells[0].execution_count == 1
    slow = make_notebook(*[("import time\ntime.sleep(0.2)",)] * 40, name="slow")
    batch = Batch(plan([str(slow)]), tmp_path / "runs", Settings(run_limit=0.7, page=False))
    [outcome] = batch.run(local)
    assert "stopped at its limit of 0.7 s for a run" in outcome.error


KILLED = "import os, signal\nos.kill(os.getpid(), signal.{})"


def test_a_kernel_that_is_killed_is_told_and_harms_no_other(make_notebook, tmp_path, monkeypatch):
    killed = make_notebook((KILLED.format("SIGKILL"), "stage:model"), name="killed")
    crashed = make_notebook((KILLED.format("SIGSEGV"),), name="crashed")
    good = make_notebook(("print(1)",), name="good")
    before = server()
    jobs = plan([str(killed), str(good), str(crashed), str(good.parent / "good.ipynb")])
    outcomes = sorted(run_batch(jobs, tmp_path / "runs", 2), key=lambda o: o.number)
    assert "killed: stage model, cell 1: the kernel was killed by SIGKILL" in outcomes[0].error
    assert "crashed: stage start, cell 1: the kernel was killed by SIGSEGV" in outcomes[2].error
    assert outcomes[1].run
    assert outcomes[3].run
    assert server() == before
    kills = iter([3, 4])
    monkeypatch.setattr("mlsd_kit.workbook.run.out_of_memory_kills", lambda: next(kills))
    [outcome] = run_batch(plan([str(killed)]), tmp_path / "runs")
    assert "the kernel was killed because the machine ran out of memory" in outcome.error


def test_a_batch_survives_the_death_of_the_warm_server(make_notebook, tmp_path):
    waiting = make_notebook(
        ("folder: str = ''  # where", "parameters"),
        ("n: int = 0  # which",),
        (
            "import os, pathlib, time\nplace = pathlib.Path(folder)\n"
            "(place / f'{os.getpid()}').touch()\n"
            "while not (place / 'go').exists(): time.sleep(0.02)",
        ),
    )
    place = tmp_path / "place"
    place.mkdir()

    class Kill(Told):
        def cell(self, number, stage, done, total):
            super().cell(number, stage, done, total)
            if done == 2 and not (place / "go").exists():
                doomed = server()
                os.kill(doomed.pid, signal.SIGKILL)
                psutil.wait_procs([doomed], 20)
                (place / "go").touch()

    jobs = plan([str(waiting)], {"folder": str(place)})
    with warm_home():
        [outcome] = run_batch(jobs, tmp_path / "runs", watch=Kill())
        assert outcome.error == ""
        assert outcome.run
        assert len(load_runs(tmp_path / "runs")) == 1


def test_the_command_runs_a_sweep_and_ends_with_a_summary(notebook, tmp_path):
    done = mlsd("run", notebook, "--output", tmp_path / "r", "--sweep", "n=1,0,2", "-j", "2")
    assert done.returncode == 1
    assert "small n=1" in done.stdout
    assert "2 of 3 runs finished" in done.stdout
    assert "ZeroDivisionError" in done.stderr
    assert "[3 of 3]" in done.stderr
    assert "Traceback" not in done.stderr
    done = mlsd("run", notebook, "--output", tmp_path / "r", "--sweep", "n=1,2")
    assert done.returncode == 0
    assert "2 of 2 runs finished, 2 of them not run again" in done.stdout
    done = mlsd("run", notebook, "--output", tmp_path / "r", "--sweep", "n=1,7", "--explain")
    assert done.stdout.splitlines()[0].startswith("small n=1: not run: nothing has changed")
    assert done.stdout.splitlines()[1] == "small n=7: run: there is no run with these parameters"


def test_the_command_takes_runs_from_a_file_and_refuses_what_does_not_fit(notebook, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("n\n5\n6\n")
    done = mlsd("run", notebook, "--output", tmp_path / "r", "--params", rows)
    assert "2 of 2 runs finished" in done.stdout
    for wrong, said in (
        (["--sweep", "n=1", "--sweep", "n=2"], "--sweep n: given twice"),
        (["--scheduler", "tcp://x:1"], "--scheduler goes with --engine dask"),
        (["--all"], "name cases or notebooks, or give --all"),
        (["--sweep", "m=1"], "m: the notebook has no such parameter; did you mean 'n'?"),
    ):
        done = mlsd("run", notebook, "--output", tmp_path / "x", *wrong)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "x").exists()


def test_ctrl_c_says_what_is_kept_and_ends_the_kernels(make_notebook, tmp_path):
    waiting = make_notebook(
        ("n: int = 0  # which", "parameters"),
        ("import time\nwhile n: time.sleep(0.05)",),
    )
    command = [sys.executable, "-m", "mlsd_kit", "run", str(waiting), "--sweep", "n=0,1"]
    with subprocess.Popen(
        [*command, "-j", "2", "--output", tmp_path / "r"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert "n=0: finished" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130
    assert "interrupted; 1 of 2 runs are finished and kept" in said
    psutil.wait_procs(server().children(recursive=True), 20)
    assert server().children() == []
    assert len(load_runs(tmp_path / "r")) == 1


def test_a_cold_run_has_no_warm_parent(notebook, tmp_path):
    [outcome] = Batch(plan([str(notebook)]), tmp_path / "r", Settings(cold=True)).run(local)
    assert outcome.run.records["parent"]["value"] == os.getpid()


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
