"""Asking the warm server for kernels, and starting it when there is none."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlsd_kit.warm import wire

IDLE_S = 600.0
START_S = 60.0
TRIES = 5
_leases = 0


class WarmUnavailable(Exception):  # noqa: N818
    """There is no warm kernel to be had, and why."""


class ForkedProcess:
    """A kernel that the server forked, with the interface of ``subprocess.Popen``."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.lost = False
        """Whether the server ended, and the kernel with it."""
        self._connection = connection

    def poll(self) -> int | None:
        """The exit code once the kernel has ended; -9 when the server was killed with it."""
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            self._read()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end.

        Raises:
            subprocess.TimeoutExpired: when it takes longer.
        """
        if self.returncode is None:
            if not select.select([self._connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"kernel {self.pid}", timeout or 0.0)
            self._read()
        assert self.returncode is not None
        return self.returncode

    async def ended(self) -> None:
        """Wait for the end, in an event loop."""
        if self.poll() is not None:
            return
        loop = asyncio.get_running_loop()
        end = asyncio.Event()
        loop.add_reader(self._connection, end.set)
        try:
            await end.wait()
        finally:
            loop.remove_reader(self._connection)

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the kernel has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _read(self) -> None:
        try:
            message, _ = wire.receive(self._connection)
        except (OSError, json.JSONDecodeError):
            message = None
        self.lost = message is None
        self.returncode = -signal.SIGKILL if message is None else int(message["exit"])
        self._connection.close()


def fork_kernel(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: str,
    stdout: int | None = None,
    stderr: int | None = None,
    start: bool = True,
) -> ForkedProcess:
    """A warm kernel with arguments, environment and folder of its own.

    Args:
        argv: arguments of ``ipykernel_launcher``, such as ``["-f", connection_file]``.
        env: the kernel's whole environment.
        cwd: its working directory.
        stdout, stderr: open files for what the process itself prints; ours by default.
        start: start the server when there is none.

    Raises:
        WarmUnavailable: when this system cannot fork, or the server does not start.
    """
    request = {"want": "kernel", "argv": [*argv], "env": {**env}}
    null = os.open(os.devnull, os.O_RDONLY)
    try:
        files = [null, 1 if stdout is None else stdout, 2 if stderr is None else stderr]
        return request_fork(request, cwd, files, start)
    finally:
        os.close(null)


def request_fork(
    request: Mapping[str, Any], cwd: str, files: Sequence[int], start: bool
) -> ForkedProcess:
    """Ask the server for a fork that does as requested, in a folder, with standard files.

    Raises:
        WarmUnavailable: as for `fork_kernel`.
    """
    mask = os.umask(0o077)
    os.umask(mask)
    for _ in range(TRIES):
        connection = _connected(start)
        try:
            wire.send(connection, {**request, "cwd": cwd, "umask": mask}, [*files])
            reply, _ = wire.receive(connection)
        except (OSError, json.JSONDecodeError):
            reply = None
        if reply and "pid" in reply:
            return ForkedProcess(reply["pid"], connection)
        connection.close()
    raise WarmUnavailable("the warm server did not answer")


@contextlib.contextmanager
def lease(modules: Sequence[str] = ()) -> Iterator[None]:
    """Keep the server, started when there is none, at least as long as this holds.

    Args:
        modules: what kernels will import; the server does so before this returns.

    Raises:
        WarmUnavailable: as for `fork_kernel`.
    """
    global _leases
    connection = _leased(modules)
    _leases += 1
    try:
        yield
    finally:
        _leases -= 1
        connection.close()


def start_early() -> None:
    """Have the server start while this process is still busy with something else."""
    with contextlib.suppress(WarmUnavailable):
        _connected().close()


def leased() -> bool:
    """Whether this process holds a lease, and so wants a server that is gone to come back."""
    return _leases > 0


def _leased(modules: Sequence[str]) -> socket.socket:
    """A connection that is a lease; a server that met a module with threads is replaced."""
    for _ in range(TRIES):
        connection = _connected()
        try:
            wire.send(connection, {"want": "lease", "modules": [*modules]})
            if wire.receive(connection)[0]:
                return connection
        except (OSError, json.JSONDecodeError):
            pass
        connection.close()
    raise WarmUnavailable("the warm server did not answer")


def _connected(start: bool = True) -> socket.socket:
    """A connection to the server."""
    if sys.platform != "linux":
        raise WarmUnavailable(f"forking with the usual imports is not safe on {sys.platform}")
    import fcntl

    try:
        path = wire.socket_path()
        with contextlib.suppress(OSError):
            return _connect(path)
        if not start:
            raise WarmUnavailable("there is no warm server")
        with open(path.with_suffix(".lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with contextlib.suppress(OSError):
                return _connect(path)
            _start(path)
            return _connect(path)
    except OSError as error:
        raise WarmUnavailable(str(error)) from None


def _connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection


def _start(path: Path) -> None:
    """Start the server and wait until it says that it listens."""
    idle = os.environ.get("MLSD_WARM_IDLE_S", str(IDLE_S))
    read, write = os.pipe()
    command = [sys.executable, "-m", "mlsd_kit.warm.server", str(path), idle, str(write)]
    with path.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[write],
            start_new_session=True,
            env=_clean(os.environ),
        )
    os.close(write)
    try:
        deadline = time.monotonic() + START_S
        ready = select.select([read], [], [], max(0.0, deadline - time.monotonic()))[0]
        if not ready or not os.read(read, 64):
            process.kill()
            said = path.with_suffix(".log").read_text("utf-8", "replace").strip().splitlines()
            raise WarmUnavailable(f"the warm server did not start: {(said or ['no message'])[-1]}")
    finally:
        os.close(read)


def _clean(env: Mapping[str, str]) -> dict[str, Any]:
    """Without what Jupyter or a test set for another process."""
    dropped = ("JPY_", "PYTEST_", "MPLBACKEND", "PYDEVD")
    return {name: value for name, value in env.items() if not name.startswith(dropped)}
