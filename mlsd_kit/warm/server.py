"""The warm server: one thread, the usual imports, and a fork for each kernel.

It listens on a socket in a folder that only this user can enter. A client asks for a kernel on a
connection of its own and keeps it open: the server tells the kernel's exit on it, and ends the
kernel when the connection closes. A client may also hold a *lease*. Without leases and kernels the
server ends after the idle time.

Run as ``python -P -m mlsd_kit.warm.server SOCKET IDLE_SECONDS READY_FD``.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

PRELOADED = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger",
    "IPython.core.completer", "IPython.core.magics",
    "numpy", "pandas", "scipy.stats", "scipy.special", "matplotlib.pyplot", "matplotlib.figure",
    "seaborn", "sklearn.linear_model", "sklearn.ensemble", "sklearn.model_selection",
    "sklearn.pipeline", "sklearn.compose", "sklearn.preprocessing", "sklearn.metrics",
    "sklearn.impute", "sklearn.dummy", "lightgbm", "optuna", "pandera.pandas", "pyarrow.parquet",
    "skl2onnx", "onnxmltools", "httpx",
    "mlsd_kit.data", "mlsd_kit.models", "mlsd_kit.evaluation", "mlsd_kit.requirements",
    "mlsd_kit.deployment", "mlsd_kit.scaling", "mlsd_kit.workbook", "mlsd_kit.cases",
)  # fmt: skip
NO_THREADS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""While the server imports: a fork copies only the thread that forks."""
FIRST_CLIENT_S = 30.0
"""How long to wait for the client that started the server."""
EXCLUDED = "MLSD_WARM_WITHOUT"


def threads() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def preload() -> list[str]:
    """Import what kernels will want; restart without a module that leaves threads behind.

    A module that is not installed or does not import is left out.
    """
    excluded = set(filter(None, os.environ.get(EXCLUDED, "").split(",")))
    loaded = []
    for name in PRELOADED:
        if name in excluded:
            continue
        try:
            with _in_a_kernel():
                importlib.import_module(name)
        except Exception:
            continue
        if threads() > 1:
            os.environ[EXCLUDED] = ",".join(sorted({*excluded, name}))
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
        loaded.append(name)
    return loaded


@contextlib.contextmanager
def _in_a_kernel() -> Iterator[None]:
    """Let imports see that they are in a kernel: pandas sets its display by that."""
    shell = SimpleNamespace(kernel=None)
    vars(builtins)["get_ipython"] = lambda: shell
    try:
        yield
    finally:
        del vars(builtins)["get_ipython"]


class Server:
    """Forks kernels for its clients until it is idle for too long."""

    def __init__(self, path: Path, idle_s: float) -> None:
        self.path, self.idle_s = path, idle_s
        self.selector = selectors.DefaultSelector()
        self.connections: dict[socket.socket, int | None] = {}
        """Each client's connection, and its kernel's process id; None for a lease."""
        self.files = _files()

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
            ready = self.selector.select(left)
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
        from mlsd_kit.warm.wire import receive, send

        connection, _ = self.listener.accept()
        _, uid, _ = struct.unpack(
            "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        )
        connection.settimeout(10)
        try:
            request, files = receive(connection, files=2)
            if request is None or uid != os.getuid():
                connection.close()
                return
            if request["want"] == "lease":
                self._keep(connection, None)
                send(connection, {"ok": True})
                return
            if self._stale():
                self._retire()
                connection.close()
                return
            pid = os.fork()
            if pid == 0:
                self._become(request, files)
            self._keep(connection, pid)
            send(connection, {"pid": pid})
        except (OSError, ValueError, KeyError):
            if connection in self.connections:
                self._closed(connection)
            else:
                connection.close()
            return
        finally:
            for file in locals().get("files") or []:
                os.close(file)

    def _retire(self) -> None:
        """Take no more clients: the next one starts another server."""
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
        from mlsd_kit.warm.wire import send

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
                        send(connection, {"exit": os.waitstatus_to_exitcode(status)})
                    self._forget(connection)

    def _stale(self) -> bool:
        """Whether a file that was imported has changed since: a fork would run old code."""
        return any(_changed(path, seen) for path, seen in self.files.items())

    def _become(self, request: dict[str, Any], files: list[int]) -> NoReturn:
        """In the child: let go of all that is the server's, and be the kernel."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            for number, file in zip((1, 2), files, strict=True):
                os.dup2(file, number)
            os.closerange(3, 65536)
            code = run_kernel(request)
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


def run_kernel(request: dict[str, Any]) -> int:
    """Be a kernel with its own folder, environment, random state and threads."""
    import random

    os.chdir(request["cwd"])
    os.umask(request["umask"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = ["ipykernel_launcher", *request["argv"]]
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    set_threads()
    gc.unfreeze()
    gc.enable()
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize(request["argv"])
    app.start()
    return 0


def set_threads() -> None:
    """Give the thread pools of BLAS and OpenMP their size: from the environment, else the cores."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return
    cores = len(os.sched_getaffinity(0))
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    threadpool_limits(int(wanted) if wanted.isdecimal() and int(wanted) else cores)


def _files() -> dict[str, int]:
    """Every imported file, with the time of its last change."""
    found = {}
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path:
            try:
                found[path] = os.stat(path).st_mtime_ns
            except OSError:
                continue
    return found


def _changed(path: str, seen: int) -> bool:
    try:
        return os.stat(path).st_mtime_ns != seen
    except OSError:
        return True


def main() -> int:
    """Preload, listen, tell the starter that it may connect, and serve."""
    path, idle_s, ready = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    os.environ.update(NO_THREADS)
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    preload()
    from mlsd_kit.warm import wire  # noqa: F401  (imported before the fork)

    server = Server(path, idle_s)
    server.listen()
    gc.collect()
    gc.freeze()
    gc.disable()
    os.write(ready, b"ready\n")
    os.close(ready)
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
