"""What a run of the pipeline came to."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

RAN, AS_BEFORE, STOPPED, NOT_REACHED, TO_RUN = (
    "ran",
    "as before",
    "stopped",
    "not reached",
    "to run",
)


@dataclass(frozen=True)
class StepState:
    """One step in a run."""

    step: str
    state: str
    seconds: float = 0.0
    says: str = ""


@dataclass(frozen=True)
class Outcome:
    """A run: its steps, and the decision with its reasons."""

    run_id: str
    """Of the orchestrator."""
    steps: tuple[StepState, ...]
    promoted: bool
    """Whether the candidate serves."""
    serving: str | None
    """The version that serves after the run."""
    stopped_at: str | None
    """The step that said no."""
    reasons: tuple[str, ...]
    """Of the promotion, or of the step that said no."""

    def table(self) -> pd.DataFrame:
        """A row for each step: its state, and what it says."""
        rows = {s.step: {"state": s.state, "says": s.says} for s in self.steps}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("step")

    @property
    def ran(self) -> list[str]:
        """Steps that did their work in this run."""
        return [s.step for s in self.steps if s.state in (RAN, STOPPED)]

    @property
    def decision(self) -> str:
        """The decision in a line."""
        if self.promoted:
            return f"{self.serving} serves"
        still = f"{self.serving} serves on" if self.serving else "no model serves"
        return f"not promoted, stopped by {self.stopped_at or 'an earlier rollback'}; {still}"
