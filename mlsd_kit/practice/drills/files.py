"""The files of the drills: what their parts have in common, and the mistakes in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from mlsd_kit.documents import KeyPath, read, validated
from mlsd_kit.errors import UserError

FOLDER = Path(__file__).parent


class Part(BaseModel):
    """A part of a drill's file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DrillError(UserError):
    """A drill's file with mistakes: one line each, with file, line and key."""


Whole = TypeVar("Whole", bound=Part)


def drill_file(
    name: str, whole: type[Whole], across: Callable[[Whole], Iterable[tuple[KeyPath, str]]]
) -> Whole:
    """A file of the drills, read and checked.

    Args:
        name: of the file.
        whole: what it holds.
        across: tells what does not fit together in it.

    Raises:
        DrillError: one line for each mistake in the file.
    """
    return validated(read(FOLDER / name), whole, DrillError, across)
