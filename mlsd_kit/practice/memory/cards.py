"""All cards, and a choice of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mlsd_kit import framework
from mlsd_kit.cases import discover, load_case
from mlsd_kit.content import roots
from mlsd_kit.practice.memory.card import Card
from mlsd_kit.practice.memory.kept import kept_cards

ALIKE = 0.6
"""Share of common words from which on two questions about a case are the same."""


def all_cards() -> Mapping[str, Card]:
    """Every card by its id: those of cases, lessons, exercises, the framework and the linter.

    Raises:
        UserError: when a case's files have mistakes.
    """
    return _known(tuple(roots()))


def select(
    cards: Mapping[str, Card], case: str | None = None, stage: str | None = None
) -> dict[str, Card]:
    """The cards of a case and of a stage of the framework.

    Raises:
        UserError: for a case or a stage that is not there.
    """
    slug = load_case(case).slug if case else None
    name = framework.stage(stage).name if stage else None
    return {
        id: card
        for id, card in cards.items()
        if (slug is None or card.case == slug) and (name is None or card.stage == name)
    }


@functools.lru_cache(maxsize=4)
def _known(where: tuple[Path, ...]) -> Mapping[str, Card]:
    return {card.id: card for card in kept_cards(where, _made)}


def _made() -> list[Card]:
    from mlsd_kit.practice.memory.from_cases import case_cards
    from mlsd_kit.practice.memory.from_exercises import exercise_cards
    from mlsd_kit.practice.memory.from_lessons import lesson_cards
    from mlsd_kit.practice.memory.from_rules import rule_cards

    made = [card for slug in discover() for card in case_cards(load_case(slug))]
    return list(_first_asked([*made, *lesson_cards(), *exercise_cards(), *rule_cards()]))


def _first_asked(cards: Iterable[Card]) -> Iterator[Card]:
    """Leave out what was asked before: several files of a case may ask the same, or nearly."""
    asked: dict[str, list[frozenset[str]]] = {}
    for card in cards:
        words = frozenset(re.findall(r"\w+", card.front.casefold()))
        before = asked.setdefault(card.case if _is_question(card) else card.id, [])
        if not any(len(words & other) >= ALIKE * len(words | other) for other in before):
            before.append(words)
            yield card


def _is_question(card: Card) -> bool:
    """Whether it is an interviewer's question about a case, in the words of a file."""
    return any(f".{kind}." in f".{card.id}" for kind in ("probe", "follow_up", "asked"))
