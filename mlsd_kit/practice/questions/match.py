"""What is understood of a question, and what understands it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["fact", "several", "vague", "unrelated"]


class Askable(Protocol):
    """Something that the interviewer tells when asked, as a case's facts are."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def ask(self) -> Sequence[str]:
        """Ways to ask for it."""

    @property
    def answer(self) -> str:
        """What is told."""


@dataclass(frozen=True)
class Near:
    """A fact that a question may have been after, and how likely that is."""

    fact: str
    confidence: float


@dataclass(frozen=True)
class Match:
    """What a question asks for.

    ``fact``: one fact is clear. ``several``: more than one is, each asked for in a part of the
    question. ``vague``: it is about the case, but not about one thing. ``unrelated``: it is not
    about what the interviewer knows, such as a greeting, a statement, or a call for the solution.
    """

    kind: Kind
    facts: tuple[str, ...] = ()
    confidence: float = 0.0
    """How likely it is that each of the facts is meant; of a question turned back: the nearest."""
    near: tuple[Near, ...] = ()
    """Facts that come closest, best first, those that are told left out."""
    why: str = ""
    """Why it is turned back: greeting, statement, solution, vague, unclear, off topic, empty."""
    note: str = ""
    """What the candidate should know of how the question was understood."""

    @property
    def fact(self) -> str | None:
        """The fact that is asked for, or the first of several, or None."""
        return self.facts[0] if self.facts else None


class Matcher(Protocol):
    """Finds what a question asks for. It never raises, whatever the question is."""

    def match(self, question: str) -> Match:
        """What the question asks for."""


MatcherOf = Callable[[Sequence[Askable]], Matcher]
"""Makes a matcher for a case's facts."""
