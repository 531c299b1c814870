"""The requirement drill: five minutes to ask for what matters before anything is designed."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from mlsd_kit import framework
from mlsd_kit.cases import Case
from mlsd_kit.cases.schema import Fact
from mlsd_kit.practice.background import InBackground
from mlsd_kit.practice.interview.matching import matcher_of
from mlsd_kit.practice.questions import Matcher, reply

DRILL = "requirements"
SECONDS = 300.0
GOOD = 8
"""Facts of a good round: as much weight as the heaviest so many have is worth a score of 1."""
TURNED_BACK = 0.03
"""What a question that brings out nothing costs."""
LEVEL_WEIGHT = {"junior": 3.0, "senior": 2.0, "staff": 1.0}
"""What an item of the rubric at a level adds to the items of the framework that it rests on."""
OVER = "Time is up."
FIRST = 2.0
"""What is expected at the requirements stage counts so many times."""
_OWN = "R9"
"""The item of what is the case's own: nearly every fact has it, so it orders nothing."""


def weights(case: Case) -> dict[str, float]:
    """How much each fact matters: 1, and its part of what the rubric and the estimates rest on.

    What is expected of an item of the framework is divided among the facts that name it.
    """
    wanted = _wanted(case)
    known = Counter(item for fact in case.spec.facts for item in fact.items)
    return {
        fact.id: 1 + sum(wanted[item] / known[item] for item in fact.items)
        for fact in case.spec.facts
    }


def good_order(case: Case) -> list[Fact]:
    """Facts that a good candidate brings out, each for another item, in the framework's order."""
    wanted = _wanted(case)
    first: dict[str, Fact] = {}
    for fact in case.spec.facts:
        first.setdefault(_main(fact), fact)
    gain = {item: sum(wanted[one] for one in fact.items) for item, fact in first.items()}
    best = sorted(gain, key=lambda item: -gain[item])[:GOOD]
    return [first[item] for item in sorted(best, key=list(framework.ITEMS).index)]


def question(fact: Fact) -> str:
    """A question that brings a fact out.

    >>> question(Fact(id="load", ask=["how many requests come"], answer="Many."))
    'How many requests come?'
    """
    asked = fact.ask[0].rstrip("?")
    return f"{asked[0].upper()}{asked[1:]}?"


def _wanted(case: Case) -> dict[str, float]:
    """Item of the framework → how much the rubric and the estimates want of it."""
    wanted: dict[str, float] = defaultdict(float)
    for stage, rubric in case.spec.rubric.items():
        times = FIRST if stage == "requirements" else 1.0
        for entry in rubric:
            for item in entry.items:
                wanted[item] += times * LEVEL_WEIGHT[entry.level] / len(entry.items)
    for estimate in case.spec.estimates:
        for item in estimate.items:
            wanted[item] += 1 / len(estimate.items)
    return wanted


def _main(fact: Fact) -> str:
    """The item that a fact is about first."""
    return next((item for item in fact.items if item != _OWN), _OWN)


@dataclass(frozen=True)
class Asked:
    """A question of the drill, and what came of it."""

    question: str
    reply: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Brought:
    """How a round went.

    ``score``: weight of what was told over that of a good round's facts, less a little for each
    question turned back.
    """

    score: float
    told: tuple[Fact, ...]
    missed: tuple[Fact, ...]
    """Not asked for, the heaviest first."""
    turned_back: int
    weight: dict[str, float]


@dataclass
class RequirementRound:
    """A case's prompt, a clock, and questions. Make it with `requirement_round`.

    The clock begins when it is made.
    """

    case: Case
    matcher: Matcher
    clock: Callable[[], float] = time.monotonic
    seconds: float = SECONDS
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def left(self) -> float:
        """Seconds that are left, 0 at least."""
        return max(0.0, self.seconds - (self.clock() - self.began))

    def ask(self, question: str) -> Asked:
        """Ask the interviewer; nothing is told after the time."""
        if self.left == 0:
            return Asked(question, OVER, ())
        match = self.matcher.match(question)
        came = Asked(question, reply(question, match, self.case.spec.facts), match.facts)
        self.asked.append(came)
        return came

    def result(self) -> Brought:
        """How it went so far."""
        weight = weights(self.case)
        facts = {fact.id: fact for fact in self.case.spec.facts}
        told = dict.fromkeys(id for asked in self.asked for id in asked.facts)
        missed = sorted((id for id in facts if id not in told), key=lambda id: -weight[id])
        back = sum(not asked.facts for asked in self.asked)
        full = sum(sorted(weight.values(), reverse=True)[:GOOD])
        share = min(1.0, sum(weight[id] for id in told) / full)
        return Brought(
            max(0.0, share - TURNED_BACK * back),
            tuple(facts[id] for id in told),
            tuple(facts[id] for id in missed),
            back,
            weight,
        )


def requirement_round(
    case: Case, *, clock: Callable[[], float] = time.monotonic, seconds: float = SECONDS
) -> RequirementRound:
    """Begin a round over a case.

    Raises:
        UserError: when the case has no facts.
    """
    matcher = matcher_of(case)
    if isinstance(matcher, InBackground):
        matcher.ready()  # the clock does not run before questions can be answered
    return RequirementRound(case, matcher, clock, seconds)
