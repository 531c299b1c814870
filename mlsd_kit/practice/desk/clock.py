"""The clock: the stages with their time, which goes on in the browser between two messages."""

from __future__ import annotations

import traitlets

from mlsd_kit.practice.desk.part import Part, script
from mlsd_kit.practice.record.clock import STAGES, budgets, title
from mlsd_kit.practice.record.state import State


class Clock(Part):
    """Sends ``{"do": "beat"}`` every 15 seconds and ``{"do": "go", "stage": …}`` at a press."""

    _esm = script("clock")
    stages = traitlets.List(traitlets.Dict()).tag(sync=True)
    """Of each its id, title, budget and the seconds spent."""
    stage = traitlets.Unicode().tag(sync=True)
    total = traitlets.Float().tag(sync=True)
    """Seconds of the whole interview."""
    running = traitlets.Bool(False).tag(sync=True)
    answers = traitlets.Int(0).tag(sync=True)
    """Grows each time the clock is set, by which the browser knows that the kernel is there."""

    def set(self, state: State) -> None:
        """Show the time as it is now."""
        budget = budgets(state.minutes)
        with self.hold_sync():
            self.stages = [
                {
                    "id": stage,
                    "title": title(stage).capitalize(),
                    "budget": budget[stage],
                    "spent": state.spent[stage],
                }
                for stage in STAGES
            ]
            self.stage, self.total = state.stage, 60 * state.minutes
            self.running = not state.finished
            self.answers += 1
