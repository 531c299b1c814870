"""The forms before an interview: begin a new one, or open one that is kept."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from datetime import datetime

from mlsd_kit.cases import discover
from mlsd_kit.errors import UserError
from mlsd_kit.practice.desk.form import Form
from mlsd_kit.practice.record.clock import title
from mlsd_kit.practice.record.history import History
from mlsd_kit.practice.record.state import LEVELS, State, state_of

SHORTEST, LONGEST = 5, 180
"""Minutes of an interview."""


def kept_interviews(history: History) -> dict[str, str]:
    """Id of each kept interview → what it is; those to go on with first, the latest first."""
    if not history.path.is_file():
        return {}
    found: list[tuple[bool, float, str, str]] = []
    for id, events in history.interviews().items():
        with contextlib.suppress(UserError):
            state = state_of(events)
            found.append((state.finished, -events[-1].at, id, _described(state, events[0].at)))
    return {id: described for _, _, id, described in sorted(found)}


def _described(state: State, begun: float) -> str:
    when = datetime.fromtimestamp(begun).strftime("%Y-%m-%d %H:%M")
    where = "finished" if state.finished else f"at {title(state.stage)}"
    spent = f"{state.elapsed / 60:.0f} of {state.minutes:g} min"
    return f"{state.case}, {state.level}, {spent}, {where}, begun {when}"


def open_form(kept: dict[str, str], open: Callable[[str], None]) -> Form:
    """Choose one of the kept interviews, by their descriptions."""
    options = [[id, f"{described} ({id})"] for id, described in kept.items()]
    return Form(
        {"open": lambda message: open(message["interview"])},
        heading="Go on where you left",
        fields=[{"name": "interview", "label": "Interview", "kind": "select", "options": options}],
        buttons=[{"name": "open", "label": "Open"}],
    )


def begin_form(
    case: str, level: str, minutes: float, begin: Callable[[str, str, float], None]
) -> Form:
    """Choose case, level and length of a new interview."""
    cases = [[slug, slug.replace("_", " ")] for slug in discover()]
    return Form(
        {"begin": lambda m: begin(m["case"], m["level"], _number(m["minutes"]))},
        heading="New interview",
        fields=[
            {"name": "case", "label": "Case", "kind": "select", "options": cases, "value": case},
            {
                "name": "level",
                "label": "Level",
                "kind": "select",
                "options": [[name, name] for name in LEVELS],
                "value": level,
            },
            {
                "name": "minutes",
                "label": "Minutes",
                "kind": "number",
                "min": SHORTEST,
                "max": LONGEST,
                "value": f"{minutes:g}",
                "hint": f"{SHORTEST} to {LONGEST}; the stages share them",
            },
        ],
        buttons=[{"name": "begin", "label": "Begin"}],
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
