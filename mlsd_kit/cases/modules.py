"""Import a Python file of a folder that is no installed package, with its neighbours."""

from __future__ import annotations

import hashlib
import importlib
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from mlsd_kit.errors import UserError


def import_file(path: Path | str) -> ModuleType:
    """The file as a module; it may import files beside it by ``from .neighbour import …``.

    Two folders of the same name are apart, and a file is imported once in a process.

    Raises:
        UserError: when there is no such file, or its name is no module's.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise UserError(f"{path}: there is no such file")
    if path.suffix != ".py" or not path.stem.isidentifier():
        raise UserError(f"{path}: is not a Python module, such as service.py")
    digest = hashlib.sha256(str(path.parent).encode()).hexdigest()[:8]
    package = f"mlsd_case_{path.parent.name}_{digest}"
    if package not in sys.modules:
        spec = importlib.machinery.ModuleSpec(package, None, is_package=True)
        spec.submodule_search_locations = [str(path.parent)]
        sys.modules[package] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"{package}.{path.stem}")
