"""The process that serves: ``python -m mlsd_kit.deployment.serve BUNDLE``, or an app's file.

It writes one line of JSON to its standard output for each worker that is listening, and ends when
its standard input ends: whoever started it holds the other end of that pipe, so that nothing is
left behind even when that process is killed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import wait
from typing import Any

from mlsd_kit.cases.modules import import_file
from mlsd_kit.deployment.service import create_app
from mlsd_kit.errors import UserError, require

STOP_SECONDS = 5.0
MakeApp = Callable[[], Any]


def main() -> int:
    """Serve until the standard input ends; 2 when the bundle or the address is no good."""
    parser = argparse.ArgumentParser(description="Serve a model bundle, or an app, over HTTP.")
    parser.add_argument("source", help="a bundle's folder, or a Python file with --factory")
    parser.add_argument("--factory", default="", help="function of the file that makes the app")
    parser.add_argument("--settings", default="{}", help="its keyword arguments as JSON")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    try:
        listener = _listen(options.host, options.port)
    except OSError as error:
        print(f"cannot listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr)
        return 2
    make = partial(_app, options.source, options.factory, options.settings)
    if options.workers == 1:
        return _serve(make, listener, _await_end_of_input)
    return _supervise(make, listener, options.workers)


def _app(source: str, factory: str, settings: str) -> Any:
    if not factory:
        return create_app(source)
    make = getattr(import_file(source), factory, None)
    if make is None:
        raise UserError(f"{source}: has no function {factory}")
    return make(**json.loads(settings))


def _listen(host: str, port: int) -> socket.socket:
    # With the protocol left at 0, asyncio does not set TCP_NODELAY on the connections, and each
    # answer waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(2048)
    return listener


def _await_end_of_input() -> None:
    # Not through sys.stdin: its lock, held by a daemon thread, aborts the interpreter's exit.
    while os.read(0, 4096):
        pass


def _serve(make: MakeApp, listener: socket.socket, lifeline: Callable[[], object]) -> int:
    require("uvicorn")
    import uvicorn

    try:
        app = make()
    except UserError as error:
        print(error, file=sys.stderr)
        return 2

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            host, port = listener.getsockname()[:2]
            ready = json.dumps({"url": f"http://{host}:{port}", "pid": os.getpid()})
            os.write(sys.stdout.fileno(), f"{ready}\n".encode())  # one write: workers share a pipe

    server = Server(
        uvicorn.Config(
            app, log_level="info", access_log=False, timeout_graceful_shutdown=1, ws="none"
        )
    )

    finished = threading.Event()

    def end_with_the_lifeline() -> None:
        lifeline()
        server.should_exit = True
        if not finished.wait(STOP_SECONDS):
            os._exit(1)

    threading.Thread(target=end_with_the_lifeline, daemon=True).start()
    server.run(sockets=[listener])
    finished.set()
    return 0


def _supervise(make: MakeApp, listener: socket.socket, workers: int) -> int:
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_worker, args=(make, listener), daemon=True) for _ in range(workers)
    ]
    for process in processes:
        process.start()

    ended = threading.Event()

    def end_with_the_lifeline() -> None:
        _await_end_of_input()
        ended.set()
        for process in processes:
            process.terminate()

    threading.Thread(target=end_with_the_lifeline, daemon=True).start()
    wait([process.sentinel for process in processes])
    code = 0 if ended.is_set() else 1
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()
    return code


def _worker(make: MakeApp, listener: socket.socket) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    sys.exit(_serve(make, listener, parent.join))


if __name__ == "__main__":
    sys.exit(main())
