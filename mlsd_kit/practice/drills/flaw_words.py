"""A flaw and a place in free text: which of the linter's rules is meant, and which component."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from mlsd_kit.cases.schema import Name, Text
from mlsd_kit.design import RULES
from mlsd_kit.documents import KeyPath
from mlsd_kit.errors import MissingExtra
from mlsd_kit.practice.drills.files import Part, drill_file
from mlsd_kit.practice.questions.features import Beside, Vectors, Weighted, letters, words
from mlsd_kit.practice.questions.vocabulary import plain

CLEAR = 0.4
"""Nearness from which on a rule counts as named."""
TIE = 0.95
"""Share of the best nearness from which on another rule may be meant as well."""
NEAR = 4
"""Rules that are named when none is clear."""


class WordFile(Part):
    """A whole ``flaw_words.yaml``."""

    words: dict[Name, Annotated[list[Text], Field(min_length=1)]]


@dataclass(frozen=True)
class Named:
    """What a text says of a flaw."""

    rules: tuple[str, ...]
    """Rules that it may name, the nearest first; none when it is not clear."""
    near: tuple[str, ...]
    """The nearest rules."""

    @property
    def rule(self) -> str:
        """The rule that it names for sure, or empty."""
        return self.rules[0] if len(self.rules) == 1 else ""


def named_flaw(text: str, place: str = "") -> Named:
    """The rule that a text names in its own words.

    Args:
        text: of the learner. place: that it names too, whose name says nothing of the flaw.

    >>> named_flaw("the device windows have no timeout", "device_windows").rules[0]
    'timeout_missing'
    """
    if place:
        text = re.sub(_pattern(place), "it", text.replace("_", " "), flags=re.IGNORECASE)
    rules, vectors, known = _known()
    nearness = (known @ vectors.of([plain(text)]).T).toarray().ravel()
    best: dict[str, float] = {}
    for rule, value in zip(rules, nearness, strict=True):
        best[rule] = max(best.get(rule, 0.0), float(value))
    order = sorted(best, key=lambda rule: -best[rule])
    top = best[order[0]]
    clear = [rule for rule in order if best[rule] >= max(CLEAR, TIE * top)]
    return Named(tuple(clear), tuple(order[:NEAR]))


def named_place(text: str, names: Collection[str]) -> str:
    """The name that a text mentions first, the longest where several begin there; "" for none.

    >>> named_place("I see that the page cache never expires", ["cache", "page_cache"])
    'page_cache'
    """
    said = text.casefold().replace("_", " ")
    found = []
    for name in names:
        if match := re.search(_pattern(name), said):
            found.append((match.start(), -len(name), name))
    return min(found)[2] if found else ""


def _pattern(name: str) -> str:
    return rf"(?<!\w){re.escape(name.casefold().replace('_', ' '))}s?(?!\w)"


@functools.cache
def _known() -> tuple[list[str], Vectors, Any]:
    """A rule for each known text, what compares texts, and the texts' vectors."""
    more = drill_file("flaw_words.yaml", WordFile, _across).words
    pairs = [
        (rule.id, plain(text))
        for rule in RULES.values()
        if rule.topic != "waivers" and rule.severity != "hint"
        for text in (rule.id.replace("_", " "), rule.reason, rule.advice, *more.get(rule.id, []))
    ]
    vectors = _vectors()
    return [rule for rule, _ in pairs], vectors, vectors.fit([text for _, text in pairs])


def _across(file: WordFile) -> Iterable[tuple[KeyPath, str]]:
    for name in file.words:
        if name not in RULES:
            yield ("words", name), "is no rule of the linter"


def _vectors() -> Vectors:
    by_word: list[tuple[float, Vectors]] = [(0.6, Weighted(words)), (0.4, Weighted(letters))]
    try:
        from mlsd_kit.practice.questions.sentences import Sentences

        return Beside([(0.6, Sentences()), (0.4, Beside(by_word))])
    except MissingExtra:
        return Beside(by_word)
