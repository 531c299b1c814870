"""Running an `mlsd` command in a fork of the warm server, where all its imports are there."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from mlsd_kit.warm import wire
from mlsd_kit.warm.client import ForkedProcess, WarmUnavailable, request_fork

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if os.name == "posix" else ()


def run_in_server(arguments: Sequence[str]) -> int | None:
    """The command's exit code; None when no server is up, and it has to run here.

    It has this process's files, environment and folder, gets its signals, and ends with it.
    """
    if sys.platform != "linux" or not wire.may_be_up():
        return None
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    request = {"want": "command", "argv": [*arguments], "env": dict(os.environ)}
    try:
        process = request_fork(request, os.getcwd(), [0, 1, 2], start=False)
    except WarmUnavailable:
        return None
    return _attended(process)


def _attended(process: ForkedProcess) -> int:
    """The exit code as a shell gives it; signals are passed on meanwhile."""

    def forward(number: int, frame: FrameType | None) -> None:
        process.send_signal(number)

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
