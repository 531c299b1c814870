"""The batch on a real Dask cluster: a scheduler and two worker processes."""

import os
import signal
import sys
import threading

import nbformat
import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.workbook import load_runs, plan, run_batch
from mlsd_kit.workbook.cluster import DaskEngine
from tests.warm_home import warm_home

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="forks"),
]


@pytest.fixture(scope="module")
def cluster():
    with (
        warm_home(),
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
    ):
        yield cluster


class Told:
    def __init__(self):
        self.begun, self.cells = [], []

    def started(self, number):
        self.begun.append(number)

    def cell(self, *step):
        self.cells.append(step)


WAITING = (
    ("folder: str = ''  # where\nn: int = 0  # which", "parameters"),
    ("import helper, os, time\nfrom pathlib import Path", "stage:data"),
    (
        "(Path(folder) / f'{n}-{os.getpid()}').touch()\n"
        "while not (Path(folder) / 'go').exists(): time.sleep(0.02)\n"
        "print(helper.twice(n))",
    ),
)


def test_a_worker_that_dies_has_its_runs_made_elsewhere(cluster, make_notebook, tmp_path):
    notebook = make_notebook(*WAITING)
    (tmp_path / "helper.py").write_text("def twice(n):\n    return 2 * n\n")
    place = tmp_path / "place"
    place.mkdir()
    jobs = plan([str(notebook)], {"folder": str(place)}, {"n": [1, 2, 3]})
    told, outcomes = Told(), []
    engine = DaskEngine(cluster.scheduler_address)
    runs = run_batch(jobs, tmp_path / "runs", engine=engine, watch=told)
    batch = threading.Thread(target=lambda: outcomes.extend(runs))
    batch.start()
    while len(list(place.iterdir())) < 2:
        assert batch.is_alive(), outcomes
    with distributed.Client(cluster.scheduler_address) as client:
        pids = client.run(os.getpid)
        busy = {worker: tasks for worker, tasks in client.processing().items() if tasks}
        assert len(busy) == 2
        os.kill(pids[sorted(busy)[0]], signal.SIGKILL)
    while len(list(place.iterdir())) < 3:  # the lost run has begun again
        assert batch.is_alive()
    (place / "go").touch()
    batch.join()
    assert [o.error for o in outcomes] == ["", "", ""]
    assert {o.job.parameters["n"] for o in outcomes} == {1, 2, 3}
    assert sorted(run["parameters"]["n"] for run in load_runs(tmp_path / "runs")) == [1, 2, 3]
    for outcome in outcomes:
        executed = nbformat.read(outcome.folder / "notebook.ipynb", as_version=4)
        assert executed.cells[-1].outputs[0].text == f"{2 * outcome.job.parameters['n']}\n"
    assert set(told.begun) == {0, 1, 2}
    assert len(told.begun) == 4
    assert {stage for _, stage, _, _ in told.cells} == {"start", "data"}


def test_a_failure_comes_back_with_its_notebook_and_a_finished_run_is_cached(
    cluster, make_notebook, tmp_path
):
    notebook = make_notebook(("n: int = 0  # which", "parameters"), ("print(1 / n)",))
    jobs = plan([str(notebook)], sweeps={"n": [0, 1]})
    engine = DaskEngine(cluster.scheduler_address)
    found = {o.number: o for o in run_batch(jobs, tmp_path / "runs", engine=engine)}
    assert "small: stage start, cell 3, line 1: ZeroDivisionError" in found[0].error
    assert str(tmp_path / "runs") in found[0].error
    assert (found[0].folder / "notebook.ipynb").is_file()
    [again] = run_batch(jobs[1:], tmp_path / "runs")
    assert again.cached


def test_a_case_travels_with_its_folder(cluster, tmp_path):
    jobs = plan(["ctr_prediction"], {"n_rows": 5000})
    engine = DaskEngine(cluster.scheduler_address)
    [outcome] = run_batch(jobs, tmp_path / "runs", engine=engine)
    assert outcome.error == ""
    assert len(outcome.run.records) > 10


def test_no_cluster_there_is_one_line():
    with pytest.raises(UserError, match=r"--scheduler tcp://127.0.0.1:9: no Dask scheduler"):
        list(
            run_batch(plan(["ctr_prediction"]), engine=DaskEngine("tcp://127.0.0.1:9"), force=True)
        )
