"""The reviews of a learner: an append-only table beside the interviews, in the same file."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from mlsd_kit.practice.memory.schedule import Learned, forecast, review, utc
from mlsd_kit.practice.record.history import History

_TABLE = """
create table if not exists card_reviews (
    id integer primary key, at real not null, card text not null, rating integer not null,
    took_s real not null, state text not null
)
"""
_INDEX = "create index if not exists reviews_by_card on card_reviews (card, id)"
_LAST = """
select card, state from card_reviews where id in (select max(id) from card_reviews group by card)
"""
_ALL = "select at, card, rating, took_s from card_reviews order by id"


@dataclass(frozen=True)
class ReviewLog:
    """The reviews in a history; several processes may write to it at the same time.

    Args:
        history: the file.
        spread: vary intervals of days a little.
    """

    history: History
    spread: bool = True

    def add(self, card: str, rating: int, at: float, took_s: float = 0.0) -> Learned:
        """Note that a card was rated; it is on disk when this returns.

        What is known of the card is read and written in one step, so that a rating in another
        process is counted first or counted after, and never lost.

        Args:
            card: its id.
            rating: from 1 (again) to 4 (easy).
            at: when, in seconds since the epoch.
            took_s: from the question to the rating.

        Raises:
            UserError: when the file cannot be written.
        """
        with self.history.open() as db:
            db.execute("begin immediate")
            _prepare(db)
            row = db.execute(
                "select state from card_reviews where card = ? order by id desc limit 1", (card,)
            ).fetchone()
            before = Learned(row[0]) if row else None
            after = review(before, rating, utc(at), spread=self._spread(card))
            db.execute(
                "insert into card_reviews (at, card, rating, took_s, state) values (?, ?, ?, ?, ?)",
                (at, card, rating, took_s, after.state),
            )
        return after

    def forecast(self, card: str, at: float) -> dict[int, timedelta]:
        """Rating → how long until a card would come again if it were rated so.

        Args:
            card: its id.
            at: when it is rated, in seconds since the epoch.
        """
        return forecast(self.learned().get(card), utc(at), spread=self._spread(card))

    def learned(self) -> Mapping[str, Learned]:
        """Card → what is known of it, of the cards that were reviewed."""
        with self.history.open() as db:
            _prepare(db)
            return {card: Learned(state) for card, state in db.execute(_LAST)}

    def reviews(self) -> pd.DataFrame:
        """Every review, oldest first: at (UTC), card, rating, took_s."""
        with self.history.open() as db:
            _prepare(db)
            rows = db.execute(_ALL).fetchall()
        frame = pd.DataFrame(rows, columns=["at", "card", "rating", "took_s"])
        frame["at"] = pd.to_datetime(frame["at"], unit="s", utc=True)
        return frame

    def _spread(self, card: str) -> str:
        return card if self.spread else ""


def _prepare(db: sqlite3.Connection) -> None:
    db.execute(_TABLE)
    db.execute(_INDEX)
