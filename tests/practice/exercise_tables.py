"""What every exercise must do, as tests over a table of exercises."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from mlsd_kit.practice import find_exercise

Table = Mapping[str, tuple[Any, ...]]
"""Exercise → what its check is given, the right answer, a stub of its own where it has one, and
wrong answers, each with a phrase of what is said of it."""


def exercise_tests(table: Table) -> tuple[Callable[[str], None], ...]:
    """Tests that the right answer passes, that none is told so, and that mistakes are told apart.

    Assign all three in a test module, to names that begin with ``test``.
    """

    def passes(id):
        given, right, *_ = table[id]
        exercise = find_exercise(id)
        verdict = exercise.judge_of(given)(right)
        assert verdict.right, verdict.says
        assert exercise.ask.endswith(("?", ".")) or "→" in exercise.ask
        assert 2 <= len(exercise.hints) <= 3

    def unanswered(id):
        given, right, *stubs, _ = table[id]
        for stub in [*stubs, *_stubs(right)]:
            verdict = find_exercise(id).judge_of(given)(stub)
            assert not verdict.right
            assert not verdict.answered

    def told_apart(id):
        given, *_, mistakes = table[id]
        judge = find_exercise(id).judge_of(given)
        said = []
        for answer, phrase in mistakes:
            verdict = judge(answer)
            assert not verdict.right
            assert phrase in verdict.says
            said.append(verdict.says)
        assert len(set(said)) == len(said) >= 3

    return tuple(map(pytest.mark.parametrize("id", table), (passes, unanswered, told_apart)))


def _stubs(right: Any) -> Iterator[Any]:
    """What an exercise's cell may hold before it is filled in."""
    yield from (..., None)
    if callable(right):
        yield lambda *arguments: None
    if isinstance(right, dict):
        yield dict.fromkeys(right, ...)
