"""Judging choices: one option, several, or a choice with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlsd_kit.practice.verdicts import Judge, Verdict, kind_of, no_answer


@dataclass(frozen=True)
class Choice:
    """Judges a choice among named options, with a reason for each wrong one.

    Args:
        right: the right option.
        wrong: option → why not.
        because: said of the right one.

    >>> judge = Choice("log loss", {"accuracy": "At 1 % positives it rewards saying no to all."})
    >>> judge("accuracy").says
    'At 1 % positives it rewards saying no to all.'
    >>> judge("F2").says
    "'F2' is none of the options: accuracy, log loss."
    """

    right: str
    wrong: Mapping[str, str]
    because: str = ""

    def __call__(self, answer: Any) -> Verdict:
        """The verdict."""
        if early := no_answer(answer):
            return early
        if not isinstance(answer, str):
            return Verdict(False, f"A text is wanted, one of the options, not {kind_of(answer)}.")
        chosen = " ".join(answer.split()).casefold()
        if chosen == self.right.casefold():
            return Verdict(True, f"Right. {self.because}".rstrip())
        for option, why in self.wrong.items():
            if chosen == option.casefold():
                return Verdict(False, why)
        options = ", ".join(sorted([self.right, *self.wrong]))
        return Verdict(False, f"{answer!r} is none of the options: {options}.")


@dataclass(frozen=True)
class Chosen:
    """Judges a set of options: what is missing, and what does not belong.

    Args:
        right: option → why it belongs.
        wrong: option → why not.
    """

    right: Mapping[str, str]
    wrong: Mapping[str, str]

    def __call__(self, answer: Any) -> Verdict:
        """The verdict."""
        if early := no_answer(answer):
            return early
        if isinstance(answer, str) or not isinstance(answer, Iterable):
            return Verdict(False, f"A list of options is wanted, not {kind_of(answer)}.")
        given = {str(option) for option in answer}
        if strange := sorted(given - {*self.right, *self.wrong}):
            options = ", ".join(sorted([*self.right, *self.wrong]))
            return Verdict(False, f"{strange[0]!r} is none of the options: {options}.")
        for option in self.wrong:
            if option in given:
                return Verdict(False, f"{option!r} does not belong: {self.wrong[option]}")
        missing = [option for option in self.right if option not in given]
        if not missing:
            return Verdict(True, "Right: all of them.")
        if not given:
            return Verdict(False, "Nothing is chosen yet.")
        return Verdict(
            False, f"{len(missing)} more belong{'s' if len(missing) == 1 else ''} to them."
        )


@dataclass(frozen=True)
class All:
    """Judges several parts of one answer, such as a choice and its reasons, in order.

    Args:
        parts: name of the part → its judge. The answer is a mapping with these names.
    """

    parts: Mapping[str, Judge]

    def __call__(self, answer: Any) -> Verdict:
        """The verdict."""
        if early := no_answer(answer):
            return early
        if not isinstance(answer, Mapping):
            names = ", ".join(self.parts)
            return Verdict(False, f"A dictionary with {names} is wanted, not {kind_of(answer)}.")
        said = []
        for name, judge in self.parts.items():
            if name not in answer:
                return Verdict(False, f"{name!r} is missing.")
            said.append(judge(answer[name]))
        answered = any(verdict.answered for verdict in said)
        for name, verdict in zip(self.parts, said, strict=True):
            if not verdict.right:
                return Verdict(False, f"{name}: {verdict.says}", answered)
        return Verdict(True, max((verdict.says for verdict in said), key=len))
