"""Processes that compute together: started, given tasks, and ended."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mlsd_kit.errors import UserError, require

START_SECONDS = 60.0
TASK_SECONDS = 300.0
GRACE_SECONDS = 5.0
STARTS = 3
WORKER = "from mlsd_kit.scaling.parallel.worker import main; main()"
ONE_CORE = {
    "JAX_PLATFORMS": "cpu",
    "NPROC": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "OMP_NUM_THREADS": "1",
}
"""Environment that makes a worker compute in one thread: a worker stands for one core."""


class Crew:
    """Worker processes with JAX's collectives over gloo between them, one thread each.

    They last as long as the ``with`` block and end with this process, however that ends. Each
    task is run by all of them, or by the first few, at the same time.

    Args:
        workers: processes.

    Raises:
        UserError: when they do not start; the message has the last line of the log.
        MissingExtra: without jax.

    Example::

        with Crew(2) as crew:
            results = crew.run(task, X, y)        # task(group, X, y) in each process
            alone = crew.run(task, X, y, workers=1)[0]
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"a crew needs at least one worker, not {workers}")
        self.workers = workers
        self.log = Path()
        self._log_is_named = False
        self._processes: list[subprocess.Popen[bytes]] = []
        self._answers: queue.Queue[tuple[int, tuple[str, Any]]] = queue.Queue()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers, by rank; empty before the start and after the end."""
        return [process.pid for process in self._processes]

    def start(self) -> Self:
        """Start the workers and return when all have joined."""
        require("jax")
        if self._processes:
            raise UserError("this crew works already")
        for attempt in range(1, STARTS + 1):
            self._spawn()
            try:
                self._collect("start", START_SECONDS)
                return self
            except UserError:
                # Between choosing the port and binding it, another process may have taken it.
                if attempt == STARTS:
                    raise
                self.log.unlink(missing_ok=True)
        raise AssertionError("unreachable")

    def run(
        self,
        task: Callable[..., Any],
        *arguments: Any,
        workers: int | None = None,
        limit_s: float = TASK_SECONDS,
    ) -> list[Any]:
        """Run a task in the first workers and return what each of them returns, by rank.

        Args:
            task: a function of a module that the workers can import; its first argument is the
                `Group`.
            arguments: further arguments; they are sent as pickles.
            workers: that take part, the whole crew by default.
            limit_s: seconds after which it is given up.

        Raises:
            UserError: when a worker fails, dies, or the time is up. The crew lives on only when
                every worker has answered.
        """
        taking_part = self.workers if workers is None else workers
        if not 1 <= taking_part <= self.workers:
            raise ValueError(f"{taking_part} workers of a crew of {self.workers}")
        if not self._processes:
            raise UserError("this crew has ended, or was not started")
        packed = pickle.dumps((task, taking_part, arguments), protocol=pickle.HIGHEST_PROTOCOL)
        senders = [
            threading.Thread(target=_send, args=(process, packed), daemon=True)
            for process in self._processes
        ]
        for sender in senders:
            sender.start()
        return self._collect(task.__name__.lstrip("_"), limit_s)[:taking_part]

    def stop(self) -> None:
        """End the workers; safe to call again. The log is kept only where a message names it."""
        processes, self._processes = self._processes, []
        if not processes:
            return
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]
        if not self._log_is_named:
            self.log.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _spawn(self) -> None:
        handle, name = tempfile.mkstemp(prefix="mlsd-crew-", suffix=".log")
        self.log, self._log_is_named = Path(name), False
        self._answers = queue.Queue()
        port = _free_port()
        with open(handle, "wb") as log:
            for rank in range(self.workers):
                process = subprocess.Popen(
                    [sys.executable, "-c", WORKER, str(rank), str(self.workers), str(port)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env={**os.environ, **ONE_CORE},
                    start_new_session=True,
                )
                self._processes.append(process)
                reader = (process, rank, self._answers)
                threading.Thread(target=_read, args=reader, daemon=True).start()

    def _collect(self, task: str, limit_s: float) -> list[Any]:
        """One answer of each worker, by rank; the crew is ended unless all of them answer."""
        results: dict[int, Any] = {}
        failed: dict[int, str] = {}
        deadline = time.monotonic() + limit_s
        while len(results) + len(failed) < self.workers:
            try:
                rank, (kind, value) = self._answers.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                self.stop()
                if failed:
                    break
                raise UserError(f"{task}: not finished after {limit_s:g} s") from None
            except BaseException:
                self.stop()
                raise
            if kind == "done":
                results[rank] = value
                continue
            failed.setdefault(rank, value if kind == "failed" else self._last_words(rank))
            # The others may wait for this one for ever.
            deadline = min(deadline, time.monotonic() + GRACE_SECONDS)
            if kind == "ended":
                self.stop()
                break
        if failed:
            rank, said = next(iter(failed.items()))
            raise UserError(f"{task}: worker {rank} of {self.workers}: {said}")
        return [results[rank] for rank in range(self.workers)]

    def _last_words(self, rank: int) -> str:
        process = self._processes[rank]
        try:
            code = process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if code == -9:
            return "was killed (signal 9); short of memory?"
        self._log_is_named = True
        lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return f"ended {how}: {lines[-1] if lines else 'no message'} (log: {self.log})"


def _send(process: subprocess.Popen[bytes], packed: bytes) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError, ValueError):
        process.stdin.write(packed)
        process.stdin.flush()


def _read(process: subprocess.Popen[bytes], rank: int, answers: queue.Queue[Any]) -> None:
    """Pass on a worker's answers until it ends."""
    assert process.stdout is not None
    while True:
        try:
            answers.put((rank, pickle.load(process.stdout)))
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            answers.put((rank, ("ended", None)))
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
