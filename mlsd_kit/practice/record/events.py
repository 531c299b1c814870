"""What happened in an interview: an append-only list of timestamped events.

Everything else (the stage, the clock, the facts told, the scorecard) follows from that list, so
that the same list gives the same scorecard, and an interview that was cut off goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

STARTED, RESUMED, BEAT, FINISHED = "started", "resumed", "beat", "finished"
ASKED, SAID, ESTIMATED, PROPOSED = "asked", "said", "estimated", "proposed"
STAGE, NOTED, ASSESSED = "stage", "noted", "assessed"
KINDS = (
    STARTED, RESUMED, BEAT, FINISHED, ASKED, SAID, ESTIMATED, PROPOSED, STAGE, NOTED, ASSESSED,
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Args:
        at: seconds since the epoch.
        kind: one of `KINDS`.
        data: what it was, as JSON values; the interviewer's words are under ``reply``.
    """

    at: float
    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Record(Protocol):
    """Keeps the events of one interview."""

    def append(self, event: Event) -> None:
        """Keep an event; it is safe when this returns."""

    def events(self) -> Sequence[Event]:
        """All events, oldest first."""


class MemoryRecord:
    """Keeps the events in this process only."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        self._events = list(events)

    def append(self, event: Event) -> None:
        """Keep an event."""
        self._events.append(event)

    def events(self) -> Sequence[Event]:
        """All events, oldest first."""
        return tuple(self._events)
