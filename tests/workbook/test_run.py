"""Runs with real kernels: what is kept, and what is told when something goes wrong."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.workbook import RunFailed, compare, load_runs, read_records, results, run_notebook

CELLS = (
    ("# A small notebook",),
    ("n: int = 3  # how many", "parameters"),
    ("from mlsd_kit.workbook import record, say",),
    ("# Data", "stage:data"),
    ("record('square', n * n, 'rows')\nsay('{n} squared is {s}.', n=n, s=n * n)",),
)


@pytest.fixture(autouse=True)
def no_warm_server(monkeypatch):
    """These runs are made by the process that was started, and not by a fork of a server."""
    with tempfile.TemporaryDirectory(prefix="mlsd") as short:  # a socket's path has to be short
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        yield


@pytest.fixture
def finished(make_notebook, tmp_path):
    """A finished run, and the progress that it told."""
    told = []
    notebook = make_notebook(*CELLS)
    run = run_notebook(
        str(notebook), {"n": "5"}, tmp_path / "runs", lambda *step: told.append(step)
    )
    return run, told


def test_a_run_is_one_whole_folder(finished, tmp_path):
    run, told = finished
    assert run.parameters == {"n": 5}
    assert run.records == {"square": {"value": 25, "unit": "rows"}}
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "notebook.ipynb",
        "page.html",
        "records.json",
        "run.json",
    ]
    assert [path.name for path in run.folder.parent.iterdir()] == [run.folder.name]
    facts = json.loads((run.folder / "run.json").read_text())
    assert facts["status"] == "finished"
    assert facts["parameters"] == {"n": 5}
    assert set(facts["stage_seconds"]) == {"start", "data"}
    assert {"python", "mlsd-kit", "papermill"} <= set(facts["versions"])
    executed = nbformat.read(run.folder / "notebook.ipynb", as_version=4)
    assert read_records(executed) == run.records
    assert told[0][0] == "start"
    assert told[-1] == ("data", 6, 6)

    page = (run.folder / "page.html").read_text()
    assert "5 squared is 25." in page
    assert not re.findall(r"""(?:src|href)\s*=\s*["']?https?://|@import|url\(["']?https?:""", page)
    assert "<script" not in page

    table = results(tmp_path / "runs")
    assert table["square"].tolist() == [25]
    (run.folder.parent / "damaged").mkdir()
    (run.folder.parent / "damaged" / "run.json").write_text("{")
    assert len(load_runs(tmp_path / "runs")) == 1
    side_by_side = compare(load_runs(tmp_path / "runs"))
    assert side_by_side.loc["square (rows)"].tolist() == [25]


def test_a_failing_cell_keeps_the_notebook_and_names_the_place(make_notebook, tmp_path):
    notebook = make_notebook(*CELLS, ("x = 1\nraise ValueError('no clicks')",), ("print('later')",))
    with pytest.raises(RunFailed) as caught:
        run_notebook(str(notebook), {}, tmp_path / "runs")
    message = str(caught.value)
    assert "small: stage data, cell 6, line 2: ValueError: no clicks" in message
    assert "\n" not in message
    assert (caught.value.folder / "notebook.ipynb").is_file()
    assert json.loads((caught.value.folder / "run.json").read_text())["status"] == "failed"


def test_nothing_is_written_when_a_parameter_is_wrong(make_notebook, tmp_path):
    notebook = make_notebook(*CELLS)
    with pytest.raises(UserError, match="n: expected int, got 'many'"):
        run_notebook(str(notebook), {"n": "many"}, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


WAITING = (
    ("from pathlib import Path\nimport os, time",),
    (
        "Path('started').write_text(str(os.getpid()))\nwhile True:\n    time.sleep(0.05)",
        "stage:data",
    ),
)


def _start(make_notebook, tmp_path):
    """A real `mlsd run` that is inside its endless cell, and that cell's process id."""
    notebook = make_notebook(*WAITING)
    command = [sys.executable, "-m", "mlsd_kit", "run", str(notebook), "--output", "runs"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    started = Path(tmp_path, "started")
    for line in process.stderr:
        if "data" in line:
            break
    while not (started.is_file() and started.read_text()):
        assert process.poll() is None
    return process, int(started.read_text())


def _gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_interrupt_keeps_the_notebook_and_ends_the_kernel(make_notebook, tmp_path):
    process, kernel = _start(make_notebook, tmp_path)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "mlsd: interrupted" in error
    assert "Traceback" not in error
    [facts] = [json.loads(p.read_text()) for p in Path(tmp_path, "runs").glob("*/*/run.json")]
    assert facts["status"] == "interrupted"
    assert _gone(kernel)


@pytest.mark.skipif(sys.platform != "linux", reason="needs SIGKILL")
def test_a_killed_run_is_never_listed_and_is_cleared_by_the_next(make_notebook, tmp_path):
    process, kernel = _start(make_notebook, tmp_path)
    process.kill()
    process.communicate(timeout=60)
    os.kill(kernel, signal.SIGKILL)
    assert load_runs(tmp_path / "runs") == []
    assert [p.name[:6] for p in Path(tmp_path, "runs", "small").iterdir()] == [".draft"]
    run = run_notebook(str(make_notebook(*CELLS)), {}, tmp_path / "runs")
    assert [p.name for p in run.folder.parent.iterdir()] == [run.folder.name]


def test_a_file_named_relative_to_here_is_found_from_the_notebook_s_folder(
    make_notebook, tmp_path, monkeypatch
):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "rows.txt").write_text("1\n2\n")
    monkeypatch.chdir(elsewhere)
    notebook = make_notebook(
        ('data_path: str = "none"  # a file', "parameters"),
        ("from mlsd_kit.workbook import record\nrecord('rows', len(open(data_path).readlines()))",),
    )
    run = run_notebook(str(notebook), {"data_path": "rows.txt"}, tmp_path / "runs")
    assert run.records["rows"]["value"] == 2
    assert run.parameters == {"data_path": str(elsewhere / "rows.txt")}
