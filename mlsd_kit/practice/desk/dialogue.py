"""An interview's events as the lines of a conversation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlsd_kit.practice.desk.part import shown
from mlsd_kit.practice.record import events as kinds
from mlsd_kit.practice.record.clock import title
from mlsd_kit.practice.record.events import Event

Line = dict[str, str]
"""``who`` speaks, the ``text``, and its ``kind``: you, interviewer, stage or break."""


def lines(events: Sequence[Event]) -> list[Line]:
    """What was said, in order; what both know without a word is left out.

    >>> asked = {"text": "How many ads?", "facts": [], "reply": "Which ads do you mean?"}
    >>> [line["who"] for line in lines([Event(0.0, "asked", asked)])]
    ['You', 'Interviewer']
    """
    return [line for event in events for line in _lines(event)]


def _lines(event: Event) -> Iterator[Line]:
    data, reply = event.data, str(event.data.get("reply", ""))
    if event.kind == kinds.STAGE:
        yield _line("", title(data["stage"]).capitalize(), "stage")
    elif event.kind == kinds.RESUMED:
        yield _line("", "You were away; the clock stood still.", "break")
    elif event.kind in (kinds.ASKED, kinds.SAID):
        yield _line("You", data["text"], "you")
    elif event.kind == kinds.ESTIMATED:
        yield _line("You", f"{data['id'].replace('_', ' ')}: {data['text']}", "you")
    elif event.kind == kinds.PROPOSED:
        yield _line("You", f"My design:\n{data['design']}", "you")
    elif event.kind == kinds.NOTED and reply:
        yield _line("You", "Ask me a deeper question.", "you")
    if reply:
        yield _line("Interviewer", reply, "interviewer")


def _line(who: str, text: str, kind: str) -> Line:
    return {"who": who, "text": shown(text), "kind": kind}
