"""From what a user names to what is run: the notebook, checked parameters, and its inputs."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import mlsd_kit
from mlsd_kit.cases import discover, find_case, load_case
from mlsd_kit.workbook.parameters import (
    Parameter,
    check_parameters,
    nbformat,
    read_notebook,
    read_parameters,
)

WALKTHROUGH = "walkthrough.ipynb"
_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Prepared:
    """A notebook with checked parameters, ready to run."""

    name: str
    path: Path
    case: Path | None
    """The case's folder, if it is a case's notebook."""
    notebook: nbformat.NotebookNode
    given: dict[str, Any]
    """The parameters that differ from the notebook's own, by being set by the user or the case."""
    values: dict[str, Any]
    """All parameters."""
    data: tuple[Path, ...] = ()
    """Files that parameters name."""

    def check(self) -> None:
        """Validate the case, and ask it whether it can run with these parameters.

        Raises:
            UserError: one line for each thing that is wrong.
        """
        if self.case:
            load_case(self.case).check_run(self.values)

    def inputs(self) -> dict[str, str]:
        """What the result depends on, each with a digest: name of the input → digest."""
        found = {"notebook": _code(self.notebook), **_installed()}
        for path in self.folder_files():
            found[path.relative_to(self.path.parent).as_posix()] = _file_digest(path)
        for path in self.data:
            status = path.stat()
            found[str(path)] = _digest((status.st_size, status.st_mtime_ns))
        if self.case or "mlsd_kit" in json.dumps([cell.source for cell in self.notebook.cells]):
            found["mlsd_kit"] = kit_digest()
            if not self.case:
                found["cases"] = _cases_digest(tuple(discover().values()))
        return found

    def folder_files(self) -> list[Path]:
        """What travels with the notebook: its case's folder, or the Python files beside it."""
        folder = self.path.parent
        return _travels(folder, folder.rglob("*") if self.case else folder.glob("*.py"))


def _travels(folder: Path, files: Iterable[Path]) -> list[Path]:
    """Those of a folder's files that are neither notebooks nor made by a run."""
    return sorted(
        path
        for path in files
        if path.is_file()
        and path.suffix != ".ipynb"
        and not _SKIPPED.intersection(path.relative_to(folder).parts)
    )


def find_notebook(target: str) -> tuple[str, Path, Path | None]:
    """A case by name, or any notebook by path: its name, the file, and the case's folder if any.

    Raises:
        UserError: when there is neither.
    """
    path = Path(target).expanduser()
    folder = path.resolve().parent
    if path.suffix != ".ipynb":
        folder = find_case(target).resolve()
    elif path.name != WALKTHROUGH or not (folder / "case.yaml").is_file():
        return path.stem, path.resolve(), None
    return folder.name, folder / WALKTHROUGH, folder


class Preparer:
    """Prepares many runs; each notebook is read once."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[Any, ...]] = {}

    def __call__(self, target: str, parameters: Mapping[str, Any] | None = None) -> Prepared:
        """Find the notebook and check the parameters.

        Raises:
            UserError: one line for each thing that is wrong.
        """
        if target not in self._read:
            name, path, case = find_notebook(target)
            notebook = read_notebook(path)
            self._read[target] = name, path, case, notebook, read_parameters(notebook)
        name, path, case, notebook, declared = self._read[target]
        asked, data = _absolute(parameters or {}, declared)
        defaults = _case_parameters(case) if case else {}
        given = check_parameters(declared, {**defaults, **asked})
        values = {p.name: p.default for p in declared.values()} | given
        return Prepared(name, path, case, notebook, given, values, data)


def _case_parameters(folder: Path) -> dict[str, Any]:
    """The parameters that a case sets; whether all else in it is right, `Prepared.check` says."""
    try:
        spec = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))
        return dict(spec.get("parameters") or {})
    except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError):
        return load_case(folder).spec.parameters


def _absolute(
    parameters: Mapping[str, Any], declared: Mapping[str, Parameter]
) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Parameters with file names made absolute, and the files that they name."""
    found, files = dict(parameters), []
    for name, value in parameters.items():
        if name in declared and name.endswith("_path") and isinstance(value, str):
            path = Path(value).resolve()
            if path.is_file():
                found[name] = str(path)
                files.append(path)
    return found, tuple(files)


def _code(notebook: nbformat.NotebookNode) -> str:
    """Digest of what a notebook says and does, without its outputs."""
    cells = [(c.cell_type, c.source, sorted(c.metadata.get("tags", []))) for c in notebook.cells]
    return _digest((cells, notebook.metadata.get("kernelspec", {}).get("name")))


@functools.cache
def kit_digest() -> str:
    """Digest of this package's own files."""
    root = Path(mlsd_kit.__file__).parent
    files = [*root.rglob("*.py"), *root.rglob("*.yaml")]
    return _digest([(str(p.relative_to(root)), p.read_bytes()) for p in sorted(files)])


@functools.cache
def _cases_digest(folders: tuple[Path, ...]) -> str:
    """Digest of all cases' files but notebooks: a lesson may load any of them."""
    files = [path for folder in folders for path in _travels(folder, folder.rglob("*"))]
    return _digest([(str(path), _file_digest(path)) for path in files])


@functools.cache
def _installed() -> dict[str, str]:
    """Digests of the interpreter and of the installed packages with their versions."""
    site = Path(sysconfig.get_path("purelib"))
    names = sorted(path.name for path in site.glob("*.dist-info"))
    return {"Python": platform.python_version(), "installed packages": _digest(names)}


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _digest(parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
