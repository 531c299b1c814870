"""Starting quickly: libraries that others import only on the chance that they are wanted."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def without(module: str) -> Iterator[None]:
    """Import libraries as if an optional module, unless it is there already, were not installed."""
    absent = module not in sys.modules
    if absent:
        sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if absent and sys.modules.get(module, "") is None:
            del sys.modules[module]


def later(package: str, names: dict[str, str], name: str) -> Any:
    """For a package's ``__getattr__``: a name that is imported on first use.

    Args:
        package: its ``__name__``.
        names: public name → the module of the package that has it.
        name: what is asked for.
    """
    if name not in names:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{package}.{names[name]}"), name)
