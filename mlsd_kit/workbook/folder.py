"""The folder of a run: it appears whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlsd_kit.errors import UserError

FILES = ("notebook.ipynb", "records.json", "run.json")
"""What every run has; it may have a page besides."""


@contextlib.contextmanager
def draft(home: Path, run_id: str) -> Iterator[Path]:
    """A hidden folder beside the runs; what dead processes left there is removed."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        for old in home.glob(".draft-*"):
            if not _alive(int(old.name.split("-")[1])):
                shutil.rmtree(old, ignore_errors=True)
        folder = home / f".draft-{os.getpid()}-{run_id}"
        folder.mkdir()
    except OSError as error:
        raise UserError(f"{home}: cannot keep runs here ({error.strerror})") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text and wait until it is on the disk."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def publish(folder: Path, texts: Mapping[str, str], target: Path) -> None:
    """Write the files of a run and move its folder into place: after a power cut it is whole."""
    for name, text in texts.items():
        write_whole(folder / name, text)
    _sync(folder)
    folder.rename(target)
    _sync(target.parent)


def is_whole(folder: Path) -> bool:
    """Whether every file of a run is there with its end."""
    return all(_ends(folder / name) for name in FILES)


def _ends(path: Path) -> bool:
    """Whether a JSON file ends as it should; a cut one, or one with a tail of zeros, does not."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16))
            return file.read().rstrip(b" \r\n").endswith(b"}")
    except OSError:
        return False


def _sync(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
