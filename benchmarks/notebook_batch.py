"""How long many small notebooks take, by tool, on this machine.

    python benchmarks/notebook_batch.py compare [--copies 32] [--rounds 3] [--tools ...]
    python benchmarks/notebook_batch.py scaling [--sizes 8 32 128 512]
    python benchmarks/notebook_batch.py kernels [--number 1000]

The notebook imports the usual libraries, makes 20,000 rows, fits one logistic regression and draws
one plot. In each round every tool runs copies of it, one tool after the other, so that a machine
that slows down slows all; ratios are taken within a round. The slow tools may run fewer copies
(``--others``); their time is then scaled up, as they run one notebook after the other (nbmake: in
two workers), so their time is proportional to the number.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil

from mlsd_kit.warm import WarmKernelManager, lease, wire
from mlsd_kit.warm.preload import COMMAND, wanted_by

CELLS = (
    "seed: int = 0  # of the random numbers",
    "import matplotlib.pyplot as plt\nimport numpy as np\nimport pandas as pd\n"
    "import seaborn as sns\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.metrics import roc_auc_score",
    "rng = np.random.default_rng(seed)\n"
    "X = pd.DataFrame(rng.normal(size=(20_000, 10)), columns=[f'x{i}' for i in range(10)])\n"
    "y = X['x0'] - X['x1'] + rng.normal(size=20_000) > 0",
    "model = LogisticRegression().fit(X, y)\n"
    "print(f'AUC {roc_auc_score(y, model.predict_proba(X)[:, 1]):.6f}')",
    "fig, ax = plt.subplots()\nax.hist(model.predict_proba(X)[:, 1], bins=30)\n"
    "ax.set(xlabel='predicted probability', ylabel='rows')\nplt.show()",
)
PAPERMILL_API = (
    "import sys, papermill\n"
    "for path in sys.argv[1:]:\n"
    "    papermill.execute_notebook(path, path + '.out.ipynb', progress_bar=False)\n"
)
PY = sys.executable
BIN = Path(PY).parent


def small_notebook() -> Any:
    """The notebook, with a kernelspec and a parameters cell."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook.cells[0].metadata["tags"] = ["parameters"]
    return notebook


@contextlib.contextmanager
def workplace(copies: int) -> Iterator[list[str]]:
    """Copies of the notebook in a folder of their own, and a private place for warm servers."""
    with tempfile.TemporaryDirectory(prefix="mlsd") as name:
        os.environ["XDG_RUNTIME_DIR"] = name
        paths = [str(Path(name) / f"copy{number:03}.ipynb") for number in range(copies)]
        for path in paths:
            nbformat.write(small_notebook(), path)
        yield paths


def call(*command: str | Path) -> None:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]}: {done.stderr[-2000:]}{done.stdout[-2000:]}")


def papermill_loop(paths: list[str]) -> None:
    for path in paths:
        call(BIN / "papermill", path, f"{path}.out.ipynb")


def papermill_api(paths: list[str]) -> None:
    call(PY, "-c", PAPERMILL_API, *paths)


def nbconvert(paths: list[str]) -> None:
    call(BIN / "jupyter-nbconvert", "--to", "notebook", "--execute", *paths)


def nbval(paths: list[str]) -> None:
    call(PY, "-m", "pytest", "-q", "--nbval-lax", "-p", "no:cacheprovider", *paths)


def nbmake(paths: list[str]) -> None:
    call(PY, "-m", "pytest", "-q", "--nbmake", "-n", "2", "-p", "no:cacheprovider", *paths)


def mlsd(paths: list[str]) -> None:
    runs = Path(paths[0]).parent / "runs"
    shutil.rmtree(runs, ignore_errors=True)
    call(PY, "-m", "mlsd_kit", "run", *paths, "--output", runs)


def mlsd_cold(paths: list[str]) -> None:
    """With the start of the warm server."""
    stop_server()
    mlsd(paths)


@contextlib.contextmanager
def warm(paths: list[str]) -> Iterator[None]:
    """A server that has loaded what the notebooks and the command import."""
    with lease([*wanted_by(map(Path, paths[:1])), *COMMAND]):
        yield


def servers() -> list[psutil.Process]:
    path = str(wire.socket_path())
    every = psutil.process_iter(["cmdline", "ppid"])
    found = [process for process in every if path in (process.info["cmdline"] or [])]
    pids = {process.pid for process in found}
    return [process for process in found if process.info["ppid"] not in pids]


def stop_server() -> None:
    for process in servers():
        process.kill()
        process.wait()


OTHERS: dict[str, Callable[[list[str]], None]] = {
    "papermill, command in a loop": papermill_loop,
    "papermill, API in one process": papermill_api,
    "nbconvert --execute": nbconvert,
    "pytest --nbval-lax": nbval,
    "pytest --nbmake -n 2": nbmake,
}
COLD, WARM = "mlsd run, with the server's start", "mlsd run, server already warm"


def timed(run: Callable[[list[str]], None], paths: list[str]) -> float:
    began = time.perf_counter()
    run(paths)
    return time.perf_counter() - began


def one_round(paths: list[str], others: list[str], number: int) -> dict[str, float]:
    """Seconds for all copies, by tool."""
    seconds = {}
    for name in others:
        print(f"  {name} …", file=sys.stderr)
        seconds[name] = timed(OTHERS[name], paths[:number]) * len(paths) / number
    print("  mlsd run …", file=sys.stderr)
    seconds[COLD] = timed(mlsd_cold, paths)
    with warm(paths):
        seconds[WARM] = timed(mlsd, paths)
    stop_server()
    return seconds


def forget_bytecode(folder: str) -> None:
    """Let every Python compile what it imports, as where packages were installed uncompiled."""
    os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/no-bytecode"
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


def compare(
    copies: int, rounds: int, others: list[str], number: int, uncompiled: bool = False
) -> None:
    print(machine())
    measured: list[dict[str, float]] = []
    with workplace(copies) as paths:
        if uncompiled:
            forget_bytecode(str(Path(paths[0]).parent))
        for index in range(rounds):
            print(f"round {index + 1} of {rounds}", file=sys.stderr)
            measured.append(one_round(paths, others, number))
        where_it_goes(paths[0])
    rows = []
    for name in measured[0]:
        seconds = [m[name] for m in measured]
        ratios = [[m[name] / m[ours] for m in measured] for ours in (COLD, WARM)]
        each = statistics.median(seconds) / copies
        rows.append((name, spread(seconds), f"{each:.2f}", *(spread(r) for r in ratios)))
    print(f"\n{copies} copies, {rounds} rounds; median (least to most)\n")
    show(["tool", "seconds", "per notebook", "times mlsd", "times mlsd, warm"], rows)


def show(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    """A table in Markdown."""
    for row in (columns, ["---"] * len(columns), *rows):
        print("| " + " | ".join(map(str, row)) + " |")


def spread(values: list[float]) -> str:
    middle = f"{statistics.median(values):.1f}"
    return f"{middle} ({min(values):.1f}–{max(values):.1f})" if len(values) > 1 else middle


def where_it_goes(path: str) -> None:
    """Seconds of one notebook after the other, by phase: a cold kernel and a warm one."""
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    os.environ["OMP_NUM_THREADS"] = "1"
    rows = []
    with warm([path]):
        for name, manager in (("cold", AsyncKernelManager), ("warm", WarmKernelManager)):
            times: list[list[float]] = []
            for _ in range(5):
                client = NotebookClient(
                    small_notebook(), kernel_manager_class=manager, shutdown_kernel="immediate"
                )
                marks = [time.perf_counter()]
                client.create_kernel_manager()
                client.start_new_kernel()
                client.start_new_kernel_client()
                marks.append(time.perf_counter())
                for index, cell in enumerate(client.nb.cells):
                    client.execute_cell(cell, index)
                    marks.append(time.perf_counter())
                client._cleanup_kernel()
                marks.append(time.perf_counter())
                steps = [b - a for a, b in itertools.pairwise(marks)]
                times.append([steps[0], steps[2], steps[1] + sum(steps[3:-1]), steps[-1]])
            middle = [statistics.median(step) for step in zip(*times, strict=True)]
            rows.append((name, *(f"{seconds:.2f}" for seconds in middle)))
    stop_server()
    print("\nSeconds of one notebook at a time, one thread, by phase\n")
    show(["kernel", "start to ready", "imports", "other cells", "end"], rows)


def scaling(sizes: list[int]) -> None:
    print(machine())
    rows = []
    with workplace(max(sizes)) as paths, warm(paths):
        mlsd(paths[:4])
        for size in sizes:
            peak = 0.0
            began = time.perf_counter()
            runs = Path(paths[0]).parent / "runs"
            shutil.rmtree(runs, ignore_errors=True)
            command = [PY, "-m", "mlsd_kit", "run", *paths[:size], "--output", str(runs)]
            with subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as batch:
                while batch.poll() is None:
                    peak = max(peak, memory(servers()[0].children()))
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        batch.wait(0.25)
            if batch.returncode:
                raise SystemExit(f"the batch of {size} failed")
            seconds = time.perf_counter() - began
            server_mb = servers()[0].memory_info().rss / 1e6
            rows.append(
                (size, f"{seconds:.1f}", f"{seconds / size:.3f}", f"{server_mb:.0f}", f"{peak:.0f}")
            )
    print("\nmlsd run, server already warm\n")
    columns = ["notebooks", "seconds", "per notebook", "server, MB", "peak of its forks, MB"]
    show(columns, rows)


def memory(processes: list[psutil.Process]) -> float:
    """Private memory of processes, in MB."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().uss
    return total / 1e6


def kernels(number: int) -> None:
    """Memory of the server as it forks kernels, each of which runs a cell and is killed."""
    from nbclient import NotebookClient

    print(machine())
    rows = []
    with workplace(1) as paths, warm(paths):
        for done in range(number + 1):
            if done % max(1, number // 5) == 0:
                process = servers()[0]
                now = f"{process.memory_info().rss / 1e6:.1f}"
                rows.append((done, now, process.num_fds(), process.num_threads()))
            notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
            NotebookClient(
                notebook, kernel_manager_class=WarmKernelManager, shutdown_kernel="immediate"
            ).execute()
    show(["kernels", "server, MB", "open files", "threads"], rows)


def machine() -> str:
    gigabytes = psutil.virtual_memory().total / 1e9
    return f"{os.cpu_count()} cores, {gigabytes:.0f} GB, Python {sys.version.split()[0]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    sub = commands.add_parser("compare")
    sub.add_argument("--copies", type=int, default=32)
    sub.add_argument("--others", type=int, help="copies for the other tools [default: all]")
    sub.add_argument("--rounds", type=int, default=3)
    sub.add_argument("--uncompiled", action="store_true", help="as if there were no bytecode")
    sub.add_argument("--tools", nargs="*", choices=list(OTHERS), default=list(OTHERS))
    sub = commands.add_parser("scaling")
    sub.add_argument("--sizes", type=int, nargs="+", default=[8, 32, 128, 512])
    sub = commands.add_parser("kernels")
    sub.add_argument("--number", type=int, default=1000)
    options = parser.parse_args()
    if options.command == "compare":
        number = min(options.others or options.copies, options.copies)
        compare(options.copies, options.rounds, options.tools, number, options.uncompiled)
    elif options.command == "scaling":
        scaling(options.sizes)
    else:
        kernels(options.number)


if __name__ == "__main__":
    main()
