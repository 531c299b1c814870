"""What a batch was asked for and what came of it: one line a job, written as it ends."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlsd_kit.errors import UserError
from mlsd_kit.workbook.planning import Job

FOLDER = ".batches"


class BatchLog:
    """Writes the log; killed at any moment, it holds every line but perhaps the last."""

    def __init__(self, output: Path, jobs: Sequence[Job]) -> None:
        self.output, self.jobs = output, jobs

    def __enter__(self) -> BatchLog:
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}.jsonl"
        try:
            (self.output / FOLDER).mkdir(parents=True, exist_ok=True)
            self._file = (self.output / FOLDER / name).open("w", encoding="utf-8")
        except OSError as error:
            raise UserError(f"{self.output}: cannot keep runs here ({error.strerror})") from None
        self._write({"jobs": [asdict(job) for job in self.jobs]})
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, number: int, folder: Path | None, error: str) -> None:
        """A job has ended."""
        where = os.path.relpath(folder, self.output) if folder else ""
        self._write({"number": number, "folder": where, "error": error})

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()


@dataclass
class BatchRecord:
    """A batch as it was logged."""

    name: str
    jobs: list[Job]
    folders: dict[int, Path] = field(default_factory=dict)
    """Job's number → the run's folder."""
    errors: dict[int, str] = field(default_factory=dict)
    """Job's number → why it has no finished run."""


def read_batch(output: Path, name: str | None = None) -> BatchRecord:
    """A batch by name, or the newest.

    Raises:
        UserError: when there is none.
    """
    logs = sorted((output / FOLDER).glob(f"{name or '*'}.jsonl"))
    if not logs:
        raise UserError(f"{output}: there is no batch {name or 'yet; make one with: mlsd run'}")
    return _parsed(logs[-1], output)


def _parsed(path: Path, output: Path) -> BatchRecord:
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    if not lines:
        raise UserError(f"{path}: the batch ended before it began")
    jobs = [Job(j["target"], j["parameters"], tuple(j["varied"])) for j in lines[0]["jobs"]]
    record = BatchRecord(path.stem, jobs)
    for line in lines[1:]:
        if line["folder"]:
            record.folders[line["number"]] = output / line["folder"]
        if line["error"]:
            record.errors[line["number"]] = line["error"]
    return record
