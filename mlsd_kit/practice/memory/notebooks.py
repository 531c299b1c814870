"""Reading the cells of a notebook, as the sources of cards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlsd_kit.errors import UserError
from mlsd_kit.practice.memory.card import Source


def notebook_cells(path: Path) -> list[dict[str, Any]]:
    """The cells, each with its source as one text.

    Raises:
        UserError: for a notebook that cannot be read.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [
            cell | {"source": "".join(cell["source"]), "id": cell.get("id", str(number))}
            for number, cell in enumerate(cells)
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not a readable notebook ({error})") from None


def source_of(path: Path, cell: str) -> Source:
    """A cell as the source of a card."""
    parts = path.parts
    top = len(parts) - (3 if parts[-3] == "case_studies" else 2)
    return Source(Path(*parts[top:]).as_posix(), cell=cell)
