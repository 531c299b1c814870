"""Several workers behind one port; one that dies is started again."""

from __future__ import annotations

import logging
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess

from mlsd_kit.deployment.limits import Limits
from mlsd_kit.deployment.logs import log_as_json
from mlsd_kit.deployment.telemetry import METRICS_FOLDER
from mlsd_kit.deployment.worker import CANNOT_SERVE, MakeApp, run_worker

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
HEALTHY_SECONDS = 10.0
log = logging.getLogger("mlsd.service")


class Workers:
    """Processes that share a port.

    A worker that ends by itself or is killed is started again, after a pause that doubles each time
    until one has lived for a while. One that cannot serve from the start ends the service.

    Args:
        make: makes the application, in each worker.
        listener: socket that listens already.
        limits: of each worker.
        count: how many workers.
    """

    def __init__(self, make: MakeApp, listener: socket.socket, limits: Limits, count: int) -> None:
        self.arguments = (make, listener, limits)
        self.count = count
        self._processes: dict[int, SpawnProcess] = {}
        self._started: dict[int, float] = {}
        self._pauses = dict.fromkeys(range(count), 0.0)
        self._due = dict.fromkeys(range(count), 0.0)
        self._stopping = False
        self._woken, self._wake = Pipe(duplex=False)

    def run(self, lifeline: Callable[[], object] | None) -> int:
        """Serve until a signal, or until the lifeline returns; the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        if lifeline is not None:
            threading.Thread(target=self._stop_after, args=(lifeline,), daemon=True).start()
        folder = tempfile.mkdtemp(prefix="mlsd-metrics-")
        os.environ[METRICS_FOLDER] = folder
        try:
            code = self._supervise()
        finally:
            for process in self._processes.values():
                process.terminate()
            for process in self._processes.values():
                process.join()
            shutil.rmtree(folder, ignore_errors=True)
        return code

    def stop(self) -> None:
        """End the service; safe in a signal handler, and again."""
        self._stopping = True
        self._wake.send_bytes(b"stop")

    def _stop_after(self, lifeline: Callable[[], object]) -> None:
        lifeline()
        self.stop()

    def _supervise(self) -> int:
        while not self._stopping:
            now = time.monotonic()
            for number in [n for n, due in self._due.items() if due <= now]:
                del self._due[number]
                self._start(number)
            pause = min(self._due.values()) - now if self._due else None
            sentinels = {process.sentinel: n for n, process in self._processes.items()}
            for ready in wait([self._woken, *sentinels], pause):
                if not isinstance(ready, int):
                    break  # told to stop
                if self._ended(sentinels[ready]) == CANNOT_SERVE:
                    return CANNOT_SERVE
        return 0

    def _start(self, number: int) -> None:
        process = multiprocessing.get_context("spawn").Process(
            target=_work, args=(*self.arguments, number), daemon=True
        )
        process.start()
        self._processes[number] = process
        self._started[number] = time.monotonic()

    def _ended(self, number: int) -> int | None:
        from prometheus_client.multiprocess import mark_process_dead

        process = self._processes.pop(number)
        process.join()
        mark_process_dead(process.pid, os.environ[METRICS_FOLDER])
        first = self._pauses[number] == 0.0
        if first and process.exitcode == CANNOT_SERVE:
            return CANNOT_SERVE
        now = time.monotonic()
        lived = now - self._started[number]
        doubled = min(2 * self._pauses[number], LONGEST_PAUSE)
        self._pauses[number] = FIRST_PAUSE if first or lived > HEALTHY_SECONDS else doubled
        self._due[number] = now + self._pauses[number]
        told = {"worker": number, "exit_code": process.exitcode, "again_s": self._pauses[number]}
        log.error("a worker ended", extra=told)
        return process.exitcode if first else None


def _work(make: MakeApp, listener: socket.socket, limits: Limits, number: int) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    log_as_json()
    code = run_worker(make, listener, limits, parent.join, number)
    if not parent.is_alive():
        shutil.rmtree(os.environ[METRICS_FOLDER], ignore_errors=True)
    sys.exit(code)
