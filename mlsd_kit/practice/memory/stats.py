"""What the reviews say: how many cards are known, what comes in the next days, what is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

import pandas as pd

from mlsd_kit import framework
from mlsd_kit.practice.memory.card import Card
from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.practice.memory.schedule import Learned, recall


def stage_table(
    cards: Mapping[str, Card], learned: Mapping[str, Learned], now: datetime
) -> pd.DataFrame:
    """A row for each stage and one for all: cards, new, learning, known, due, chance to recall.

    Args:
        cards: to count.
        learned: card → what is known of it.
        now: in any zone.
    """
    rows = {}
    for stage in (*framework.STAGE_NAMES, "all"):
        ids = [id for id, card in cards.items() if stage in (card.stage, "all")]
        known = [learned[id] for id in ids if id in learned]
        young = sum(card.young for card in known)
        rows[stage] = {
            "cards": len(ids),
            "new": len(ids) - len(known),
            "learning": young,
            "known": len(known) - young,
            "due now": sum(card.due <= now for card in known),
            "recall": _mean([recall(card, now) for card in known]),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("stage")


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def due_by_day(learned: Mapping[str, Learned], now: datetime, days: int = 14) -> pd.Series:
    """Cards that come up on each of the next days; what is overdue counts for today.

    Args:
        learned: card → what is known of it.
        now: in the zone whose days are meant.
        days: how many, today included.

    Returns:
        Date → number of cards.
    """
    today = now.date()
    dates = [today + timedelta(days=n) for n in range(days)]
    counts = dict.fromkeys(dates, 0)
    for known in learned.values():
        date = max(today, known.due.astimezone(now.tzinfo).date())
        if date in counts:
            counts[date] += 1
    return pd.Series(counts, name="cards")


def kept_share(log: ReviewLog, zone: tzinfo | None = UTC) -> tuple[int, float | None]:
    """Reviews of cards that had been seen on an earlier day, and the share not forgotten.

    Args:
        log: of the reviews.
        zone: whose days are meant.
    """
    reviews = log.reviews()
    day = reviews["at"].dt.tz_convert(zone).dt.date
    later = reviews[day > day.groupby(reviews["card"]).transform("min")]
    return len(later), float((later["rating"] > 1).mean()) if len(later) else None
