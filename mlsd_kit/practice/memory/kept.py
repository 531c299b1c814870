"""Cards kept on disk: to make them takes seconds, to read them none."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import mlsd_kit
from mlsd_kit.practice.memory.card import Card, Source

MOST = 4
"""Sets of files whose cards are kept: a learner's folder, a checkout, and the last ones."""
_CONTENT = ("notebooks/*.ipynb", "case_studies/*/*.ipynb", "case_studies/*/*.yaml")
_PACKAGE = ("**/*.py", "practice/memory/*.yaml")


def kept_cards(roots: Sequence[Path], make: Callable[[], list[Card]]) -> list[Card]:
    """The cards from the user's cache folder, while all that they are made of is as it was.

    Args:
        roots: folders that hold notebooks and cases.
        make: makes the cards where they are not there, or something has changed.
    """
    files = dict(_files(roots))
    stamp = _digest([f"{name} {s.st_mtime_ns} {s.st_size}" for name, s in files.items()])
    path = _folder() / f"{_digest(files)}.json"
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["stamp"] == stamp:
            return [_card(values) for values in kept["cards"]]
    made = make()
    text = json.dumps({"stamp": stamp, "cards": [asdict(card) for card in made]})
    with contextlib.suppress(OSError):  # a cache that cannot be written is done without
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(part, path)
        for old in sorted(path.parent.glob("*.json"), key=_written)[:-MOST]:
            old.unlink(missing_ok=True)
    return made


def _written(path: Path) -> float:
    return path.stat().st_mtime


def _card(values: dict[str, Any]) -> Card:
    source, items = Source(**values["source"]), tuple(values["items"])
    return Card(**{**values, "source": source, "items": items})


def _files(roots: Sequence[Path]) -> Iterator[tuple[str, os.stat_result]]:
    """All files that cards are made of, by names that do not tell where the folders are."""
    package = Path(mlsd_kit.__file__).resolve().parent
    patterns = [(root, _CONTENT) for root in roots] + [(package, _PACKAGE)]
    for number, (folder, wanted) in enumerate(patterns):
        for path in sorted(path for pattern in wanted for path in folder.glob(pattern)):
            with contextlib.suppress(OSError):  # it went away meanwhile
                yield f"{number} {path.relative_to(folder)}", path.stat()


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("mlsd") / "cards"
