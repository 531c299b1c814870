"""The axes of a scorecard: what each rests on, and its grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlsd_kit import framework
from mlsd_kit.practice.counted import counted
from mlsd_kit.practice.grading.items import ItemScore, held_to
from mlsd_kit.practice.grading.judged import JudgedEstimate
from mlsd_kit.practice.record.clock import STAGES, budgets
from mlsd_kit.practice.record.events import ASKED, SAID, Event
from mlsd_kit.practice.record.state import State

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
USED = 0.25
"""Share of its budget from which on a stage's time was used."""


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


def grade_of(score: float) -> str:
    """The grade of a score from 0 to 1.

    >>> [grade_of(score) for score in (0.1, 0.3, 0.5, 0.9)]
    ['very weak', 'weak', 'strong', 'very strong']
    """
    return GRADES[sum(score >= bound - 1e-9 for bound in BOUNDS)]


def axes_of(
    items: Sequence[ItemScore],
    state: State,
    estimates: Mapping[str, JudgedEstimate | None],
    rules: tuple[str, ...] | None,
    events: Sequence[Event],
) -> tuple[Axis, ...]:
    """Every axis of an interview.

    Args:
        items: of the rubric, each with what was heard.
        state: at the end.
        estimates: each with what it was judged, None where none was given.
        rules: lint rules that the last proposed design breaks, None where none was drawn.
        events: all of them.
    """
    axes = [_axis(name, items, state, estimates, rules) for name in AXES if AXES[name]]
    return (*axes, _communication(items, state, events))


def _axis(
    name: str,
    items: Sequence[ItemScore],
    state: State,
    estimates: Mapping[str, JudgedEstimate | None],
    rules: tuple[str, ...] | None,
) -> Axis:
    of_axis = [score for score in items if score.stage in AXES[name]]
    judged, own = share(of_axis, state.level), share(of_axis, state.level, own=True)
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
        because.append(f"{counted(len(state.told), 'fact')} asked for")
        if wanted:
            parts.append((0.25, sum(given[:wanted]) / wanted))
            because.append(f"{len(given)} of {len(estimates)} estimates given")
    elif name == "deployment and scaling":
        parts = [(0.15, 0.0 if rules is None else max(0.0, 1 - 0.1 * len(rules)))]
        because.append(
            "no design drawn"
            if rules is None
            else f"a design drawn, {counted(len(set(rules)), 'rule')} broken"
        )
    rest = 1 - sum(weight for weight, _ in parts)
    beside = sum(weight * value for weight, value in parts)
    return Axis(name, rest * judged + beside, rest * own + beside, tuple(because))


def share(scores: Sequence[ItemScore], level: str, *, own: bool = False) -> float:
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
    used = {stage.name: _used(state.spent[stage.name], budget[stage.name]) for stage in covered}
    over = [s for s in STAGES if state.spent[s] > OVER_TIME * budget[s]]
    first = next((n for n, e in enumerate(events) if e.kind == SAID), len(events))
    asked = sum(e.kind == ASKED and bool(e.data["facts"]) for e in events[:first])
    parts = [
        0.5 * (reasoned / len(earned) if earned else 0.0),
        0.3 * sum(used.values()) / len(framework.STAGES) * (1 - len(over) / len(STAGES)),
        0.1 * min(1.0, asked / FIRST_QUESTIONS),
        0.1 * (state.left >= -60) * bool(covered) * _used(state.elapsed, 60 * state.minutes),
    ]
    # Clear words about nothing are no communication: what was said has to show something.
    substance = min(1.0, len(earned) / max(1, len(held_to(items, state.level)) / 2))
    because = (
        f"{reasoned} of {len(earned)} points with a reason",
        f"{len(covered)} of {len(framework.STAGES)} stages answered",
        f"{counted(asked, 'fact')} asked for before the first answer",
        f"{counted(len(over), 'stage')} far over time",
        f"{sum(share < 1 for share in used.values())} answered in a hurry",
    )
    score = sum(parts) * substance
    return Axis("communication and time", score, score, because)


def _used(seconds: float, budget: float) -> float:
    """How far the time was used, from 0 to 1: what is rushed through leaves no room to discuss."""
    return min(1.0, seconds / (USED * budget))
