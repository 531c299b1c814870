"""What is typed and is no answer: words that nobody knows, a greeting, an order to tell all."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from mlsd_kit.cases import Case
from mlsd_kit.practice.case_files import InterviewContent
from mlsd_kit.practice.grading.reasoning import FUNCTION_WORDS
from mlsd_kit.practice.questions import Match
from mlsd_kit.practice.questions.vocabulary import STOP, TERMS, plain, stem

NOT_HEARD = "I did not get that. Ask me for a fact, or say what you would do, and why."
KNOWN = 1 / 3
"""Share of a text's words that have to be known to the case or to the subject."""
GREETING = 3
"""Words of the longest greeting."""
_COMMON = FUNCTION_WORDS | STOP
_ORDER = re.compile(
    r"^(?:please |just )*(?:tell|give|show) (?:me|us)\b|^everything(?: please)?$|^help$"
)


def is_order(text: str) -> bool:
    """Whether a text tells the interviewer to tell something, which is a question without a mark.

    >>> is_order("Tell me everything"), is_order("I would tell users why.")
    (True, False)
    """
    return bool(_ORDER.match(plain(text)))


def is_greeting(text: str, match: Match) -> bool:
    """Whether a text is a greeting, a yes or a hum, by what was understood of it as a question."""
    return match.why == "greeting" and len(text.split()) <= GREETING


def is_heard(text: str, known: frozenset[str]) -> bool:
    """Whether enough of a text's words are known; a number is known.

    >>> is_heard("asdf qwer zxcv", frozenset()), is_heard("we use it", frozenset())
    (False, True)
    """
    words = {word for word in plain(text).split() if len(word) > 1 or word.isdigit()}
    heard = sum(word[0].isdigit() or word in _COMMON or stem(word) in known for word in words)
    return bool(words) and heard >= KNOWN * len(words)


def known_words(case: Case, content: InterviewContent) -> frozenset[str]:
    """The stems of every word of a case, of its interview, and of the subject."""
    texts = _texts([case.spec.model_dump(mode="json"), content.model_dump(mode="json")])
    said = {stem(word) for text in texts for word in plain(text).split()}
    return frozenset(said.union(*TERMS))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.replace("_", " ")
    elif isinstance(value, dict | list):
        inside = [*value, *value.values()] if isinstance(value, dict) else value
        yield from itertools.chain.from_iterable(map(_texts, inside))
