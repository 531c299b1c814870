"""The matcher of a case's questions: the best that is installed, learned once and kept."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, field

from mlsd_kit.cases import Case
from mlsd_kit.errors import MissingExtra
from mlsd_kit.practice.background import InBackground
from mlsd_kit.practice.case_files import question_content
from mlsd_kit.practice.questions import (
    Endpoint,
    EndpointMatcher,
    Match,
    Matcher,
    SentenceMatcher,
    WordMatcher,
)
from mlsd_kit.practice.questions.endpoint import URL
from mlsd_kit.practice.questions.features import State
from mlsd_kit.practice.questions.kept import digest_of, kept_arrays
from mlsd_kit.practice.questions.sentences import Sentences


@dataclass(frozen=True)
class Phrased:
    """A fact with all ways to ask for it."""

    id: str
    ask: tuple[str, ...]
    answer: str


@dataclass(frozen=True)
class _Asked:
    """A case with what its matcher follows from; it is equal to another by that alone."""

    facts: tuple[tuple[str, tuple[str, ...]], ...]
    questions: str
    case: Case = field(compare=False)


class LearningMatcher(InBackground[Matcher]):
    """A matcher that is made in the background; who asks before it is ready waits.

    Args:
        make: makes it.
    """

    def match(self, question: str) -> Match:
        """What the question asks for."""
        return self.ready().match(question)


def matcher_of(case: Case) -> Matcher:
    """The matcher of a case: by sentence vectors beside words where they are installed.

    Where the environment names a language model (`Endpoint.from_environment`), that chooses the
    fact, within its limits for one interview, and this matcher stands in when it fails.

    It learns in the background, so that an interview begins at once; the first question may wait.
    What it learns is kept in the user's cache folder and learned anew when the facts, the
    ``questions.yaml`` or the matcher's code have changed.

    Raises:
        UserError: when the case has no facts, its ``questions.yaml`` has mistakes, or the
            environment names a language model in part.
    """
    model = Endpoint.from_environment() if os.environ.get(URL) else None
    path = case.folder / "questions.yaml"
    said = path.read_bytes().decode("utf-8", "backslashreplace") if path.is_file() else ""
    facts = tuple((fact.id, tuple(fact.ask)) for fact in case.spec.facts)
    own = _made(_Asked(facts, said, case))
    return EndpointMatcher(case.spec.facts, model, own) if model else own


@functools.lru_cache(maxsize=8)
def _made(asked: _Asked) -> Matcher:
    try:
        Sentences()
        kind: type[WordMatcher] = SentenceMatcher
    except MissingExtra:
        kind = WordMatcher
    every = [text for id, ask in asked.facts for text in (id, *ask)]
    name = digest_of(kind.__name__, [*every, asked.questions])
    more = question_content(asked.case)
    facts = [
        Phrased(fact.id, (*fact.ask, *more.phrasings.get(fact.id, [])), fact.answer)
        for fact in asked.case.spec.facts
    ]

    def learned() -> State:
        return kind(facts, more.turned_back).state()

    return LearningMatcher(lambda: kind.resumed(kept_arrays(name, learned)))
