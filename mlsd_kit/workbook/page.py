"""An executed notebook as one HTML file that needs no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

from mlsd_kit.workbook.records import MIME, read_records

_TEMPLATES = Path(__file__).parent / "templates"


def html_page(notebook: nbformat.NotebookNode, title: str, facts: dict[str, Any]) -> str:
    """The page: title, run facts, a table of the recorded figures, then the whole notebook.

    Args:
        notebook: executed.
        title: of the page.
        facts: shown under the title, such as the parameters and the date.
    """
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="mlsd",
        extra_template_basedirs=[str(_TEMPLATES)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        embed_images=True,
    )
    resources = {
        "mlsd": {"title": title, "facts": facts, "records": read_records(notebook)},
        "metadata": {"name": title},
    }
    body, _ = exporter.from_notebook_node(_without_records(notebook), resources=resources)
    return str(body)


def _without_records(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy whose recorded figures are plain text: HTML has no use for their media type."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(MIME, None)
    return copy
