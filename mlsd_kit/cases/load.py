"""From a ``case.yaml`` to a validated `Spec`, or one line for each mistake."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlsd_kit.cases.schema import Spec
from mlsd_kit.documents import KeyPath, read, validated
from mlsd_kit.errors import UserError


class CaseError(UserError):
    """A ``case.yaml`` with mistakes: one line each, with file, line and key."""


def load_spec(path: Path) -> Spec:
    """Read and validate a ``case.yaml``.

    Raises:
        CaseError: one line for each mistake: file, line, key, what is wrong, what would be right.
    """
    document = read(path)

    def across(spec: Spec) -> Iterator[tuple[KeyPath, str]]:
        yield from _formulas(spec)
        for prefix, entries in _with_ids(spec).items():
            first: dict[str, int] = {}
            for index, entry in enumerate(entries):
                keys = (*prefix, index, "id")
                if entry.id in first:
                    yield keys, f"{entry.id!r} again; it is on line {first[entry.id]}"
                first.setdefault(entry.id, document.line(keys))

    return validated(document, Spec, CaseError, across)


def _formulas(spec: Spec) -> Iterator[tuple[KeyPath, str]]:
    """Estimates whose formula uses what is not there, or does not give the unit."""
    for index, estimate in enumerate(spec.estimates):
        keys: KeyPath = ("estimates", index, "formula")
        unknown = sorted(estimate.names - set(spec.scale))
        for name in unknown:
            nearest = difflib.get_close_matches(name, spec.scale, n=1, cutoff=0)
            hint = f"the nearest is {nearest[0]!r}" if nearest else "there are none"
            yield keys, f"{name!r} is not under 'scale'; {hint}"
        if not unknown:
            try:
                estimate.value(spec.scale)
            except UserError as error:
                yield keys, str(error)


def _with_ids(spec: Spec) -> dict[KeyPath, list[Any]]:
    """The lists whose entries need ids that differ."""
    return {
        ("facts",): list(spec.facts),
        ("estimates",): list(spec.estimates),
        **{("rubric", stage): list(rubric) for stage, rubric in spec.rubric.items()},
    }
