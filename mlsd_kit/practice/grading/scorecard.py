"""The scorecard of an interview: a function of its events and its case, and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlsd_kit.cases import Case
from mlsd_kit.practice.grading.axes import BOUNDS, GRADES, STRONG, Axis, axes_of, grade_of, share
from mlsd_kit.practice.grading.broken import BrokenRule, broken_rules
from mlsd_kit.practice.grading.items import ItemScore, held_to, score_items
from mlsd_kit.practice.grading.judged import Judge, JudgedEstimate
from mlsd_kit.practice.record.events import PROPOSED, Event
from mlsd_kit.practice.record.state import LEVELS, state_of

__all__ = ["BOUNDS", "GRADES", "Axis", "Scorecard", "score_interview"]


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
    rules: tuple[BrokenRule, ...]
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
    drawn = [event.data for event in events if event.kind == PROPOSED and event.data["read"]]
    rules = tuple(drawn[-1]["rules"]) if drawn else None
    return Scorecard(
        case=case.slug,
        title=case.title,
        level=state.level,
        minutes=state.minutes,
        axes=axes_of(items, state, estimates, rules, events),
        items=tuple(items),
        estimates=estimates,
        facts_told=len(state.told),
        facts=len(case.spec.facts),
        turned_back=state.turned_back,
        signal=_signal(items),
        spent=state.spent,
        rules=broken_rules(drawn[-1]) if drawn else (),
        model_answers=model_answers or {},
    )


def _signal(items: Sequence[ItemScore]) -> str:
    """The highest level whose own items, and those below, were mostly shown."""
    reached = "below junior"
    for level in LEVELS:
        own = [s.worth for s in items if s.level == level]
        if share(items, level) < STRONG or (own and sum(own) / len(own) < STRONG):
            break
        reached = level
    return reached
