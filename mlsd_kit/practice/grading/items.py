"""The rubric's items of an interview, each with what was heard of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mlsd_kit.cases import Case
from mlsd_kit.practice.grading.judged import Earned, Judge
from mlsd_kit.practice.record.state import LEVELS, State

Heard = Literal["reasoned", "named", "unclear", "missed"]
WORTH: dict[str, float] = {"reasoned": 1.0, "named": 0.35, "unclear": 0.1, "missed": 0.0}
"""What an item is worth, by how it was heard."""
OWN: dict[str, float] = {"met": 1.0, "partly": 0.5, "missed": 0.0}
"""What an unclear or missed item is worth by the candidate's own judgement."""
ELSEWHERE = 0.8
"""Confidence from which on a sentence counts for an item of another stage."""


@dataclass(frozen=True)
class ItemScore:
    """One item of the rubric in one interview."""

    stage: str
    id: str
    level: str
    expects: str
    items: tuple[str, ...]
    """Of the framework."""
    heard: Heard
    sentence: str = ""
    """The candidate's words that earned it, or may have."""
    own: str = ""
    """The candidate's own judgement, of what the judge did not hear clearly."""

    @property
    def worth(self) -> float:
        """From 0 to 1, as judged."""
        return WORTH[self.heard]

    @property
    def own_worth(self) -> float:
        """From 0 to 1, with the candidate's own judgement where the judge left it open."""
        return max(self.worth, OWN.get(self.own, 0.0))


def score_items(case: Case, state: State, judge: Judge) -> list[ItemScore]:
    """Every item of a case's rubric, with the best that was heard of it at any stage.

    A sentence that was said at another stage than the item's has to show it clearly.
    """
    scores = []
    for stage, rubric in case.spec.rubric.items():
        here = "\n".join(state.said.get(stage, []))
        elsewhere = "\n".join(
            line for of, said in state.said.items() if of != stage for line in said
        )
        found: dict[str, Earned] = {}
        for earned in (
            *judge.evidence(stage, here),
            *(e for e in judge.evidence(stage, elsewhere) if e.confidence >= ELSEWHERE),
            *judge.calculated(stage, state.estimates),
        ):
            best = found.get(earned.item)
            if best is None or WORTH[best.how] < WORTH[earned.how]:
                found[earned.item] = earned
        for item in rubric:
            score = ItemScore(
                stage, item.id, item.level, item.expects, tuple(item.items), "missed",
                own=state.assessed.get(f"{stage}.{item.id}", ""),
            )  # fmt: skip
            if item.id in found:
                score = replace(score, heard=found[item.id].how, sentence=found[item.id].sentence)
            scores.append(score)
    return scores


def held_to(scores: Sequence[ItemScore], level: str) -> list[ItemScore]:
    """The items that a level is held to."""
    upto = LEVELS[: LEVELS.index(level) + 1]
    return [score for score in scores if score.level in upto]
