"""Where cases and notebooks are: those that came with the package, and a learner's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mlsd_kit.errors import UserError

FOLDERS = ("case_studies", "notebooks")
PACKAGED = Path(__file__).resolve().parent / "content"
_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}


def content_root() -> Path:
    """The folder that holds the package's own ``case_studies`` and ``notebooks``.

    In an installed wheel they are inside the package, in a source checkout beside it.
    """
    return PACKAGED if PACKAGED.is_dir() else PACKAGED.parent.parent


def workspace(start: Path | None = None) -> Path:
    """The learner's folder, where runs and new cases go.

    The nearest folder upwards that contains ``case_studies/<slug>/case.yaml``; without one the
    source checkout, or the current directory where the package is installed from a wheel.

    Args:
        start: where to begin, the current directory by default.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if next((folder / "case_studies").glob("*/case.yaml"), None):
            return folder
    return start if PACKAGED.is_dir() else content_root()


def roots() -> list[Path]:
    """Where content is looked for: the learner's folder first, then the package's own."""
    return list(dict.fromkeys((workspace(), content_root())))


@dataclass(frozen=True)
class Copied:
    """What `init` did: relative paths that it added, and those that it left as they were."""

    folder: Path
    added: list[Path]
    unchanged: list[Path]
    kept: list[Path]
    """Files that differ from the package's; the learner's were left alone."""


def init(folder: Path, render: Callable[[Path], bytes] = Path.read_bytes) -> Copied:
    """Copy the cases and notebooks to a learner's own folder, never over a file that is there.

    Called again after an upgrade it adds what is new. Each file appears whole.

    Args:
        folder: where to.
        render: makes what is written from a file of the package.

    Raises:
        UserError: when the folder is a file or lies inside the package's own content.
    """
    root = content_root()
    folder = folder.expanduser().resolve()
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; name a folder to copy the cases into")
    if any((root / name).resolve() in (folder, *folder.parents) for name in FOLDERS):
        raise UserError(f"{folder}: is part of the package; name a folder outside it")
    if folder == root:
        raise UserError(f"{folder}: already holds the package's own cases; name another folder")
    added, unchanged, kept = [], [], []
    for source in _files(root):
        relative = source.relative_to(root)
        target = folder / relative
        content = render(source)
        if not target.exists():
            _write_whole(target, content)
            added.append(relative)
        elif target.read_bytes() == content:
            unchanged.append(relative)
        else:
            kept.append(relative)
    return Copied(folder, added, unchanged, kept)


def _files(root: Path) -> Iterator[Path]:
    for name in FOLDERS:
        for path in sorted((root / name).rglob("*")):
            if path.is_file() and not _SKIPPED.intersection(path.relative_to(root).parts):
                yield path


def _write_whole(target: Path, content: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        raise UserError(f"{target}: cannot be written ({error.strerror})") from None
