"""Reading the figures that a notebook recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import nbformat

MIME = "application/vnd.mlsd.record+json"


def read_records(notebook: nbformat.NotebookNode) -> dict[str, dict[str, Any]]:
    """The figures in an executed notebook: name → ``value``, ``unit``; the last of a name wins."""
    found: dict[str, dict[str, Any]] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            payload = output.get("data", {}).get(MIME)
            if isinstance(payload, dict) and {"name", "value"} <= payload.keys():
                found[payload["name"]] = {
                    "value": payload["value"],
                    "unit": payload.get("unit", ""),
                }
    return found
