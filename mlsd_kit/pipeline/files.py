"""Files that are replaced whole, and locks that end with the process that holds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlsd_kit.deployment.whole import draft, move_into_place
from mlsd_kit.errors import UserError, require


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds either the old content or the new one.

    Raises:
        UserError: when it cannot be written.
    """
    try:
        with draft(path.parent) as part:
            (part / path.name).write_bytes(content)
            move_into_place(part / path.name, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None


def to_json(value: Any) -> bytes:
    """A plain value as JSON."""
    return json.dumps(value, indent=1, sort_keys=True, allow_nan=False).encode()


@contextmanager
def locked(path: Path, seconds: float, otherwise: str) -> Iterator[None]:
    """Hold a lock file; the operating system gives it back when the process ends, however it ends.

    Args:
        path: of the lock file.
        seconds: how long to wait for another that holds it.
        otherwise: what is said when it is still held then.

    Raises:
        UserError: when another process or thread holds it too long.
    """
    filelock = require("filelock")
    lock = filelock.FileLock(path, timeout=seconds, thread_local=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise UserError(otherwise) from None
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()
