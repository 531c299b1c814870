"""Fingerprints of data, settings and code: equal ones mean that a step need not run again."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ("lightgbm", "numpy", "onnxruntime", "pandas", "pyarrow", "scikit-learn", "skl2onnx")
"""Packages that a step's result hangs on besides the kit's own code."""


def value_digest(value: Any) -> str:
    """The first 16 digits of the SHA-256 of a plain value.

    >>> value_digest({"a": 1, "b": 2}) == value_digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(folder: Path) -> str:
    """The digest of a folder: the names and contents of its files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return value_digest({str(path.relative_to(folder)): file_digest(path) for path in files})


def code_digest(modules: Iterable[str]) -> str:
    """The digest of the source of modules, of packages whole, and of the libraries' versions.

    Args:
        modules: dotted names.

    Raises:
        ValueError: for a module that has no source file.
    """
    sources = {str(path): file_digest(path) for name in modules for path in _sources(name)}
    code = sorted(sources.values())
    return value_digest({"code": code, "libraries": {name: version(name) for name in LIBRARIES}})


def _sources(module: str) -> list[Path]:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ValueError(f"{module}: is no module with a source")
    if spec.submodule_search_locations:
        return sorted(Path(spec.origin).parent.rglob("*.py"))
    return [Path(spec.origin)]
