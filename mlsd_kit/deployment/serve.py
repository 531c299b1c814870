"""The process that serves: ``python -m mlsd_kit.deployment.serve BUNDLE``, or an app's file.

It writes one line of JSON to its standard output for each worker that is listening, and its logs to
the standard error. SIGTERM or SIGINT end it: it turns unready, answers what is under way, and exits
with 0. With ``--lifeline`` it also ends when its standard input does: whoever started it holds the
other end of that pipe, so that nothing is left behind even when that process is killed.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
from functools import partial
from typing import Any

from mlsd_kit.cases.modules import import_file
from mlsd_kit.deployment.limits import Limits
from mlsd_kit.deployment.logs import log_as_json
from mlsd_kit.deployment.service import create_app
from mlsd_kit.deployment.worker import run_worker
from mlsd_kit.deployment.workers import Workers
from mlsd_kit.errors import UserError


def main() -> int:
    """Serve until told to stop; 2 when the bundle, a limit or the address is no good."""
    parser = argparse.ArgumentParser(description="Serve a model bundle, or an app, over HTTP.")
    parser.add_argument("source", help="a bundle's folder, or a Python file with --factory")
    parser.add_argument("--factory", default="", help="function of the file that makes the app")
    parser.add_argument("--settings", default="{}", help="its keyword arguments as JSON")
    parser.add_argument("--limits", default="{}", help="limits of a worker as JSON")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--lifeline", action="store_true", help="end with the standard input")
    options = parser.parse_args()
    try:
        limits = Limits.from_json(options.limits)
        listener = _listen(options.host, options.port)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"cannot listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr)
        return 2
    log_as_json()
    make = partial(make_app, options.source, options.factory, options.settings, limits)
    lifeline = _await_end_of_input if options.lifeline else None
    if options.workers == 1:
        return run_worker(make, listener, limits, lifeline)
    return Workers(make, listener, limits, options.workers).run(lifeline)


def make_app(source: str, factory: str, settings: str, limits: Limits) -> Any:
    """The application to serve: a bundle's, or that of a file's factory."""
    if not factory:
        return create_app(source, limits=limits)
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


if __name__ == "__main__":
    sys.exit(main())
