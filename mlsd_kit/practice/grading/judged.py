"""What a judge says of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

How = Literal["reasoned", "named", "unclear"]


@dataclass(frozen=True)
class Earned:
    """An item of the rubric that an answer shows, with the sentence that shows it."""

    item: str
    """Its id within the stage's rubric."""
    sentence: str
    """The candidate's own words."""
    how: How
    """``reasoned``: said with a reason, a figure or a consequence; ``named``: only mentioned;
    ``unclear``: perhaps meant, which the candidate may say better than the judge."""
    confidence: float


EstimateKind = Literal[
    "right", "slip", "missing factor", "wrong unit", "order of magnitude", "far off", "unreadable"
]


@dataclass(frozen=True)
class JudgedEstimate:
    """What an estimate is worth.

    ``score`` is 1 within the accepted factor, and falls with the distance on a log scale.
    """

    kind: EstimateKind
    says: str
    score: float
    ratio: float | None = None
    """Given over right, where both have the same unit."""
    steps: tuple[str, ...] = ()
    """What is said of the figures on the way, one sentence each."""


class Judge(Protocol):
    """Judges what a candidate says about one case. It never raises, whatever is typed."""

    def evidence(self, stage: str, text: str) -> list[Earned]:
        """The items of the stage's rubric that a text shows, each once, the best sentence each."""

    def calculated(self, stage: str, estimates: Mapping[str, str]) -> list[Earned]:
        """The items of the stage's rubric that right estimates show, with what was typed."""

    def estimate(self, id: str, text: str) -> JudgedEstimate:
        """An estimate as typed: a quantity, or a calculation that ends in one."""
