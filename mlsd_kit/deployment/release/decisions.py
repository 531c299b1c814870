"""The router's log: JSON lines that are only ever added to, whole, whatever kills the process."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mlsd_kit.errors import UserError

DECISIONS = "decisions.jsonl"
SHADOWS = "shadows.jsonl"
TAIL = 65_536


class JsonLines:
    """A file to which one process adds lines.

    Each line is one write: what a reader of the page cache sees after ``kill -9`` is whole, or its
    last line is torn, which is cut off at the next opening and left out by readers. Power failure
    is another matter: nothing is forced to the disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._end = _end_of_lines(self._file)
        os.ftruncate(self._file, self._end)

    def write(self, record: Mapping[str, Any]) -> None:
        """Add a line; when it does not fit, none of it is left.

        Raises:
            OSError: when it cannot be written.
        """
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        written = 0
        try:
            written = os.write(self._file, line)
            if written < len(line):
                raise OSError(f"{self.path}: no room for a line")
        finally:
            if written < len(line):
                os.ftruncate(self._file, self._end)
        self._end += written

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_lines(path: Path, start: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The records from an offset in bytes, and the offset at which the next will begin.

    Raises:
        UserError: when there is no such file, or a line in it is no JSON.
    """
    try:
        with open(path, "rb") as file:
            file.seek(start)
            content = file.read()
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    whole = content[: content.rfind(b"\n") + 1]
    try:
        return [json.loads(line) for line in whole.splitlines()], start + len(whole)
    except ValueError as error:
        raise UserError(f"{path}: a line is no JSON: {error}") from None


def read_decisions(path: Path) -> pd.DataFrame:
    """A log as a table, one row for each request, by its id."""
    records, _ = read_lines(path)
    table = pd.DataFrame(records)
    return table.set_index("request") if len(table) else table


def _end_of_lines(file: int) -> int:
    """Where the last whole line ends."""
    end = os.lseek(file, 0, os.SEEK_END)
    while end > 0:
        start = max(0, end - TAIL)
        os.lseek(file, start, os.SEEK_SET)
        if (found := os.read(file, end - start).rfind(b"\n")) >= 0:
            return start + found + 1
        end = start
    return 0
