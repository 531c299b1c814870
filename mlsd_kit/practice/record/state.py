"""Where an interview stands: everything that follows from its events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mlsd_kit.errors import UserError
from mlsd_kit.practice.record.clock import STAGES, budgets, spent
from mlsd_kit.practice.record.events import (
    ASKED,
    ASSESSED,
    ESTIMATED,
    FINISHED,
    NOTED,
    PROPOSED,
    SAID,
    STAGE,
    STARTED,
    Event,
)

UNREADABLE = "unreadable"
"""Verdict on an estimate that cannot be read."""
LEVELS = ("junior", "senior", "staff")


@dataclass(frozen=True)
class State:
    """An interview after some events. Make it with `state_of`."""

    case: str
    level: str
    minutes: float
    stage: str
    finished: bool
    spent: dict[str, float]
    """Seconds at each stage."""
    told: dict[str, str] = field(default_factory=dict)
    """Fact → the question that brought it out first."""
    turned_back: int = 0
    """Questions that brought out nothing."""
    said: dict[str, list[str]] = field(default_factory=dict)
    """Stage → what was answered there, in order."""
    probed: tuple[str, ...] = ()
    """Ids of the follow-ups that were asked, in order."""
    estimates: dict[str, str] = field(default_factory=dict)
    """Estimate → the last text given for it that could be read, or else the last."""
    design: str = ""
    """The last design proposed that could be read, as YAML."""
    notes: tuple[str, ...] = ()
    assessed: dict[str, str] = field(default_factory=dict)
    """``stage.item`` → how the candidate judged an item of the rubric."""
    visited: tuple[str, ...] = ()
    """Stages in the order in which they were first entered."""

    @property
    def elapsed(self) -> float:
        """Seconds on the clock."""
        return sum(self.spent.values())

    @property
    def left(self) -> float:
        """Seconds left of the whole interview; below 0 when it is over time."""
        return 60 * self.minutes - self.elapsed

    def stage_left(self) -> float:
        """Seconds left of the present stage's budget; below 0 when it is over."""
        return budgets(self.minutes)[self.stage] - self.spent[self.stage]


def state_of(events: Sequence[Event], now: float | None = None) -> State:
    """Where an interview stands after its events.

    Args:
        events: all of them, oldest first.
        now: also count the time since the last one.

    Raises:
        UserError: when they do not begin an interview.
    """
    if not events or events[0].kind != STARTED:
        raise UserError("an interview's record begins with its start")
    start = events[0].data
    told: dict[str, str] = {}
    said: dict[str, list[str]] = {}
    probed: list[str] = []
    estimates: dict[str, str] = {}
    assessed: dict[str, str] = {}
    notes: list[str] = []
    visited = [str(start.get("stage", STAGES[0]))]
    stage, design, finished, turned_back = visited[0], "", False, 0
    for event in events:
        data: dict[str, Any] = dict(event.data)
        if event.kind == ASKED:
            for fact in data["facts"]:
                told.setdefault(fact, data["text"])
            turned_back += not data["facts"]
        elif event.kind == SAID:
            said.setdefault(data["stage"], []).append(data["text"])
        elif event.kind == ESTIMATED:
            if data["verdict"] != UNREADABLE or data["id"] not in estimates:
                estimates[data["id"]] = data["text"]
        elif event.kind == PROPOSED and data["read"]:
            design = data["design"]
        elif event.kind == STAGE:
            stage = data["stage"]
            visited.append(stage)
        elif event.kind == NOTED:
            notes.append(data["text"])
        elif event.kind == ASSESSED:
            assessed[data["item"]] = data["grade"]
        elif event.kind == FINISHED:
            finished = True
        if data.get("probe"):
            probed.append(data["probe"])
    return State(
        case=start["case"],
        level=start["level"],
        minutes=start["minutes"],
        stage=stage,
        finished=finished,
        spent=spent(events, now),
        told=told,
        turned_back=turned_back,
        said=said,
        probed=tuple(probed),
        estimates=estimates,
        design=design,
        notes=tuple(notes),
        assessed=assessed,
        visited=tuple(dict.fromkeys(visited)),
    )
