"""The warm server: one thread, the usual imports, and a fork for each kernel.

It listens on a socket in a folder that only this user can enter. A client asks for a kernel on a
connection of its own and keeps it open: the server tells the kernel's exit on it, and ends the
kernel when the connection closes. A client may also hold a *lease*. Without leases and kernels the
server ends after the idle time.

Run as ``python -m mlsd_kit.warm.server SOCKET IDLE_SECONDS READY_FD``.
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket
import struct
import sys
import sysconfig
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from mlsd_kit.warm import preload, wire

NO_THREADS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""While the server imports: a fork copies only the thread that forks."""
FIRST_CLIENT_S = 30.0
"""How long to wait for the client that started the server."""


class Server:
    """Forks kernels for its clients until it is idle for too long."""

    def __init__(self, path: Path, idle_s: float) -> None:
        self.path, self.idle_s = path, idle_s
        self.selector = selectors.DefaultSelector()
        self.connections: dict[socket.socket, int | None] = {}
        """Each client's connection, and its kernel's process id; None for a lease."""
        self.later = [*preload.USUAL, *preload.COMMAND, *preload.KIT]
        """Modules to import when there is nothing else to do."""
        self.watched: dict[str, int] = {}
        self.without = path.with_suffix(".without")
        """A file that names the modules that must not be imported before a fork."""

    def listen(self) -> None:
        """Bind the socket, and be told of children that end."""
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        os.umask(0o177)
        self.listener.bind(str(self.path))
        os.umask(0o077)
        self.listener.listen(128)
        self.wake, wake = socket.socketpair()
        self.wake.setblocking(False)
        wake.setblocking(False)
        self.waker = wake
        signal.set_wakeup_fd(wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.wake, selectors.EVENT_READ)

    def serve(self) -> None:
        """Answer until idle."""
        until = time.monotonic() + max(self.idle_s, FIRST_CLIENT_S)
        while True:
            left = None if self.connections else max(0.0, until - time.monotonic())
            stays = bool(self.connections) or time.monotonic() < until
            free = bool(self.later) and stays and None not in self.connections.values()
            ready = self.selector.select(0.0 if free else left)
            if free and not ready:
                self.load([self.later.pop(0)])
                continue
            if not ready and not self.connections:
                if self.listener.fileno() >= 0:
                    self._retire()
                return
            for key, _ in ready:
                if key.fileobj is self.listener:
                    self._accept()
                elif key.fileobj is self.wake:
                    self.wake.recv(4096)
                    self._reap()
                else:
                    self._closed(key.fileobj)  # type: ignore[arg-type]
            if ready:
                until = time.monotonic() + self.idle_s

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        _, uid, _ = struct.unpack(
            "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        )
        connection.settimeout(10)
        try:
            request, files = wire.receive(connection, files=3)
            if request is None or uid != os.getuid():
                connection.close()
                return
            if self._stale():
                self._retire()
                connection.close()
                return
            if request["want"] == "lease":
                self.load(request["modules"])
                if self.listener.fileno() < 0:
                    connection.close()
                    return
                self._keep(connection, None)
                wire.send(connection, {"ok": True})
                return
            gc.freeze()
            pid = os.fork()
            if pid == 0:
                self._become(request, files)
            self._keep(connection, pid)
            wire.send(connection, {"pid": pid})
        except (OSError, ValueError, KeyError):
            if connection in self.connections:
                self._closed(connection)
            else:
                connection.close()
            return
        finally:
            for file in locals().get("files") or []:
                os.close(file)

    def load(self, names: Iterable[str]) -> None:
        """Import modules; when one leaves a thread behind, note its name and retire."""
        with contextlib.suppress(FileNotFoundError):
            excluded = self.without.read_text("utf-8").split()
            names = [name for name in names if name not in excluded]
        try:
            preload.preload(names)
            preload.warm_up()
        except preload.LeavesThreads as left:
            with self.without.open("a", encoding="utf-8") as file:
                file.write(f"{left}\n")
            self._retire()
        self.watched = _files() | self.watched

    def _retire(self) -> None:
        """Take no more clients: the next one starts another server."""
        self.later = []
        self.path.unlink(missing_ok=True)
        self.selector.unregister(self.listener)
        self.listener.close()
        self.idle_s = 0.0

    def _keep(self, connection: socket.socket, pid: int | None) -> None:
        self.connections[connection] = pid
        self.selector.register(connection, selectors.EVENT_READ)

    def _closed(self, connection: socket.socket) -> None:
        """The client has gone: so does its kernel."""
        pid = self._forget(connection)
        if pid is not None:
            for kill in (os.killpg, os.kill):
                try:
                    kill(pid, signal.SIGKILL)
                except OSError:
                    continue

    def _forget(self, connection: socket.socket) -> int | None:
        self.selector.unregister(connection)
        connection.close()
        return self.connections.pop(connection)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for connection, kernel in list(self.connections.items()):
                if kernel == pid:
                    with contextlib.suppress(OSError):
                        wire.send(connection, {"exit": os.waitstatus_to_exitcode(status)})
                    self._forget(connection)

    def _stale(self) -> bool:
        """Whether what was imported has changed since: a fork would run old code."""
        return any(_changed(path, seen) for path, seen in self.watched.items())

    def _become(self, request: dict[str, Any], files: list[int]) -> NoReturn:
        """In the child: let go of all that is the server's, and be the kernel."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
            os.setsid()
            for number, file in enumerate(files):
                os.dup2(file, number)
            os.closerange(3, 65536)
            _settle(request)
            code = run_kernel() if request["want"] == "kernel" else run_command()
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            import atexit

            atexit._run_exitfuncs()
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError, AttributeError):
                    stream.flush()
            os._exit(code)


def _settle(request: dict[str, Any]) -> None:
    """Take the folder, environment and arguments that were asked for, and own random state."""
    import random

    os.chdir(request["cwd"])
    os.umask(request["umask"])
    os.environ.clear()
    os.environ.update(request["env"])
    name = "ipykernel_launcher" if request["want"] == "kernel" else "mlsd"
    sys.argv = [name, *request["argv"]]
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    gc.enable()


def run_kernel() -> int:
    """Be a kernel."""
    set_threads()
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize(sys.argv[1:])
    app.start()
    return 0


def run_command() -> int:
    """Be the command `mlsd`."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = open(number, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        stream.reconfigure(line_buffering=name == "stderr" or stream.isatty())
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    from mlsd_kit.cli import main

    main(forked=True)
    return 0


def set_threads() -> None:
    """Give the thread pools of BLAS and OpenMP their size: from the environment, else the cores.

    In the server they have one thread; a pool of several spins for a tenth of a second at first.
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    number = int(wanted) if wanted.isdecimal() and int(wanted) else len(os.sched_getaffinity(0))
    if number > 1:
        try:
            from threadpoolctl import threadpool_limits
        except ImportError:
            return
        threadpool_limits(number)


def _files() -> dict[str, int]:
    """What was imported, with the time of its last change.

    Installed packages change with their folder, so only that is watched for all of them.
    """
    installed = [sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")]
    found = {}
    paths = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    own = [path for path in paths if path and not path.startswith(tuple(installed))]
    for path in {*own, *installed}:
        with contextlib.suppress(OSError):
            found[path] = os.stat(path).st_mtime_ns
    return found


def _changed(path: str, seen: int) -> bool:
    try:
        return os.stat(path).st_mtime_ns != seen
    except OSError:
        return True


def main() -> int:
    """Import what a kernel is, listen, tell the starter that it may connect, and serve."""
    path, idle_s, ready = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    if sys.path[0] == os.getcwd():
        del sys.path[0]  # kernels have their own folder
    os.environ.update(NO_THREADS)
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    gc.disable()
    server = Server(path, idle_s)
    preload.preload(preload.KERNEL)
    server.listen()
    server.load([])
    os.write(ready, b"ready\n")
    os.close(ready)
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
