"""Cards in a terminal: the question, Enter, the answer, and a number for how it went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from mlsd_kit.practice.counted import counted
from mlsd_kit.practice.memory.card import Card
from mlsd_kit.practice.memory.schedule import RATINGS, words
from mlsd_kit.practice.memory.session import Sitting

LEAVE = "q"


class Left(Exception):  # noqa: N818
    """The learner left, or the input ended."""


@dataclass
class Terminal:
    """Shows cards by reading lines and printing.

    Args:
        sitting: gives the cards.
        read: gives the next line; raises EOFError at the end.
        console: to print on.
    """

    sitting: Sitting
    read: Callable[[], str] = input
    console: Console = field(default_factory=Console)

    def play(self) -> int:
        """Show cards until there are no more or the learner leaves; how many were rated."""
        due, new = self.sitting.left()
        self._say(f"{due} due, up to {new} new. Enter shows the answer, {LEAVE} leaves.", "dim")
        try:
            while card := self.sitting.next():
                self._show(card)
        except Left:
            pass
        self._say(self._farewell(), "dim")
        return self.sitting.rated

    def _show(self, card: Card) -> None:
        self.console.print()
        self._say(card.about, "dim")
        self._say(card.front, "bold")
        self._line("Enter")
        self._say(card.back)
        self._say(f"from {card.source}", "dim")
        self._say(f"Comes next in {words(self.sitting.rate(card, self._rating(card)))}.", "cyan")

    def _rating(self, card: Card) -> int:
        spans = self.sitting.intervals(card)
        choice = "  ".join(
            f"{number} {name} ({words(spans[number])})" for number, name in RATINGS.items()
        )
        while True:
            typed = self._line(choice)
            if typed in map(str, RATINGS):
                return int(typed)
            self._say(f"Type 1, 2, 3 or 4; {LEAVE} leaves.", "dim")

    def _line(self, prompt: str) -> str:
        self.console.print(Text(f"{prompt} > "), style="cyan", end="", soft_wrap=True)
        try:
            typed = self.read().strip().lower()
        except (EOFError, KeyboardInterrupt):
            raise Left from None
        if typed in (LEAVE, "quit"):
            raise Left
        return typed

    def _farewell(self) -> str:
        said = f"{counted(self.sitting.rated, 'card')} rated, all kept."
        due, new = self.sitting.left()
        if due:
            return f"{said} {due} still due."
        span = self.sitting.next_due()
        if span is None:
            return said
        more = " More new ones: mlsd review --new 10." if not new else ""
        return f"{said} The next is due in {words(span)}.{more}"

    def _say(self, text: str, style: str = "") -> None:
        self.console.print(Text(text), style=style or None, soft_wrap=True)
