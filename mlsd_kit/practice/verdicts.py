"""What is said of an answer, and what can be wrong with any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mlsd_kit.units import format_quantity


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and what is said about it."""

    right: bool
    says: str
    answered: bool = True
    """False where there is no answer yet."""


class Judge(Protocol):
    """Judges an answer."""

    def __call__(self, answer: Any) -> Verdict:
        """The verdict; it never raises, whatever the answer is."""


def no_answer(answer: Any) -> Verdict | None:
    """The verdict on what is not an answer yet."""
    if answer is None:
        return Verdict(False, "There is no answer yet: it is None.", False)
    parts = answer.values() if isinstance(answer, Mapping) and answer else [answer]
    if all(part is ... for part in parts):
        says = "There is no answer yet: put yours where the `...` stands."
        return Verdict(False, says, False)
    return None


def kind_of(value: Any) -> str:
    """What a value is, in words."""
    names = {
        "str": "a text", "list": "a list", "tuple": "a tuple", "dict": "a dictionary",
        "bool": "True or False", "function": "a function", "int": "a number", "float": "a number",
        "ndarray": "an array", "Series": "a series", "DataFrame": "a table", "set": "a set",
        "Quantity": "a quantity",
    }  # fmt: skip
    name = type(value).__name__
    return names.get(name.lstrip("_"), f"a {name}")


def short(value: Any) -> str:
    """A value on one line, cut where it is long."""
    if hasattr(value, "magnitude"):
        return format_quantity(value)
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}…"
