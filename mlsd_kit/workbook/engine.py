"""A papermill engine with warm kernels, time limits, and word of which cell is running."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
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
LEAST_S = 0.05


@dataclass
class Execution:
    """What the engine is asked for, and what it finds out."""

    cwd: Path
    on_cell: OnCell
    kernel_log: Path
    env: dict[str, str] = field(default_factory=dict)
    cell_limit: float | None = None
    run_limit: float | None = None
    cold: bool = False
    slot: Callable[[], AbstractContextManager[Any]] = nullcontext
    """Held while cells run: of so many notebooks others may start and end kernels."""
    notebook: nbformat.NotebookNode | None = None
    """As far as it came; its outputs grow while it runs."""
    waited_s: float = 0.0
    """How long the kernel was ready and waited for its slot."""
    running: int | None = None
    """The position of the cell that runs."""
    manager: Any = None

    @property
    def pid(self) -> int | None:
        """The kernel's process, once it is there."""
        return getattr(getattr(self.manager, "provisioner", None), "pid", None)

    @property
    def exit_code(self) -> int | None:
        """The kernel's exit code, if it ended by itself and that is known."""
        return getattr(getattr(self.manager, "provisioner", None), "exit_code", None)

    @property
    def server_lost(self) -> bool:
        """Whether the kernel ended because the warm server did."""
        return bool(getattr(getattr(self.manager, "provisioner", None), "server_lost", False))


class _Client(PapermillNotebookClient):
    """Papermill's client that starts a kernel early and runs cells when it is let."""

    execution: Execution

    def papermill_execute_cells(self) -> None:
        ready = time.monotonic()
        with self.execution.slot():
            self.execution.waited_s = time.monotonic() - ready
            super().papermill_execute_cells()


class WarmEngine(Engine):
    """Papermill's client, over warm kernels where there are some."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        execution: Execution,
        start_timeout: int = 60,
        **_: Any,
    ) -> Any:
        """Run the notebook; what the kernel's process itself prints goes to the kernel log."""
        execution.notebook = nb_man.nb
        nb_man.cell_start = _then(nb_man.cell_start, execution, False)
        nb_man.cell_complete = _then(nb_man.cell_complete, execution, True)
        cold = execution.cold or sys.platform != "linux"
        warm = {} if cold else {"kernel_manager_class": WarmKernelManager}
        client = _Client(
            nb_man,
            kernel_name=kernel_name,
            startup_timeout=start_timeout,
            timeout_func=_limits(execution),
            shutdown_kernel="graceful" if cold else "immediate",
            log=logger,
            **warm,
        )
        client.execution = execution
        execution.manager = client.create_kernel_manager()
        with execution.kernel_log.open("ab") as log:
            env = {**os.environ, **execution.env}
            return client.execute(cwd=str(execution.cwd), env=env, stdout=log, stderr=log)


def _limits(execution: Execution) -> Callable[[Any], float | None]:
    """How long a cell may take: its own limit, and what is left of the run's."""
    began: float | None = None

    def seconds(_: Any) -> float | None:
        nonlocal began
        began = began or time.monotonic()
        left = [execution.cell_limit] if execution.cell_limit else []
        if execution.run_limit:
            left.append(max(LEAST_S, began + execution.run_limit - time.monotonic()))
        return min(left, default=None)

    return seconds


def _then(method: Callable[..., Any], execution: Execution, done: bool) -> Callable[..., Any]:
    def call(cell: Any, cell_index: int, **kwargs: Any) -> Any:
        if not done:
            execution.running = cell_index
        result = method(cell, cell_index, **kwargs)
        execution.on_cell(cell_index, done)
        return result

    return call


papermill_engines.register(ENGINE, WarmEngine)


def cell_stages(notebook: nbformat.NotebookNode) -> list[str]:
    """The stage of each cell: a cell tagged ``stage:data`` opens it; ``start`` before the first."""
    stage, stages = "start", []
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("stage:"):
                stage = framework.stage(tag.removeprefix("stage:")).name
        stages.append(stage)
    return stages
