"""Exercises: what is asked, how an answer is judged, and the hints on the way.

A lesson's exercises stand in ``mlsd_kit/practice/lessons/<stage>/``, not in the notebook, where
they would be seen, and edited. The notebook holds the solution, once.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mlsd_kit import framework
from mlsd_kit.errors import UserError
from mlsd_kit.practice.verdicts import Judge


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Its id begins with the framework item that it practises, such as ``R6.predictions``.
    """

    id: str
    ask: str
    """What is wanted, in a sentence."""
    hints: tuple[str, ...]
    """From the first nudge to nearly the answer."""
    judge: Callable[..., Judge]
    """Makes the judge from what the check is given besides the answer."""
    items: tuple[str, ...]
    """The framework's items that it practises."""
    stage: str

    @property
    def given(self) -> list[str]:
        """Names that a check of this exercise is given besides the answer."""
        return list(inspect.signature(self.judge).parameters)

    def judge_of(self, given: dict[str, Any]) -> Judge:
        """The judge for what is given.

        Raises:
            UserError: when that is not what the exercise wants.
        """
        if sorted(given) != sorted(self.given):
            wanted = ", ".join(f"{name}={name}" for name in self.given) or "nothing besides"
            raise UserError(f"check({self.id!r}, answer, …): give it {wanted}")
        return self.judge(**given)


_registry: dict[str, Exercise] = {}


def exercise(
    id: str, hints: Sequence[str], also: Sequence[str] = ()
) -> Callable[[Callable[..., Judge]], Callable[..., Judge]]:
    """Register a function that makes the judge; its docstring says what is asked.

    Args:
        id: item of the framework and a name, such as ``R6.predictions``.
        hints: from the first nudge to nearly the answer.
        also: further items that it practises.

    Raises:
        UserError: for an unknown item.
    """
    first = id.partition(".")[0]
    items = tuple(dict.fromkeys((first, *also)))
    for item in items:
        framework.item(item)

    def register(judge: Callable[..., Judge]) -> Callable[..., Judge]:
        ask = " ".join((judge.__doc__ or "").split())
        stage = framework.item(first).stage
        _registry[id] = Exercise(id, ask, tuple(hints), judge, items, stage)
        return judge

    return register


@functools.cache
def _load() -> None:
    from mlsd_kit.practice import lessons

    for module in pkgutil.walk_packages(lessons.__path__, f"{lessons.__name__}."):
        importlib.import_module(module.name)


def all_exercises() -> dict[str, Exercise]:
    """Every exercise by id, in the order of the framework's items."""
    _load()
    items = list(framework.ITEMS)
    return dict(sorted(_registry.items(), key=lambda entry: items.index(entry[1].items[0])))


def find_exercise(id: str) -> Exercise:
    """The exercise of that id.

    Raises:
        UserError: for an id that is not there, with the nearest.
    """
    exercises = all_exercises()
    if id in exercises:
        return exercises[id]
    nearest = difflib.get_close_matches(str(id), exercises, n=1, cutoff=0.3)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    raise UserError(f"no exercise {id!r}{hint}")
