"""Runs that need not be made again, and why others do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlsd_kit.workbook.folder import is_whole
from mlsd_kit.workbook.prepare import Prepared

MANY = 4
"""So many changed inputs are named; of more, the number is told."""


class Cache:
    """What the run store holds, read once for each notebook."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self._facts: dict[str, list[tuple[Path, dict[str, Any]]]] = {}
        self._inputs: dict[tuple[Path, tuple[Path, ...]], dict[str, str]] = {}

    def inputs(self, prepared: Prepared) -> dict[str, str]:
        """The run's inputs; the same for all runs of a notebook with the same data files."""
        key = (prepared.path, prepared.data)
        if key not in self._inputs:
            self._inputs[key] = prepared.inputs()
        return self._inputs[key]

    def find(self, prepared: Prepared) -> Path | None:
        """The folder of the newest finished run with the same inputs and parameters."""
        inputs = self.inputs(prepared)
        for folder, facts in self._past(prepared.name):
            same = facts.get("parameters") == prepared.values and facts.get("inputs") == inputs
            if same and facts.get("status") == "finished" and is_whole(folder):
                return folder
        return None

    def explain(self, prepared: Prepared) -> str:
        """Why a run would be made, or would not."""
        if found := self.find(prepared):
            return f"not run: nothing has changed since run {found.name}"
        alike = [
            (folder, facts)
            for folder, facts in self._past(prepared.name)
            if facts.get("parameters") == prepared.values
        ]
        for folder, facts in alike:
            if facts.get("status") == "finished":
                changed = _changed(facts.get("inputs") or {}, self.inputs(prepared))
                what = f"changed since run {folder.name}: {changed}"
                return f"run: {what}" if changed else f"run: files of run {folder.name} are damaged"
        if alike:
            return f"run: run {alike[0][0].name} is {alike[0][1].get('status')}"
        return "run: there is no run with these parameters"

    def seconds(self, name: str) -> list[float]:
        """How long finished runs of a notebook took, the newest first."""
        return [f["seconds"] for _, f in self._past(name) if f.get("status") == "finished"]

    def peak_mb(self, name: str) -> float | None:
        """The most memory that a kernel of this notebook took."""
        return max((f.get("peak_mb") or 0.0 for _, f in self._past(name)), default=0.0) or None

    def _past(self, name: str) -> list[tuple[Path, dict[str, Any]]]:
        if name not in self._facts:
            found = []
            for path in sorted((self.output / name).glob("[!.]*/run.json"), reverse=True):
                try:
                    facts = json.loads(path.read_text(encoding="utf-8"))
                except (OSError, ValueError):
                    continue
                if isinstance(facts, dict):
                    found.append((path.parent, facts))
            self._facts[name] = found
        return self._facts[name]


def _changed(old: dict[str, str], new: dict[str, str]) -> str:
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return ", ".join(names[:MANY]) + more
