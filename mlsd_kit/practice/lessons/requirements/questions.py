"""What to ask: R9."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlsd_kit import framework
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.verdicts import Judge, Verdict, kind_of, no_answer
from mlsd_kit.requirements import (
    Checklist,
)

MOST_QUESTIONS = 8


NEEDED = {
    ("R1",): "what the goal is, as a quantity",
    ("R2",): "what must not get worse for the sake of the goal",
    ("R6",): "how large it is",
    ("R4", "R10"): "how fast it has to answer",
}
"""Items of which one has to be asked for → what that is."""


class Asked:
    """Judges a list of questions by what they leave open.

    Args:
        facts: what may be asked.
    """

    def __init__(self, facts: Sequence[Any]) -> None:
        self.facts = facts

    def __call__(self, answer: Any) -> Verdict:
        """The verdict."""
        if early := no_answer(answer):
            return early
        if isinstance(answer, str) or not isinstance(answer, Sequence):
            return Verdict(False, f"A list of questions is wanted, not {kind_of(answer)}.")
        if not all(isinstance(question, str) and question.strip() for question in answer):
            return Verdict(False, "Each question is a text that is not empty.")
        if not answer:
            return Verdict(False, "Nothing is asked yet.")
        if len(answer) > MOST_QUESTIONS:
            return Verdict(
                False,
                f"{len(answer)} questions: five minutes of the interview hold {MOST_QUESTIONS}. "
                "Leave out what would not change the design.",
            )
        checklist = Checklist(self.facts)
        facts = [checklist.match(question) for question in answer]
        for question, fact in zip(answer, facts, strict=True):
            if fact is None:
                return Verdict(
                    False, f"The interviewer does not understand: {question} Say it in other words."
                )
        found = {item for fact in facts if fact is not None for item in fact.items}
        offered = {item for fact in self.facts for item in fact.items}
        for items, what in NEEDED.items():
            if offered & set(items) and not found & set(items):
                named = " or ".join(f"{item} ({framework.item(item).title})" for item in items)
                return Verdict(False, f"Nobody asked {what}: {named}.")
        told = len({fact.id for fact in facts if fact is not None})
        return Verdict(True, f"Right: {len(answer)} questions, {told} facts, the four that decide.")


@exercise(
    "R9.questions",
    hints=[
        "Think of what would make you draw another design.",
        "Four things decide: the goal, what guards it, the size, the time to answer.",
        "Such as: What are we optimising? What must not get worse? How many … per second?",
    ],
    also=["R1", "R2", "R6", "R10"],
)
def _questions(facts: Sequence[Any]) -> Judge:
    """Ask at most eight questions that bring out what decides the design."""
    return Asked(facts)
