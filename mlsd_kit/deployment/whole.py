"""Files and folders that appear whole: after a kill or a power cut there is the old or the new."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

PREFIX = ".part-"


@contextlib.contextmanager
def draft(home: Path) -> Iterator[Path]:
    """A hidden folder in ``home`` to write in, removed in the end.

    Drafts that dead processes have left there are removed too.

    Raises:
        OSError: when it cannot be made.
    """
    home.mkdir(parents=True, exist_ok=True)
    for left in home.glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).partition("-")[0]
        if not (pid.isdigit() and psutil.pid_exists(int(pid))):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=home))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def move_into_place(source: Path, target: Path) -> None:
    """Rename a file or folder, after what is in it has reached the disk.

    A file that is there is replaced in one step, a folder that is there is an error.

    Raises:
        OSError: when it cannot be moved.
    """
    for path in (*source.iterdir(), source) if source.is_dir() else (source,):
        _sync(path)
    os.replace(source, target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
