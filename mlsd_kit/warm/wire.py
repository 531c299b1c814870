"""What client and server say to each other over the socket: one JSON line, files beside it."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any

LONGEST = 1 << 20


def socket_path() -> Path:
    """Where this user's server for this interpreter listens; its folder is the user's alone.

    Raises:
        OSError: when the folder belongs to someone else or is open to others.
    """
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    folder = Path(base) / f"mlsd-warm-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    if status.st_uid != os.getuid() or not private:
        raise PermissionError(f"{folder} is not a folder of this user alone")
    key = [sys.executable, sys.prefix, sys.version, os.environ.get("PYTHONPATH", ""), __file__]
    return folder / hashlib.sha256(json.dumps(key).encode()).hexdigest()[:12]


def may_be_up() -> bool:
    """Whether there is a server's socket."""
    try:
        return socket_path().exists()
    except OSError:
        return False


def send(
    connection: socket.socket, message: dict[str, Any], files: list[int] | None = None
) -> None:
    """Send one message; open files travel with its first byte."""
    data = json.dumps(message).encode() + b"\n"
    if files:
        sent = socket.send_fds(connection, [data], files)
        data = data[sent:]
    connection.sendall(data)


def receive(connection: socket.socket, files: int = 0) -> tuple[dict[str, Any] | None, list[int]]:
    """Receive one message and up to so many open files; None at the end of the connection."""
    data = b""
    got: list[int] = []
    while not data.endswith(b"\n"):
        if files and not data:
            part, got, _, _ = socket.recv_fds(connection, 65536, files)
        else:
            part = connection.recv(65536)
        if not part or len(data) > LONGEST:
            return None, got
        data += part
    return json.loads(data), got
