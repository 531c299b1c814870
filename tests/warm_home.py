"""A warm server for tests, with its socket in a folder of its own."""

import contextlib
import os
import tempfile
from pathlib import Path

import psutil
import pytest

from mlsd_kit.warm import lease, wire


@contextlib.contextmanager
def warm_home(*modules):
    """A server that has the modules, and lasts as long as this; child processes find it too."""
    with (
        tempfile.TemporaryDirectory(prefix="mlsd") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("XDG_RUNTIME_DIR", folder)
        patch.setenv("MLSD_WARM_IDLE_S", "0")
        with lease(modules):
            yield Path(folder)
        for process in servers():
            process.wait(20)


def servers():
    """The server and what it has forked."""
    path = str(wire.socket_path())
    every = psutil.process_iter(["cmdline", "ppid"])
    found = [process for process in every if path in (process.info["cmdline"] or [])]
    return [process for process in found if process.pid != os.getpid()]


def server():
    """The server's process: the one whose parent is not itself a server."""
    found = servers()
    pids = {process.pid for process in found}
    [only] = [process for process in found if process.info["ppid"] not in pids]
    return only
