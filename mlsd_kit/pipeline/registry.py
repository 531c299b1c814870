"""The registry: bundles, which of them serves, and how it came to that."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from mlsd_kit.deployment import Bundle, load_bundle
from mlsd_kit.errors import UserError
from mlsd_kit.pipeline.files import locked, replace_file, to_json

PROMOTED, ROLLED_BACK, REFUSED = "promoted", "rolled back", "refused"
WAIT_S = 10.0


class Registry:
    """Bundles in ``bundles/``, the pointer ``serving.json``, and ``history.jsonl``.

    A reader follows the pointer, which is replaced whole. A writer first adds a line to the
    history, then turns the pointer; when it is killed between the two, the next writer turns it.

    Args:
        folder: made when it is not there.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.bundles = self.folder / "bundles"
        self._pointer = self.folder / "serving.json"
        self._history = self.folder / "history.jsonl"
        try:
            self.bundles.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{self.folder}: cannot be made: {error.strerror}") from None

    @property
    def serving(self) -> str | None:
        """The version that serves; None before the first promotion."""
        return self._pointed().get("version")

    def serving_bundle(self) -> Bundle:
        """The bundle that serves, verified.

        Raises:
            UserError: when none was promoted yet, or its files are not what they were.
        """
        version = self.serving
        if version is None:
            raise UserError(f"{self.folder}: no model was promoted yet")
        return self.bundle(version)

    def bundle(self, version: str) -> Bundle:
        """The bundle of a version, verified.

        Raises:
            UserError: when there is none, or its files are not what they were.
        """
        found = sorted(self.bundles.glob(f"*-{version}"))
        if not found:
            known = ", ".join(self.versions()) or "none"
            raise UserError(f"{self.folder}: no version {version!r}; there are: {known}")
        return load_bundle(found[0])

    def versions(self) -> list[str]:
        """Versions that have served, the first one first."""
        return list(dict.fromkeys(e["version"] for e in self.history() if _turns(e)))

    def history(self) -> list[dict[str, Any]]:
        """All that happened, in order; a line that was cut off by a crash is not there."""
        try:
            lines = self._history.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def table(self) -> pd.DataFrame:
        """The history as a table: ``event``, ``version``, ``instead of``, ``step``, ``reasons``."""
        rows = [
            {
                "event": entry["event"],
                "version": entry["version"] or "",
                "instead of": entry["instead_of"] or "",
                "step": entry["step"],
                "reasons": "; ".join(entry["reasons"]),
            }
            for entry in self.history()
        ]
        columns = ["event", "version", "instead of", "step", "reasons"]
        return pd.DataFrame(rows, columns=columns, index=pd.RangeIndex(1, len(rows) + 1))

    def champion(self, candidate: str) -> str | None:
        """The version that a candidate is to be compared with.

        It is the one that serves or, when the candidate itself does already, the one that it
        replaced, so that a run that is made again compares what was compared before.

        Args:
            candidate: digest of what was trained.
        """
        entry = self._turned()
        if entry and entry["candidate"] == candidate and entry["event"] == PROMOTED:
            before: str | None = entry["instead_of"]
            return before
        return self.serving

    def promote(
        self, version: str, *, instead_of: str | None, candidate: str, reasons: Sequence[str]
    ) -> bool:
        """Let a version serve.

        Args:
            version: of a bundle in the registry.
            instead_of: the version that it was compared with, which has to serve still.
            candidate: digest of what was trained.
            reasons: for the promotion.

        Returns:
            False when it serves already.

        Raises:
            UserError: when another version serves by now, the version was rolled back from, or its
                bundle is broken.
        """
        with self._writing():
            if self.serving == version:
                return False
            if self.serving != instead_of:
                raise UserError(
                    f"{version} was compared with {instead_of or 'no model'}, but "
                    f"{self.serving or 'none'} serves by now: run from evaluate again"
                )
            if self._left_by_rollback(version):
                raise UserError(
                    f"{version} was rolled back from: train another, or give it back its place "
                    f"with --rollback {version}"
                )
            self.bundle(version)
            self._turn(PROMOTED, version, candidate, reasons)
        return True

    def rollback(self, version: str | None = None, reason: str = "by hand") -> str:
        """Let a version serve that has served before.

        Args:
            version: the one that served before this one, by default.
            reason: noted in the history.

        Returns:
            The version that serves now.

        Raises:
            UserError: when it never served, serves already, or its bundle is broken.
        """
        with self._writing():
            served = self.versions()
            entry = self._turned()
            wanted = version or (entry["instead_of"] if entry else None)
            if wanted is None:
                raise UserError(f"{self.folder}: there is no earlier version to roll back to")
            if wanted not in served:
                known = ", ".join(served) or "none"
                raise UserError(f"{wanted}: has never served; versions that have: {known}")
            if wanted == self.serving:
                raise UserError(f"{wanted}: serves already")
            self.bundle(wanted)
            candidates = [e["candidate"] for e in self.history() if e["version"] == wanted]
            self._turn(ROLLED_BACK, wanted, candidates[0], [reason])
        return wanted

    def refuse(self, candidate: str, step: str, reasons: Sequence[str]) -> None:
        """Note why a candidate does not serve; once, however often the run is made again.

        Args:
            candidate: key of what was refused. step: which step did. reasons: why.
        """
        with self._writing():
            last = [e for e in self.history() if e["candidate"] == candidate and e["step"] == step]
            if not last or last[-1]["reasons"] != list(reasons):
                self._append(REFUSED, None, candidate, reasons, step)

    def _turn(self, event: str, version: str, candidate: str, reasons: Sequence[str]) -> None:
        step = "promote" if event == PROMOTED else "rollback"
        self._point_at(self._append(event, version, candidate, reasons, step))

    def _append(
        self, event: str, version: str | None, candidate: str, reasons: Sequence[str], step: str
    ) -> dict[str, Any]:
        entry = {
            "n": len(self.history()) + 1,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "event": event,
            "version": version,
            "instead_of": self.serving,
            "candidate": candidate,
            "step": step,
            "reasons": list(reasons),
        }
        with self._history.open("ab") as file:
            file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return entry

    def _point_at(self, entry: dict[str, Any]) -> None:
        replace_file(self._pointer, to_json({"version": entry["version"], "n": entry["n"]}))

    def _pointed(self) -> dict[str, Any]:
        try:
            pointed: dict[str, Any] = json.loads(self._pointer.read_bytes())
        except FileNotFoundError:
            return {}
        return pointed

    def _turned(self) -> dict[str, Any] | None:
        """The entry that the pointer points at."""
        n = self._pointed().get("n")
        return next((entry for entry in self.history() if entry["n"] == n), None)

    def _left_by_rollback(self, version: str) -> bool:
        left = [e["event"] for e in self.history() if _turns(e) and e["instead_of"] == version]
        return left[-1:] == [ROLLED_BACK]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with locked(self.folder / "lock", WAIT_S, f"{self.folder}: another process writes to it"):
            self._finish_what_was_begun()
            yield

    def _finish_what_was_begun(self) -> None:
        """Cut off half a line, and turn the pointer to where the history says."""
        if self._history.exists():
            content = self._history.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if whole != content:
                replace_file(self._history, whole)
        turns = [entry for entry in self.history() if _turns(entry)]
        if turns and turns[-1]["n"] != self._pointed().get("n"):
            self._point_at(turns[-1])


def _turns(entry: dict[str, Any]) -> bool:
    return entry["event"] in (PROMOTED, ROLLED_BACK)
