"""The matcher of a case's questions: the best that is installed, made once in a process."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from mlsd_kit.cases import Case
from mlsd_kit.errors import MissingExtra
from mlsd_kit.practice.case_files import question_content
from mlsd_kit.practice.questions import Matcher, SentenceMatcher, WordMatcher


@dataclass(frozen=True)
class Phrased:
    """A fact with all ways to ask for it."""

    id: str
    ask: tuple[str, ...]
    answer: str


def matcher_of(case: Case) -> Matcher:
    """The matcher of a case: by sentence vectors beside words where they are installed.

    Raises:
        UserError: when the case has no facts, or its ``questions.yaml`` has mistakes.
    """
    more = question_content(case)
    return _made(
        tuple(
            Phrased(fact.id, (*fact.ask, *more.phrasings.get(fact.id, [])), fact.answer)
            for fact in case.spec.facts
        ),
        tuple(more.turned_back),
    )


@functools.lru_cache(maxsize=8)
def _made(facts: tuple[Phrased, ...], turned_back: tuple[str, ...]) -> Matcher:
    try:
        return SentenceMatcher(facts, turned_back)
    except MissingExtra:
        return WordMatcher(facts, turned_back=turned_back)
