"""Which notebook cells and cases cover each item of the framework, and what is not covered yet."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pandas as pd

from mlsd_kit import framework
from mlsd_kit.cases import Case
from mlsd_kit.content import roots
from mlsd_kit.errors import UserError

_ITEM_TAG = re.compile(r"[A-Z]\d+")


@dataclass
class Cover:
    """Where one item is covered."""

    cells: dict[str, list[int]] = field(default_factory=dict)
    """Notebook → numbers of the cells (counted from 1) that are tagged with the item."""
    cases: list[str] = field(default_factory=list)
    """Cases whose facts, estimates or rubric name the item."""


def find_notebooks() -> dict[str, Path]:
    """Every notebook of the lessons and cases by a short name, a learner's copy first."""
    found: dict[str, Path] = {}
    for root in roots():
        for path in sorted((root / "notebooks").glob("*.ipynb")):
            found.setdefault(path.stem, path)
        for path in sorted((root / "case_studies").glob("*/*.ipynb")):
            found.setdefault(f"{path.parent.name}/{path.stem}", path)
    return found


def cell_items(notebook: Path) -> dict[int, list[str]]:
    """Cell number (counted from 1) → the items that its tags name.

    Raises:
        UserError: for a notebook that cannot be read, or a tag that looks like an item and is none.
    """
    try:
        cells = nbformat.read(notebook, as_version=4).cells
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        reason = " ".join(str(error).split())[:100]
        raise UserError(f"{notebook}: not a readable notebook ({reason})") from None
    items: dict[int, list[str]] = {}
    for number, cell in enumerate(cells, start=1):
        for tag in cell.metadata.get("tags", []):
            if _ITEM_TAG.fullmatch(tag):
                try:
                    items.setdefault(number, []).append(framework.item(tag).id)
                except UserError as error:
                    raise UserError(f"{notebook}: cell {number}: {error}") from None
    return items


def coverage(notebooks: dict[str, Path], cases: list[Case]) -> dict[str, Cover]:
    """Item id → where it is covered, for every item of the framework.

    Raises:
        UserError: for a tag that looks like an item's id and is none.
    """
    covers = {id: Cover() for id in framework.ITEMS}
    for name, path in notebooks.items():
        for number, ids in cell_items(path).items():
            for id in ids:
                covers[id].cells.setdefault(name, []).append(number)
    for case in cases:
        for id in _case_items(case):
            covers[id].cases.append(case.slug)
    return covers


def _case_items(case: Case) -> list[str]:
    named = [fact.items for fact in case.spec.facts]
    named += [estimate.items for estimate in case.spec.estimates]
    named += [entry.items for stage in case.spec.rubric.values() for entry in stage]
    return sorted({id for items in named for id in items})


def coverage_table(covers: dict[str, Cover]) -> pd.DataFrame:
    """One row an item: stage, title, covering cells as text, cases, and whether a cell shows it."""
    rows = []
    for id, cover in covers.items():
        item = framework.ITEMS[id]
        cells = "; ".join(
            f"{name} [{', '.join(map(str, numbers))}]" for name, numbers in cover.cells.items()
        )
        rows.append(
            {
                "id": id,
                "stage": item.stage,
                "item": item.title,
                "cells": cells,
                "cases": ", ".join(cover.cases),
                "covered": bool(cells),
            }
        )
    return pd.DataFrame(rows).set_index("id")
