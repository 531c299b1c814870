"""From a document to a validated model, or one line for each mistake: file, line, key."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mlsd_kit.documents.lines import Document, KeyPath
from mlsd_kit.errors import UserError

M = TypeVar("M", bound=BaseModel)
Mistake = tuple[KeyPath, str]


class Mistakes(ValueError):  # noqa: N818
    """Several mistakes found by one validator, each at its key below what it validates."""

    def __init__(self, found: Iterable[Mistake]) -> None:
        self.found = list(found)
        super().__init__("; ".join(f"{_dotted(keys)}: {message}" for keys, message in self.found))


def validated(
    document: Document,
    model: type[M],
    error: type[UserError] = UserError,
    across: Callable[[M], Iterable[Mistake]] = lambda made: (),
) -> M:
    """Validate a document.

    Args:
        document: what was read.
        model: what it should be.
        error: what to raise.
        across: gives mistakes that only show when several keys are looked at together.

    Raises:
        UserError: of the given kind: one line for each mistake, with file, line and key, what is
            wrong and what would be right.
    """
    try:
        made = model.model_validate(document.data)
    except ValidationError as refused:
        problems = mistakes(refused, model)
    else:
        problems = list(across(made))
        if not problems:
            return made
    told = sorted((document.line(keys), _dotted(keys), message) for keys, message in problems)
    lines = [f"{document.path}:{line}: {name}: {message}" for line, name, message in told]
    raise error("\n".join(dict.fromkeys(lines)))


def mistakes(refused: ValidationError, model: type[BaseModel]) -> list[Mistake]:
    """Say in plain words, key by key, what pydantic refused."""
    details: list[Any] = refused.errors()
    misspelt = {_nearest(_keys(d), model) for d in details if d["type"] == "extra_forbidden"}
    found: list[Mistake] = []
    for detail in details:
        keys = _keys(detail)
        if detail["type"] == "missing" and keys in misspelt:
            continue
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, Mistakes):
            found += [((*keys, *inner), message) for inner, message in cause.found]
        else:
            found.append((keys, _message(detail, keys, model)))
    return found


def _message(detail: dict[str, Any], keys: KeyPath, model: type[BaseModel]) -> str:
    kind, given = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return f"unknown key; the nearest valid key is {str(_nearest(keys, model)[-1])!r}"
    if kind == "missing":
        return f"is missing; add '{keys[-1]}: …'"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, got {_shown(given)}"
    if kind == "literal_error":
        wrong = "unknown key;" if "[key]" in detail["loc"] else f"{_shown(given)} is not valid;"
        return (
            f"{wrong}{_near(given, detail['ctx']['expected'])} expected {detail['ctx']['expected']}"
        )
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    return f"{detail['msg'][0].lower()}{detail['msg'][1:]}, got {_shown(given)}"


_EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list ('- …')",
    "tuple_type": "a list ('- …')",
    "too_short": "a list with at least one entry",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
}


def _near(given: Any, expected: str) -> str:
    options = [text.strip("'") for text in expected.replace(" or ", ", ").split(", ")]
    close = difflib.get_close_matches(str(given), options, n=1)
    return f" the nearest is {close[0]!r};" if close and len(options) > 6 else ""


def _keys(detail: Any) -> KeyPath:
    return tuple(key for key in detail["loc"] if key != "[key]")


def _nearest(keys: KeyPath, model: type[BaseModel]) -> KeyPath:
    """The valid key that was probably meant."""
    valid = _valid_keys(keys[:-1], model)
    return (*keys[:-1], difflib.get_close_matches(str(keys[-1]), valid, n=1, cutoff=0)[0])


def _valid_keys(keys: KeyPath, model: type[BaseModel]) -> list[str]:
    """The valid keys of the mapping that stands at a path of the document."""
    kind: Any = model
    for key in keys:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = _without_none(typing.get_type_hints(kind, include_extras=False)[str(key)])
        else:
            kind = _without_none(_inner(kind))
    return list(kind.model_fields)


def _inner(kind: Any) -> Any:
    """What a list, tuple or mapping holds."""
    return next(arg for arg in reversed(typing.get_args(kind)) if arg is not Ellipsis)


def _without_none(kind: Any) -> Any:
    """The model, or the container, of ``X | None`` and the like."""
    if typing.get_origin(kind) not in (typing.Union, types.UnionType):
        return kind
    return next(arg for arg in typing.get_args(kind) if arg is not type(None))


def _dotted(keys: KeyPath) -> str:
    text = ".".join(str(key) for key in keys) or "top"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _shown(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 40 else f"{text[:37]}…"
