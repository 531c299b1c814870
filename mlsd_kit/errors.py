"""Errors whose message is meant for the person at the keyboard."""

from __future__ import annotations

import importlib
from types import ModuleType

EXTRAS = {
    "anywidget": "review",
    "dagster": "pipeline",
    "dask": "cluster",
    "distributed": "cluster",
    "duckdb": "data",
    "faiss": "ann",
    "filelock": "pipeline",
    "fsrs": "review",
    "genanki": "review",
    "jax": "parallel",
    "mlflow": "track",
    "pandera": "data",
    "pooch": "data",
    "pyarrow": "data",
    "lightgbm": "train",
    "optuna": "train",
    "fastapi": "serve",
    "httpx": "serve",
    "onnx": "serve",
    "onnxmltools": "serve",
    "onnxruntime": "serve",
    "prometheus_client": "serve",
    "pythonjsonlogger": "serve",
    "skl2onnx": "serve",
    "uvicorn": "serve",
    "nbval": "test",
    "resvg_py": "design",
    "river": "monitor",
    "xdist": "test",
}
"""Optional module → the extra of ``mlsd-kit`` that installs it."""


class UserError(Exception):
    """Something the user can put right; the message is one line that says what, where and how.

    The command line prints the message without a traceback and exits with code 2.
    """


class MissingExtra(UserError, ImportError):  # noqa: N818
    """An optional package is not installed; the message names the install command."""


def require(module: str) -> ModuleType:
    """Import an optional module, or say which extra installs it.

    Raises:
        MissingExtra: when the module is not installed.

    >>> require("json").dumps([1])
    '[1]'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        root = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != root:
            raise
        extra = EXTRAS.get(root, "all")
        raise MissingExtra(
            f"{root} is not installed; install it with: pip install 'mlsd-kit[{extra}]'"
        ) from None
