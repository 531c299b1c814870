"""Batches whose parent is killed at any moment."""

import json
import random
import subprocess
import sys
import time

import psutil
import pytest

from mlsd_kit.workbook import load_runs
from tests.warm_home import server, warm_home

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="forks"),
]
RUNS = 12
CELLS = (
    ("n: int = 0  # which", "parameters"),
    ("print(n)",),
    ("sum(range(10**5 * n))",),
)
PROGRAM = """
import sys
from pathlib import Path
from mlsd_kit.workbook import plan, run_batch
jobs = plan([sys.argv[1]], sweeps={"n": list(range(int(sys.argv[3])))})
for outcome in run_batch(jobs, Path(sys.argv[2])):
    assert outcome.run, outcome.error
"""


@pytest.fixture(scope="module")
def home():
    with warm_home() as folder:
        yield folder


def by_command(notebook, output):
    """The command, which a fork of the warm server carries out."""
    sweep = "n=" + ",".join(map(str, range(RUNS)))
    return [sys.executable, "-m", "mlsd_kit", "run", notebook, "--sweep", sweep, "--output", output]


def by_program(notebook, output):
    """A program that calls the package, in a process of its own."""
    return [sys.executable, "-c", PROGRAM, notebook, output, str(RUNS)]


def whole(output):
    """Run id → the swept value, of the runs that are listed."""
    return {run["run"]: run["parameters"]["n"] for run in load_runs(output)}


@pytest.mark.parametrize("parent", [by_command, by_program])
def test_after_a_kill_the_next_call_makes_what_is_missing(home, make_notebook, tmp_path, parent):
    notebook = make_notebook(*CELLS)
    began = time.monotonic()
    subprocess.run(parent(notebook, tmp_path / "timed"), check=True, capture_output=True)
    duration = time.monotonic() - began
    draw, interrupted = random.Random(RUNS), 0
    for attempt in range(10):
        output = tmp_path / f"runs{attempt}"
        process = subprocess.Popen(
            parent(notebook, output), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(draw.uniform(0.4 * duration, duration))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        psutil.wait_procs(server().children(recursive=True), 20)
        before = whole(output)
        assert len(set(before.values())) == len(before)
        interrupted += 0 < len(before) < RUNS
        subprocess.run(parent(notebook, output), check=True, capture_output=True)
        after = whole(output)
        assert before.items() <= after.items()
        assert sorted(after.values()) == list(range(RUNS))
        assert len(list((output / "small").iterdir())) == RUNS
        for folder in (output / "small").iterdir():
            assert json.loads((folder / "run.json").read_text())["status"] == "finished"
    assert interrupted
