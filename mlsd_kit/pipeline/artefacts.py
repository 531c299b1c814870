"""What the steps make: folders that appear whole and are found again by what they were made of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsd_kit.deployment.whole import draft, move_into_place
from mlsd_kit.errors import UserError
from mlsd_kit.pipeline.fingerprint import folder_digest

REPORT = "report.json"


@dataclass(frozen=True)
class Artefact:
    """A folder that a step made."""

    step: str
    key: str
    """Of what it was made of: code, settings, inputs."""
    digest: str
    """Of its content."""
    path: Path

    @property
    def report(self) -> dict[str, Any]:
        """What the step said: ``passes``, ``reasons``, and figures of its own."""
        said: dict[str, Any] = json.loads((self.path / REPORT).read_text("utf-8"))
        return said


class ArtefactStore:
    """The artefacts of a pipeline, ``<folder>/<step>/<key>-<digest>/``.

    One writer at a time; a writer that is killed leaves a draft, never half an artefact.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, step: str, key: str) -> Artefact | None:
        """The step's artefact of that key, if it is there and its content is as it was made."""
        for path in sorted((self.folder / step).glob(f"{key}-*")):
            digest = path.name.partition("-")[2]
            if folder_digest(path) == digest:
                return Artefact(step, key, digest, path)
        return None

    def make(self, step: str, key: str, write: Callable[[Path], None]) -> Artefact:
        """Let the step write its files, and move them into place whole.

        Raises:
            UserError: when the folder cannot be written.
        """
        home = self.folder / step
        try:
            with draft(home) as part:
                made = part / key
                made.mkdir()
                write(made)
                digest = folder_digest(made)
                path = home / f"{key}-{digest}"
                if path.exists():
                    shutil.rmtree(path)
                move_into_place(made, path)
        except OSError as error:
            raise UserError(f"{home}: cannot be written: {error.strerror}") from None
        return Artefact(step, key, digest, path)

    def forget(self, step: str, key: str) -> None:
        """Take an artefact away, so that its step runs again."""
        for path in sorted((self.folder / step).glob(f"{key}-*")):
            with draft(path.parent) as part:
                move_into_place(path, part / path.name)
