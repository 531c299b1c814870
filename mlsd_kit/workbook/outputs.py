"""Renewing the outputs that are committed with a notebook."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path

import nbformat

from mlsd_kit.errors import UserError
from mlsd_kit.workbook.parameters import read_notebook

WIDGET = "application/vnd.jupyter.widget-view+json"
"""Names a widget of a kernel that is gone; what stands beside it shows without one."""
COLOURS = 64
"""A plot has few colours: with a palette of so many its PNG is a third of the size."""


def renew_outputs(path: Path) -> None:
    """Execute a notebook in place, without times, and with its pictures in palette colours.

    Raises:
        UserError: when a cell fails; the file is then as it was.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    from mlsd_kit.practice.learner import mark_for_nbgrader

    notebook = read_notebook(path)
    client = NotebookClient(
        notebook,
        timeout=None,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": path.parent}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise UserError(f"{path}: {error.ename}: {error.evalue}") from None
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop(WIDGET, None)
            if "image/png" in data:
                data["image/png"] = _smaller(data["image/png"])
    mark_for_nbgrader(notebook)
    draft = path.with_suffix(".draft")
    nbformat.write(notebook, draft)
    os.replace(draft, path)


def _smaller(png: str) -> str:
    """The picture, base64 in and out, on white and with a palette."""
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA")
    page = Image.new("RGBA", picture.size, "white")
    page.alpha_composite(picture)
    buffer = io.BytesIO()
    page.convert("RGB").quantize(COLOURS).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()
