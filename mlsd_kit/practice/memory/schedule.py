"""When a card comes again: FSRS, with its present parameters and all times in UTC."""

from __future__ import annotations

import contextlib
import functools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mlsd_kit.errors import require

RATINGS = {1: "again", 2: "hard", 3: "good", 4: "easy"}
"""What a learner may say of a card, as FSRS counts it."""


@dataclass(frozen=True)
class Learned:
    """What is known of a card after its reviews."""

    state: str
    """FSRS's state of it, as JSON."""

    @functools.cached_property
    def values(self) -> dict[str, Any]:
        """The state's values by name."""
        values: dict[str, Any] = json.loads(self.state)
        return values

    @property
    def due(self) -> datetime:
        """When it comes again, in UTC."""
        return datetime.fromisoformat(self.values["due"])

    @property
    def stability(self) -> float:
        """Days until the chance to remember it is down to 90 %."""
        return float(self.values["stability"])

    @property
    def young(self) -> bool:
        """Whether it is still being learned, or was forgotten: it comes again within minutes."""
        return bool(self.values["state"] != _fsrs().State.Review.value)


def review(before: Learned | None, rating: int, at: datetime, *, spread: str = "") -> Learned:
    """What is known of a card after it was rated.

    Args:
        before: what was known; None for a card that is new.
        rating: one of `RATINGS`.
        at: when it was rated, in UTC.
        spread: id of the card, by which intervals of days are varied a little, so that cards of
            one day do not come back together; the same card is varied alike until it is rated.

    Raises:
        MissingExtra: when ``fsrs`` is not installed.
    """
    fsrs = _fsrs()
    card = fsrs.Card.from_json(before.state) if before else fsrs.Card(card_id=0, due=at)
    with _same_chance(f"{spread} {before.state if before else ''}"):
        card, _ = _scheduler(bool(spread)).review_card(card, fsrs.Rating(rating), at)
    return Learned(card.to_json())


def forecast(before: Learned | None, at: datetime, *, spread: str = "") -> dict[int, timedelta]:
    """Rating → how long until the card comes again, as `review` will have it."""
    return {rating: review(before, rating, at, spread=spread).due - at for rating in RATINGS}


def recall(learned: Learned, at: datetime) -> float:
    """The chance to remember a card, from 0 to 1."""
    card = _fsrs().Card.from_json(learned.state)
    return float(_scheduler(False).get_card_retrievability(card, at))


def utc(seconds: float) -> datetime:
    """Seconds since the epoch as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def words(span: timedelta) -> str:
    """A span of time as a person says it.

    >>> words(timedelta(minutes=10)), words(timedelta(days=1)), words(timedelta(days=400))
    ('10 min', '1 day', '13 months')
    """
    minutes, days = span.total_seconds() / 60, span.total_seconds() / 86400
    if minutes < 59.5:
        return f"{max(1, round(minutes))} min"
    if days < 0.98:
        return f"{round(minutes / 60)} h"
    if days < 60:
        return f"{round(days)} day{'s' if round(days) > 1 else ''}"
    return f"{round(days / 30.44)} months"


@contextlib.contextmanager
def _same_chance(seed: str) -> Iterator[None]:
    """Have ``random``, by which FSRS varies intervals, follow a seed, and then go on as before."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def _fsrs() -> Any:
    return require("fsrs")


@functools.cache
def _scheduler(spread: bool) -> Any:
    return _fsrs().Scheduler(enable_fuzzing=spread)
