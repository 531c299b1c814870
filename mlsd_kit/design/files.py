"""The designs of a case: ``design.yaml`` with the reference and flawed ones made from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from mlsd_kit.design.design import Design, DesignError
from mlsd_kit.design.schema import Name, Part, Several, Text
from mlsd_kit.documents import KeyPath, read, validated


class Flawed(Part):
    """A design made worse on purpose: changes to the reference, and the rules that it breaks."""

    title: Text
    story: Text
    change: Annotated[dict[str, Any], Field(min_length=1)]
    flaws: Annotated[Several[Name], Field(min_length=1)]


class DesignFile(Part):
    """A case's ``design.yaml``."""

    reference: Design
    flawed: dict[Name, Flawed] = Field(default_factory=dict)


def load_designs(path: Path | str) -> dict[str, Design]:
    """Read the designs of a file: the ``reference`` and the flawed ones by name.

    A file with a single design, whose keys are at the top, gives that one, named ``design``.

    Raises:
        DesignError: one line for each mistake, with file, line and key.
    """
    document = read(Path(path))
    if "reference" not in document.data and "flawed" not in document.data:
        return {"design": Design.from_document(document)}
    file = validated(document, DesignFile, DesignError, _changes)
    designs = {"reference": file.reference}
    return designs | {name: _made(file.reference, flawed) for name, flawed in file.flawed.items()}


def load_flaws(path: Path | str) -> dict[str, tuple[str, ...]]:
    """Give the rules that each flawed design of a case breaks, by the design's name.

    Raises:
        DesignError: as `load_designs`.
    """
    file = validated(read(Path(path)), DesignFile, DesignError, _changes)
    return {name: flawed.flaws for name, flawed in file.flawed.items()}


def _made(reference: Design, flawed: Flawed) -> Design:
    told = {"title": flawed.title, "story": flawed.story}
    return reference.change({**flawed.change, **told})


def _changes(file: DesignFile) -> Iterator[tuple[KeyPath, str]]:
    for name, flawed in file.flawed.items():
        try:
            _made(file.reference, flawed)
        except DesignError as error:
            yield _culprit(file.reference, name, flawed) or (
                ("flawed", name, "change"),
                str(error).splitlines()[0],
            )


def _culprit(reference: Design, name: str, flawed: Flawed) -> tuple[KeyPath, str] | None:
    """Find the first change that fails by itself, of changes that fail together."""
    for path, value in flawed.change.items():
        try:
            reference.change({path: value})
        except DesignError as error:
            return ("flawed", name, "change", path), str(error).splitlines()[0]
    return None
