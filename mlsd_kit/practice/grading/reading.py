"""Where an item of the framework is taught: the lesson's cell, as a link."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nbformat

from mlsd_kit import framework
from mlsd_kit.content import workspace
from mlsd_kit.coverage import find_notebooks


@dataclass(frozen=True)
class Reading:
    """A place to read about an item."""

    item: str
    title: str
    """Of the item."""
    notebook: Path
    heading: str
    """Heading above the first cell that shows the item."""

    @property
    def anchor(self) -> str:
        """The heading as JupyterLab's links want it."""
        return self.heading.replace(" ", "-")

    def link(self, start: Path) -> str:
        """A relative link from a folder, which JupyterLab and a browser follow."""
        path = Path(os.path.relpath(self.notebook, start))
        return f"{path.as_posix()}#{self.anchor}"


def readings(items: Iterable[str]) -> list[Reading]:
    """Where the items are taught, lessons only, in the order given."""
    where = _taught(workspace())
    return [where[item] for item in dict.fromkeys(items) if item in where]


@lru_cache(maxsize=4)
def _taught(root: Path) -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    for name, path in find_notebooks().items():
        if "/" in name:
            continue
        heading = ""
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                lines = [line for line in cell.source.splitlines() if line.startswith("#")]
                heading = lines[-1].lstrip("# ").strip() if lines else heading
            for tag in cell.metadata.get("tags", []):
                if tag in framework.ITEMS and tag not in found:
                    title = framework.ITEMS[tag].title
                    found[tag] = Reading(tag, title, path.resolve(), heading)
    return found
