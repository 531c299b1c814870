"""A sitting with the cards: which one comes next, and what becomes of a rating."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mlsd_kit.practice.memory.card import Card
from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.practice.memory.schedule import Learned, utc

NEW = 10
"""New cards in a sitting."""


@dataclass
class Sitting:
    """Goes through the cards that are due, oldest first, and then some new ones.

    Args:
        cards: to choose from.
        log: where the ratings are kept.
        new: how many new cards at most.
        limit: how many ratings at most; none unless told.
        clock: seconds since the epoch.
    """

    cards: Mapping[str, Card]
    log: ReviewLog
    new: int = NEW
    limit: int | None = None
    clock: Callable[[], float] = time.time
    rated: int = 0
    _begun: int = 0
    _shown: tuple[str, float] = ("", 0.0)
    _fresh: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._fresh = sorted(self.cards, key=_shuffled)

    def next(self) -> Card | None:
        """The card to show now; None when nothing is due and there are enough new ones."""
        if self.limit is not None and self.rated >= self.limit:
            return None
        learned = self._learned()
        due = sorted((known.due, id) for id, known in learned.items() if known.due <= self._now())
        fresh = (id for id in self._fresh if id not in learned)
        id = due[0][1] if due else next(fresh, None) if self._begun < self.new else None
        if id is None:
            return None
        if self._shown[0] != id:
            self._shown = (id, self.clock())
        return self.cards[id]

    def intervals(self, card: Card) -> dict[int, timedelta]:
        """Rating → how long until the card would come again."""
        return self.log.forecast(card.id, self.clock())

    def rate(self, card: Card, rating: int) -> timedelta:
        """Keep a rating, from 1 (again) to 4 (easy); how long until the card comes again."""
        was_new = card.id not in self.log.learned()
        now = self.clock()
        took = now - self._shown[1] if self._shown[0] == card.id else 0.0
        after = self.log.add(card.id, rating, now, max(0.0, took))
        self.rated += 1
        self._begun += was_new
        self._shown = ("", 0.0)
        return after.due - utc(now)

    def left(self) -> tuple[int, int]:
        """How many cards are due now, and how many new ones may still come."""
        learned = self._learned()
        due = sum(known.due <= self._now() for known in learned.values())
        fresh = min(self.new - self._begun, len(self.cards) - len(learned))
        return due, max(0, fresh)

    def next_due(self) -> timedelta | None:
        """How long until the next card is due; None when none was ever reviewed."""
        dues = [known.due for known in self._learned().values()]
        return max(min(dues) - self._now(), timedelta(0)) if dues else None

    def _learned(self) -> dict[str, Learned]:
        return {id: known for id, known in self.log.learned().items() if id in self.cards}

    def _now(self) -> datetime:
        return utc(self.clock())


def _shuffled(id: str) -> str:
    """Brings cards in an order that mixes their kinds and is the same every time."""
    return hashlib.sha256(id.encode()).hexdigest()
