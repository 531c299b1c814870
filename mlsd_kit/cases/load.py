"""From a ``case.yaml`` to a validated `Spec`, or one line for each mistake."""

from __future__ import annotations

import difflib
import typing
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mlsd_kit.cases.schema import Spec
from mlsd_kit.cases.yaml_lines import Document, KeyPath, read
from mlsd_kit.errors import UserError


class CaseError(UserError):
    """A ``case.yaml`` with mistakes: one line each, with file, line and key."""


def load_spec(path: Path) -> Spec:
    """Read and validate a ``case.yaml``.

    Raises:
        CaseError: one line for each mistake: file, line, key, what is wrong, what would be right.
    """
    document = read(path)
    try:
        spec = Spec.model_validate(document.data)
    except ValidationError as error:
        details = error.errors()
        misspelt = {_nearest(_keys(d)) for d in details if d["type"] == "extra_forbidden"}
        problems = [
            _problem(document, dict(detail))
            for detail in details
            if not (detail["type"] == "missing" and _keys(detail) in misspelt)
        ]
    else:
        problems = _across_keys(document, spec)
        if not problems:
            return spec
    raise CaseError("\n".join(dict.fromkeys(line for _, line in sorted(problems))))


def _keys(detail: Any) -> KeyPath:
    return tuple(key for key in detail["loc"] if key != "[key]")


def _nearest(keys: KeyPath) -> KeyPath:
    """The valid key that was probably meant."""
    valid = _valid_keys(keys[:-1])
    return (*keys[:-1], difflib.get_close_matches(str(keys[-1]), valid, n=1, cutoff=0)[0])


def _line(document: Document, keys: KeyPath, message: str) -> tuple[int, str]:
    number = document.line(keys)
    name = ".".join(str(key) for key in keys) or "top"
    return number, f"{document.path}:{number}: {name}: {message}"


def _problem(document: Document, error: dict[str, Any]) -> tuple[int, str]:
    keys = _keys(error)
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        message = f"unknown key; the nearest valid key is {_nearest(keys)[-1]!r}"
    elif kind == "missing":
        message = f"is missing; add '{keys[-1]}: …'"
    elif kind in _EXPECTED:
        message = f"expected {_EXPECTED[kind]}, got {_shown(given)}"
    elif kind == "literal_error":
        wrong = "unknown key;" if "[key]" in error["loc"] else f"{_shown(given)} is not valid;"
        message = f"{wrong} expected {error['ctx']['expected']}"
    elif kind == "value_error":
        message = str(error["ctx"]["error"])
    else:
        message = f"{error['msg'][0].lower()}{error['msg'][1:]}, got {_shown(given)}"
    return _line(document, keys, message)


_EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list ('- …')",
    "too_short": "a list with at least one entry",
    "dict_type": "keys with values",
    "model_type": "keys with values",
}


def _shown(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 40 else f"{text[:37]}…"


def _valid_keys(keys: KeyPath) -> list[str]:
    """The valid keys of the mapping that stands at a path of the document."""
    kind: Any = Spec
    for key in keys:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = typing.get_type_hints(kind, include_extras=False)[str(key)]
        else:
            kind = typing.get_args(kind)[-1]
    return list(kind.model_fields)


def _across_keys(document: Document, spec: Spec) -> list[tuple[int, str]]:
    """Mistakes that only show when several keys are looked at together."""
    problems = []
    for index, estimate in enumerate(spec.estimates):
        keys: KeyPath = ("estimates", index, "formula")
        unknown = sorted(estimate.names - set(spec.scale))
        for name in unknown:
            nearest = difflib.get_close_matches(name, spec.scale, n=1, cutoff=0)
            hint = f"the nearest is {nearest[0]!r}" if nearest else "there are none"
            problems.append(_line(document, keys, f"{name!r} is not under 'scale'; {hint}"))
        if not unknown:
            try:
                estimate.value(spec.scale)
            except UserError as error:
                problems.append(_line(document, keys, str(error)))
    lists: dict[KeyPath, Any] = {
        ("facts",): spec.facts,
        ("estimates",): spec.estimates,
        **{("rubric", stage): rubric for stage, rubric in spec.rubric.items()},
    }
    for prefix, entries in lists.items():
        first: dict[str, int] = {}
        for index, entry in enumerate(entries):
            keys = (*prefix, index, "id")
            if entry.id in first:
                message = f"{entry.id!r} again; it is on line {first[entry.id]}"
                problems.append(_line(document, keys, message))
            first.setdefault(entry.id, document.line(keys))
    return problems
