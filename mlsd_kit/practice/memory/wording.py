"""Words of cards that cannot be taken from their source as they stand there."""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from mlsd_kit.documents import read, validated
from mlsd_kit.errors import UserError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Formula(_Part):
    """A card of an exercise that is answered by a formula."""

    front: str
    hints: list[int]
    """Which of the exercise's hints make the answer."""


class Options(_Part):
    """Cards of an exercise's choice, or of one part of it."""

    front: str = ""
    """Asks for the right option."""
    why_not: str = ""
    """Asks of each wrong one why not; ``{option}`` stands for it."""
    each: str = ""
    """Asks of each option whether it belongs."""


class Wording(_Part):
    """A whole ``wording.yaml``."""

    topics: dict[str, str] = {}
    """Fact → what it is about, where its name does not say."""
    asked: dict[str, str | None] = {}
    """Question of a lesson, as ``notebook/cell/number`` → its front; none to leave it out."""
    formulas: dict[str, Formula] = {}
    """Exercise → its card."""
    choices: dict[str, dict[str, Options]] = {}
    """Exercise → part of its answer → its cards; the part of a single choice is ``answer``."""


@functools.cache
def wording() -> Wording:
    """The words that are kept beside this module.

    Raises:
        UserError: one line for each mistake in the file.
    """
    return validated(read(Path(__file__).with_name("wording.yaml")), Wording, UserError)
