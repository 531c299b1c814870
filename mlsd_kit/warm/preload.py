"""What the warm server imports before it forks, so that its kernels need not."""

from __future__ import annotations

import ast
import builtins
import contextlib
import functools
import importlib
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace

KERNEL = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "tornado.platform.asyncio",
    "IPython.core.completer", "IPython.core.completerlib", "IPython.core.debugger",
    "IPython.core.logger", "IPython.core.magics", "IPython.core.oinspect",
    "IPython.core.pylabtools", "IPython.extensions.storemagic", "IPython.utils.wildcard",
)  # fmt: skip
USUAL = (
    "numpy", "pandas", "matplotlib.pyplot", "seaborn", "sklearn.linear_model", "sklearn.metrics",
    "scipy.stats", "sklearn.ensemble", "sklearn.model_selection", "sklearn.pipeline",
    "sklearn.compose", "sklearn.impute", "sklearn.dummy",
)  # fmt: skip
KIT = (
    "mlsd_kit.data", "mlsd_kit.models", "mlsd_kit.evaluation", "mlsd_kit.requirements",
    "mlsd_kit.deployment", "mlsd_kit.scaling", "mlsd_kit.workbook", "mlsd_kit.cases",
    "pyarrow.parquet", "pyarrow.pandas_compat", "lightgbm", "optuna", "pandera.pandas",
    "skl2onnx", "onnxmltools", "httpx",
)  # fmt: skip
"""What notebooks that use this package import, here or there."""
COMMAND = ("mlsd_kit.cli", "mlsd_kit.command", "mlsd_kit.workbook.engine", "rich.progress")
"""What `mlsd run` imports."""


def threads() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def wanted_by(notebooks: Iterable[Path]) -> list[str]:
    """The modules that the code cells of the notebooks import, in order.

    What cannot be read or parsed is passed over: it is for the run to complain.
    """
    found: dict[str, None] = {}
    for path in notebooks:
        try:
            cells = json.loads(path.read_text("utf-8"))["cells"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        for cell in cells:
            if cell.get("cell_type") == "code":
                found.update(dict.fromkeys(_imports("".join(cell.get("source", [])))))
    if any(name.partition(".")[0] == "mlsd_kit" for name in found):
        found.update(dict.fromkeys((*USUAL, *KIT)))
    return list(found)


def _imports(source: str) -> Iterator[str]:
    with contextlib.suppress(SyntaxError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


class LeavesThreads(Exception):  # noqa: N818
    """A module started a thread when it was imported: a fork would lose it."""


def preload(names: Iterable[str]) -> None:
    """Import modules; one that is not installed or does not import is left out.

    Raises:
        LeavesThreads: with the name of the first module that does.
    """
    for name in names:
        if name in sys.modules:
            continue
        try:
            with _in_a_kernel():
                importlib.import_module(name)
        except Exception:
            continue
        if threads() > 1:
            raise LeavesThreads(name)


def warm_up() -> None:
    """Use once what is slow at first use, as far as it is imported."""
    if "sklearn.linear_model" in sys.modules:
        _fit()
    if "matplotlib.pyplot" in sys.modules:
        _draw()


@functools.cache
def _fit() -> None:
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(200, 2)), columns=["a", "b"])
    LogisticRegression().fit(frame, frame["a"] > 0).predict_proba(frame)


@functools.cache
def _draw() -> None:
    """A figure that pyplot does not know: it loads fonts and parsers."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.hist([0.1, 0.2, 0.2], label="$x^2$")
    axes.set(title="warm", xlabel="x", ylabel="y")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")


@contextlib.contextmanager
def _in_a_kernel() -> Iterator[None]:
    """Let imports see that they are in a kernel: pandas sets its display by that."""
    shell = SimpleNamespace(kernel=None)
    vars(builtins)["get_ipython"] = lambda: shell
    try:
        yield
    finally:
        del vars(builtins)["get_ipython"]
