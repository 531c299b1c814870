"""A papermill engine that tells which cell is running."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.log import logger

from mlsd_kit import framework
from mlsd_kit.warm import WarmKernelManager

ENGINE = "mlsd"
OnCell = Callable[[int, bool], None]
"""Called with a cell's position when it starts (False) and when it is done (True)."""


class ProgressEngine(Engine):
    """Papermill's client, with a call at the start and the end of each cell."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        on_cell: OnCell | None = None,
        kernel_log: Path | None = None,
        start_timeout: int = 60,
        **_: Any,
    ) -> Any:
        """Run the notebook, calling ``on_cell`` for each of its cells.

        What the kernel's process itself prints, outside any cell, goes to ``kernel_log``.
        """
        if on_cell is not None:
            nb_man.cell_start = _then(nb_man.cell_start, on_cell, False)
            nb_man.cell_complete = _then(nb_man.cell_complete, on_cell, True)
        warm = {"kernel_manager_class": WarmKernelManager} if sys.platform == "linux" else {}
        client = PapermillNotebookClient(
            nb_man,
            kernel_name=kernel_name,
            startup_timeout=start_timeout,
            timeout=None,
            log=logger,
            **warm,
        )
        with open(kernel_log or os.devnull, "ab") as log:
            return client.execute(stdout=log, stderr=log)


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
