"""The scorecard of an interview: a function of its events and its case, and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlsd_kit import framework
from mlsd_kit.cases import Case
from mlsd_kit.practice.grading.items import ItemScore, held_to, score_items
from mlsd_kit.practice.grading.judged import Judge, JudgedEstimate
from mlsd_kit.practice.record.clock import STAGES, budgets
from mlsd_kit.practice.record.events import ASKED, PROPOSED, SAID, Event
from mlsd_kit.practice.record.state import LEVELS, State, state_of

AXES: Mapping[str, tuple[str, ...]] = {
    "problem understanding": ("requirements",),
    "data and features": ("data",),
    "modelling": ("model",),
    "evaluation": ("evaluation",),
    "deployment and scaling": ("deployment", "scaling"),
    "communication and time": (),
}
"""Axis → the stages whose items count for it."""
GRADES = ("very weak", "weak", "strong", "very strong")
STRONG = 0.5
"""Score from which on an axis, or the whole, is strong."""
BOUNDS = (0.25, STRONG, 0.75)
ASKED_WELL = 8
"""Facts brought out by a candidate who understands the problem well."""
ESTIMATED_WELL = 3
FIRST_QUESTIONS = 3
"""Questions before the first answer."""
ABOVE = 0.5
"""Weight of an item above the level that was asked for: it helps and is not missed."""
OVER_TIME = 1.5
"""A stage that took so many times its budget took it from another."""


@dataclass(frozen=True)
class Axis:
    """The score of one axis, from 0 to 1, and what it rests on."""

    name: str
    score: float
    own: float
    """With the candidate's own judgement where the judge left something open."""
    because: tuple[str, ...]

    @property
    def grade(self) -> str:
        """One of `GRADES`."""
        return grade_of(self.score)


@dataclass(frozen=True)
class Scorecard:
    """How an interview went."""

    case: str
    title: str
    level: str
    minutes: float
    axes: tuple[Axis, ...]
    items: tuple[ItemScore, ...]
    estimates: Mapping[str, JudgedEstimate | None]
    """Estimate → what it was judged, None where none was given."""
    facts_told: int
    facts: int
    turned_back: int
    signal: str
    """The highest level that the answers support, or ``below junior``."""
    spent: Mapping[str, float]
    rules: tuple[str, ...]
    """Lint rules that the last proposed design breaks."""
    model_answers: Mapping[str, tuple[str, str]]
    """Stage → how a senior and a staff engineer would answer."""

    @property
    def score(self) -> float:
        """The mean of the axes, from 0 to 1."""
        return sum(axis.score for axis in self.axes) / len(self.axes)

    @property
    def grade(self) -> str:
        """One of `GRADES`."""
        return grade_of(self.score)

    @property
    def missed(self) -> list[ItemScore]:
        """Items of the level that were not heard, or only named; the lowest level first."""
        weak = [s for s in held_to(self.items, self.level) if s.worth < 1]
        return sorted(weak, key=lambda s: (s.worth, LEVELS.index(s.level)))

    @property
    def open(self) -> list[ItemScore]:
        """Items that the candidate should judge: the judge is not sure, or heard nothing."""
        return [s for s in held_to(self.items, self.level) if s.heard in ("unclear", "missed")]

    @property
    def to_read(self) -> list[str]:
        """Items of the framework to read up on, those of the worst stage first."""
        return list(dict.fromkeys(id for s in self.missed for id in s.items))


def grade_of(score: float) -> str:
    """The grade of a score from 0 to 1.

    >>> [grade_of(score) for score in (0.1, 0.3, 0.5, 0.9)]
    ['very weak', 'weak', 'strong', 'very strong']
    """
    return GRADES[sum(score >= bound - 1e-9 for bound in BOUNDS)]


def score_interview(
    case: Case,
    events: Sequence[Event],
    judge: Judge,
    model_answers: Mapping[str, tuple[str, str]] | None = None,
) -> Scorecard:
    """The scorecard; the same events give the same one.

    Args:
        case: of the interview.
        events: all of them.
        judge: of the case.
        model_answers: stage → how a senior and a staff engineer would answer.
    """
    state = state_of(events)
    items = score_items(case, state, judge)
    estimates = {
        wanted.id: judge.estimate(wanted.id, state.estimates[wanted.id])
        if wanted.id in state.estimates
        else None
        for wanted in case.spec.estimates
    }
    rules = next(
        (tuple(e.data["rules"]) for e in reversed(events) if e.kind == PROPOSED and e.data["read"]),
        None,
    )
    axes = [_axis(name, items, state, estimates, rules) for name in AXES if AXES[name]]
    axes.append(_communication(items, state, events))
    return Scorecard(
        case=case.slug,
        title=case.title,
        level=state.level,
        minutes=state.minutes,
        axes=tuple(axes),
        items=tuple(items),
        estimates=estimates,
        facts_told=len(state.told),
        facts=len(case.spec.facts),
        turned_back=state.turned_back,
        signal=_signal(items),
        spent=state.spent,
        rules=rules or (),
        model_answers=model_answers or {},
    )


def _axis(
    name: str,
    items: Sequence[ItemScore],
    state: State,
    estimates: Mapping[str, JudgedEstimate | None],
    rules: tuple[str, ...] | None,
) -> Axis:
    of_axis = [score for score in items if score.stage in AXES[name]]
    judged, own = _share(of_axis, state.level), _share(of_axis, state.level, own=True)
    held = held_to(of_axis, state.level)
    because = [
        f"{sum(s.worth == 1 for s in held)} of {len(held)} items of the rubric with a reason"
    ]
    parts: list[tuple[float, float]] = []
    if name == "problem understanding":
        asked = min(1.0, len(state.told) / ASKED_WELL)
        given = sorted((e.score for e in estimates.values() if e), reverse=True)
        wanted = min(ESTIMATED_WELL, len(estimates))
        parts = [(0.25, asked)]
        because.append(f"{len(state.told)} facts asked for")
        if wanted:
            parts.append((0.25, sum(given[:wanted]) / wanted))
            because.append(f"{len(given)} of {len(estimates)} estimates given")
    elif name == "deployment and scaling":
        parts = [(0.15, 0.0 if rules is None else max(0.4, 1 - 0.1 * len(rules)))]
        because.append(
            "no design drawn" if rules is None else f"a design drawn, {len(rules)} rules broken"
        )
    rest = 1 - sum(weight for weight, _ in parts)
    beside = sum(weight * value for weight, value in parts)
    return Axis(name, rest * judged + beside, rest * own + beside, tuple(because))


def _share(scores: Sequence[ItemScore], level: str, own: bool = False) -> float:
    """How much of what a level is held to was shown; items above the level help."""
    held = held_to(scores, level)
    if not held:
        return 0.0
    worth = {id(s): s.own_worth if own else s.worth for s in scores}
    above = sum(worth[id(s)] for s in scores if s not in held)
    return min(1.0, (sum(worth[id(s)] for s in held) + ABOVE * above) / len(held))


def _communication(items: Sequence[ItemScore], state: State, events: Sequence[Event]) -> Axis:
    earned = [s for s in items if s.heard in ("reasoned", "named")]
    reasoned = sum(s.heard == "reasoned" for s in earned)
    covered = [stage for stage in framework.STAGES if state.said.get(stage.name)]
    budget = budgets(state.minutes)
    over = [s for s in STAGES if state.spent[s] > OVER_TIME * budget[s]]
    first = next((n for n, e in enumerate(events) if e.kind == SAID), len(events))
    asked = sum(e.kind == ASKED and bool(e.data["facts"]) for e in events[:first])
    parts = [
        0.5 * (reasoned / len(earned) if earned else 0.0),
        0.3 * len(covered) / len(framework.STAGES) * (1 - len(over) / len(STAGES)),
        0.1 * min(1.0, asked / FIRST_QUESTIONS),
        0.1 * (bool(covered) and state.left >= -60),
    ]
    # Clear words about nothing are no communication: what was said has to show something.
    substance = min(1.0, len(earned) / max(1, len(held_to(items, state.level)) / 2))
    because = (
        f"{reasoned} of {len(earned)} points with a reason",
        f"{len(covered)} of {len(framework.STAGES)} stages answered",
        f"{asked} facts asked for before the first answer",
        f"{len(over)} stages far over their time",
    )
    score = sum(parts) * substance
    return Axis("communication and time", score, score, because)


def _signal(items: Sequence[ItemScore]) -> str:
    """The highest level whose own items, and those below, were mostly shown."""
    reached = "below junior"
    for level in LEVELS:
        own = [s.worth for s in items if s.level == level]
        if _share(items, level) < STRONG or (own and sum(own) / len(own) < STRONG):
            break
        reached = level
    return reached
