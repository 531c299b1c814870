"""The interview's clock: a budget for each stage, and the time spent, pauses left out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from mlsd_kit import framework
from mlsd_kit.practice.record.events import FINISHED, RESUMED, STAGE, STARTED, Event

STAGES = ("requirements", "data", "model", "evaluation", "deployment", "scaling", "wrap_up")
"""Stages in their usual order; the framework's six, then questions and a summary."""
SHARES = (8, 6, 6, 6, 7, 7, 5)
"""Minutes of each in an interview of 45."""
BEAT_S = 15.0
"""A silence longer than this is noted by a heartbeat, so that little time is lost at a kill."""


def title(stage: str) -> str:
    """A stage as a person would call it.

    >>> title("wrap_up"), title("data")
    ('wrap-up', 'data')
    """
    return "wrap-up" if stage == "wrap_up" else framework.stage(stage).name


def budgets(minutes: float) -> dict[str, float]:
    """Seconds for each stage of an interview.

    >>> budgets(45)["requirements"]
    480.0
    """
    return {
        stage: 60 * minutes * share / sum(SHARES)
        for stage, share in zip(STAGES, SHARES, strict=True)
    }


def spent(events: Sequence[Event], now: float | None = None) -> dict[str, float]:
    """Seconds spent at each stage.

    The time between the last sign of life before a break and the resumption does not count, nor
    does a clock that was set back.

    Args:
        events: of the interview.
        now: also count the time since the last event, while the interview is on.
    """
    seconds = dict.fromkeys(STAGES, 0.0)
    stage = STAGES[0]
    last = events[-1] if events else None
    end = [Event(now, "now")] if now is not None and last and last.kind != FINISHED else []
    for before, after in itertools.pairwise([*events, *end]):
        if before.kind in (STARTED, STAGE):
            stage = before.data.get("stage", stage)
        if before.kind == FINISHED:
            break
        if after.kind != RESUMED:
            seconds[stage] += max(0.0, after.at - before.at)
    return seconds
