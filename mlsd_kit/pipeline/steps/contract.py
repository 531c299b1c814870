"""What every step is given, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsd_kit.cases import LearningTable
from mlsd_kit.pipeline.artefacts import REPORT, Artefact
from mlsd_kit.pipeline.files import to_json
from mlsd_kit.pipeline.registry import Registry
from mlsd_kit.pipeline.settings import Settings
from mlsd_kit.pipeline.stretches import join, read_stretch


@dataclass(frozen=True)
class Work:
    """A step's work: what it is given, and where its files go."""

    name: str
    """Of the model."""
    settings: Settings
    inputs: Mapping[str, Artefact]
    outside: Mapping[str, Any]
    """What it takes from outside the pipeline; part of its key."""
    incoming: Path
    registry: Registry
    out: Path

    def said(self, step: str) -> dict[str, Any]:
        """The report of a step before."""
        return self.inputs[step].report

    def stretches(self) -> list[LearningTable]:
        """The stretches of data in order of time, two or more."""
        return [read_stretch(path) for path in self._files()]

    def earlier(self) -> LearningTable:
        """The rows to learn from: all stretches but the newest."""
        return join(self.stretches()[:-1])

    def newest(self) -> LearningTable:
        """The rows of the newest stretch, which no model has learned from."""
        return read_stretch(self._files()[-1])

    def report(self, passes: bool = True, reasons: Sequence[str] = (), **figures: Any) -> None:
        """Write what the step says; one that does not pass ends the run.

        Args:
            passes: whether the run goes on.
            reasons: in words.
            figures: plain values.
        """
        said = {**figures, "passes": passes, "reasons": list(reasons)}
        (self.out / REPORT).write_bytes(to_json(said))

    def _files(self) -> list[Path]:
        return sorted(self.inputs["ingest"].path.glob("*.parquet"))


@dataclass(frozen=True)
class Step:
    """A step of the pipeline."""

    name: str
    does: str
    run: Callable[[Work], None]
    needs: tuple[str, ...] = ()
    """Steps whose artefacts it reads: it runs again when their content changes."""
    after: tuple[str, ...] = ()
    """Steps that have to pass before it, without being read."""
    settings: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    """Modules and packages besides its own: it runs again when their source changes."""
