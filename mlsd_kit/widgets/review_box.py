"""Flashcards in JupyterLab: the question, the answer on Enter, and a key for how it went."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from mlsd_kit.content import workspace
from mlsd_kit.errors import UserError, require
from mlsd_kit.practice.memory.card import Card
from mlsd_kit.practice.memory.cards import all_cards, select
from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.practice.memory.schedule import RATINGS, words
from mlsd_kit.practice.memory.session import NEW, Sitting
from mlsd_kit.practice.record.history import History, history_file

if TYPE_CHECKING:
    import anywidget
else:
    anywidget = require("anywidget")

__all__ = ["ReviewBox"]
_HERE = Path(__file__)


class ReviewBox(anywidget.AnyWidget):
    """The cards that are due, one at a time. Enter shows the answer, the keys 1 to 4 rate it.

    Args:
        case: only cards of this case.
        stage: only cards of this stage of the framework.
        new: how many new cards at most.
        limit: how many ratings at most; none unless told.
        log: where ratings are kept; the learner's own unless told.
        clock: seconds since the epoch.

    Raises:
        UserError: for a case or stage that is not there.
        MissingExtra: when ``anywidget`` or ``fsrs`` is not installed.
    """

    _esm = _HERE.with_suffix(".js")
    _css = _HERE.with_suffix(".css")
    view = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        case: str | None = None,
        stage: str | None = None,
        new: int = NEW,
        limit: int | None = None,
        log: ReviewLog | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        require("fsrs")
        super().__init__()
        log = log or ReviewLog(History(history_file()))
        self.sitting = Sitting(select(all_cards(), case, stage), log, new, limit, clock)
        self.card: Card | None = None
        self.on_msg(self._on_message)
        self._show(self._counts())

    def rate(self, rating: int) -> None:
        """Rate the card that is shown, from 1 (again) to 4 (easy), and show the next."""
        if self.card is None:
            return
        try:
            span = self.sitting.rate(self.card, rating)
        except UserError as error:
            self._show(f"Not kept: {error}")
            return
        self._show(f"That one comes next in {words(span)}. {self._counts()}")

    def __repr__(self) -> str:
        return f"Flashcards: {self.view['status']} In a terminal: mlsd review"

    def _on_message(self, _: Any, content: Any, buffers: Any) -> None:
        """A rating from the browser; one of another card, such as a second click, is no rating."""
        if self.card is None or not isinstance(content, dict):
            return
        rating = content.get("rating")
        if isinstance(rating, int) and rating in RATINGS and content.get("card") == self.card.id:
            self.rate(rating)

    def _counts(self) -> str:
        due, new = self.sitting.left()
        return f"{due} due, up to {new} new."

    def _show(self, status: str) -> None:
        self.card = self.sitting.next()
        # A trait that does not change tells the browser nothing, and it waits for an answer.
        turn = self.view.get("turn", 0) + 1
        if self.card is None:
            rated = f"{self.sitting.rated} rated, all kept."
            span = self.sitting.next_due()
            later = f" The next is due in {words(span)}." if span else ""
            self.view = {"turn": turn, "status": f"{status} No more cards now: {rated}{later}"}
            return
        spans = self.sitting.intervals(self.card)
        self.view = {
            "turn": turn,
            "id": self.card.id,
            "status": status,
            "about": self.card.about,
            "front": self.card.front,
            "back": self.card.back,
            "source": str(self.card.source),
            "link": _link(self.card),
            "spans": {str(rating): words(span) for rating, span in spans.items()},
        }


def _link(card: Card) -> str:
    """The source as seen from the notebook's folder; nothing for the package's own files."""
    if card.source.path.startswith("mlsd_kit/"):
        return ""
    up = os.path.relpath(workspace(), Path.cwd())
    return Path(up, card.source.path).as_posix() + card.source.link[len(card.source.path) :]
