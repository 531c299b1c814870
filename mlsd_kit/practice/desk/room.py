"""The desk during an interview: its parts, and what each of them has the engine do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from mlsd_kit.practice.desk.chat import Chat
from mlsd_kit.practice.desk.clock import Clock
from mlsd_kit.practice.desk.dialogue import lines
from mlsd_kit.practice.desk.estimate_form import estimate_form, verdict
from mlsd_kit.practice.desk.form import Form
from mlsd_kit.practice.desk.notes import notes_form, show_notes
from mlsd_kit.practice.desk.part import Message, shown
from mlsd_kit.practice.desk.whiteboard import Whiteboard
from mlsd_kit.practice.interview.engine import READING, Interview, Reply
from mlsd_kit.practice.record.state import state_of

SURE = "The interview ends here, and you cannot go on with it. End it?"


class Room:
    """An interview with its parts on a desk.

    Args:
        interview: under way.
        over: called once, when it is finished.
        id: of the interview, by which the browser keeps what was typed and not sent; empty where
            it is not kept.
    """

    def __init__(self, interview: Interview, over: Callable[[], None], id: str = "") -> None:
        self.interview = interview
        self._over = over
        self.clock = Clock({"beat": self._beat, "go": self._go})
        self.chat = Chat({"send": self._hear}, wants_focus=True, draft=_draft(id, "chat"))
        self.controls = Form(
            {"next": self._next, "deeper": self._deeper, "finish": self._finish},
            buttons=[
                {"name": "next", "label": "Next stage"},
                {"name": "deeper", "label": "Ask me a deeper question"},
                {"name": "finish", "label": "Finish", "confirm": SURE},
            ],
        )
        self.estimates = estimate_form(interview.case, self._estimate)
        self.notes = notes_form(self._note, _draft(id, "notes"))
        design = interview.state.design
        self.board = Whiteboard(
            interview.case, self._propose, text=design, draft=_draft(id, "whiteboard")
        )
        self.board.draw()
        self.widget = self._arranged()
        self._show()

    def _do(self, verb: Callable[[], Reply]) -> Reply:
        self.interview.beat()  # a silence before this does not count
        reply = verb()
        self._show()
        kept = shown(reply.text) == self.chat.lines[-1]["text"]
        self.chat.says = "" if kept else shown(reply.text)
        return reply

    def _beat(self, _: Message) -> None:
        self.interview.beat()
        self._show()

    def _show(self) -> None:
        """Show the interview as it stands."""
        events = self.interview.record.events()
        state = state_of(events, self.interview.clock())
        self.chat.lines = lines(events)
        self.clock.set(state)
        show_notes(self.notes, state.notes)
        self.chat.answering = not state.finished
        if state.finished:
            self._over()

    def _hear(self, message: Message) -> None:
        if self.interview.is_reading():
            self.chat.says = READING
        with self.chat.hold_sync():
            self._do(lambda: self.interview.hear(message["text"]))
            self.chat.heard = message["number"]

    def _go(self, message: Message) -> None:
        self._do(lambda: self.interview.go_to(message["stage"]))

    def _next(self, _: Message) -> None:
        self._do(lambda: self.interview.go_to("next"))

    def _deeper(self, _: Message) -> None:
        self._do(self.interview.dig)

    def _finish(self, _: Message) -> None:
        self._do(self.interview.finish)

    def _estimate(self, id: str, text: str) -> None:
        reply = self._do(lambda: self.interview.estimate(id, text))
        self.estimates.says = shown(verdict(reply.estimate) if reply.estimate else reply.text)

    def _note(self, text: str) -> None:
        if text.strip():
            self._do(lambda: self.interview.note(text))
            self.notes.taken += 1

    def _propose(self, text: str) -> None:
        self.board.says = shown(self._do(lambda: self.interview.propose(text)).text)

    def _arranged(self) -> widgets.Widget:
        left = widgets.VBox([self.chat, self.controls], layout=_column("3 1 26em"))
        right = widgets.VBox([self.estimates, self.notes], layout=_column("2 1 18em"))
        both = widgets.Box([left, right], layout={"flex_flow": "row wrap", "width": "100%"})
        return widgets.VBox([self.clock, both, self.board])


def _draft(id: str, part: str) -> str:
    return f"mlsd {id} {part}" if id else ""


def _column(flex: str) -> dict[str, Any]:
    return {"flex": flex, "min_width": "0", "padding": "0 8px 0 0"}
