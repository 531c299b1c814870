"""A papermill engine that tells which cell is running."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
from papermill.engines import NBClientEngine, papermill_engines

from mlsd_kit import framework

ENGINE = "mlsd"
OnCell = Callable[[int, bool], None]
"""Called with a cell's position when it starts (False) and when it is done (True)."""


class ProgressEngine(NBClientEngine):
    """Papermill's own engine, with a call at the start and the end of each cell."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, on_cell: OnCell | None = None, **kwargs: Any
    ) -> Any:
        """Run the notebook, calling ``on_cell`` for each of its cells."""
        if on_cell is not None:
            nb_man.cell_start = _then(nb_man.cell_start, on_cell, False)
            nb_man.cell_complete = _then(nb_man.cell_complete, on_cell, True)
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)


def _then(method: Callable[..., Any], on_cell: OnCell, done: bool) -> Callable[..., Any]:
    def call(cell: Any, cell_index: int, **kwargs: Any) -> Any:
        result = method(cell, cell_index, **kwargs)
        on_cell(cell_index, done)
        return result

    return call


papermill_engines.register(ENGINE, ProgressEngine)


def cell_stages(notebook: nbformat.NotebookNode) -> list[str]:
    """The stage of each cell: a cell tagged ``stage:data`` opens it; ``start`` before the first."""
    stage, stages = "start", []
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("stage:"):
                stage = framework.stage(tag.removeprefix("stage:")).name
        stages.append(stage)
    return stages
