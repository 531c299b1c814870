"""A latency budget: how the time allowed for a request is split over its stages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from mlsd_kit.errors import UserError
from mlsd_kit.requirements.quantities import converted
from mlsd_kit.units import Quantity, format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class OverBudget(UserError):  # noqa: N818
    """The stages of a request take longer than the budget allows."""


@dataclass(frozen=True)
class Stage:
    """A stage of a request: its name, when it starts and how long it may take, in ms."""

    name: str
    start: float
    duration: float
    owner: str = ""
    critical: bool = True

    @property
    def end(self) -> float:
        """When the stage ends, in ms after the request began."""
        return self.start + self.duration


class LatencyBudget:
    """The time allowed for a request, spent stage by stage; each call gives a new budget.

    Args:
        total: the time allowed, such as ``"150 ms"``.
        stages: the stages so far; leave it out and use ``spend``.

    >>> budget = LatencyBudget("150 ms").spend("network", "30 ms", owner="edge")
    >>> budget = budget.spend("user features", "15 ms").spend(
    ...     "ad features", "20 ms", alongside="user features"
    ... )
    >>> budget = budget.spend("ranking", "60 ms")
    >>> budget.spent, budget.left, budget.is_over
    (110.0, 40.0, False)
    """

    def __init__(self, total: Quantity | str, stages: tuple[Stage, ...] = ()) -> None:
        self.total = float(converted(total, "ms", "the latency budget").magnitude)
        if not self.total > 0:
            raise UserError(f"a latency budget is more than 0 ms, not {self.total:g} ms")
        self.stages = stages

    def spend(
        self, name: str, duration: Quantity | str, owner: str = "", alongside: str | None = None
    ) -> LatencyBudget:
        """Add a stage after all earlier ones, or in parallel with one of them.

        Args:
            name: what happens.
            duration: how long it may take, such as ``"30 ms"``.
            owner: the team or service that answers for it.
            alongside: an earlier stage with which it starts; the request then waits for the
                slower of the two. Only the stages that were added last can have company.

        Raises:
            UserError: when the name is taken, ``alongside`` is not one of the last stages, or the
                duration is not a time.
        """
        taken = float(converted(duration, "ms", f"the time of {name!r}").magnitude)
        if not taken >= 0:
            raise UserError(f"{name!r} cannot take {taken:g} ms")
        if any(stage.name == name for stage in self.stages):
            raise UserError(f"the budget has a stage {name!r} already")
        start = self.spent
        if alongside is not None:
            last = max((stage.start for stage in self.stages), default=0.0)
            company = {stage.name: stage.start for stage in self.stages if stage.start == last}
            if alongside not in company:
                raise UserError(
                    f"{name!r} cannot run alongside {alongside!r}; "
                    f"it can alongside: {', '.join(company) or 'nothing yet'}"
                )
            start = company[alongside]
        stages = (*self.stages, Stage(name, start, taken, owner))
        return LatencyBudget(f"{self.total!r} ms", _mark_critical(stages))

    @property
    def spent(self) -> float:
        """The time of the slowest path through the stages, in ms."""
        return max((stage.end for stage in self.stages), default=0.0)

    @property
    def left(self) -> float:
        """What is left of the budget, in ms; negative when it is overspent."""
        return self.total - self.spent

    @property
    def is_over(self) -> bool:
        """Whether the stages take longer than the budget."""
        return self.left < -1e-9

    def check(self) -> LatencyBudget:
        """Give the budget back, or say by how much it is overspent.

        Raises:
            OverBudget: one line with the excess and the largest stage that the request waits for.
        """
        if not self.is_over:
            return self
        worst = max((s for s in self.stages if s.critical), key=lambda stage: stage.duration)
        raise OverBudget(
            f"over budget by {format_number(-self.left)} ms: {format_number(self.spent)} ms spent "
            f"of {format_number(self.total)} ms; the largest stage is {worst.name!r} "
            f"({format_number(worst.duration)} ms)"
        )

    def table(self) -> pd.DataFrame:
        """The stages in ms, with each one's share of the budget and what is left after it."""
        rows = [
            {
                "stage": stage.name,
                "owner": stage.owner,
                "start_ms": stage.start,
                "duration_ms": stage.duration,
                "end_ms": stage.end,
                "share": stage.duration / self.total,
                "left_ms": self.total - stage.end,
                "critical": stage.critical,
            }
            for stage in self.stages
        ]
        columns = (
            "stage", "owner", "start_ms", "duration_ms", "end_ms", "share", "left_ms", "critical",
        )  # fmt: skip
        return pd.DataFrame(rows, columns=list(columns)).set_index("stage")


def plot_latency_budget(budget: LatencyBudget, ax: Axes | None = None) -> Axes:
    """Draw the stages as bars over time; faint bars are stages the request does not wait for.

    Args:
        budget: the budget to draw.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    from mlsd_kit.style import PALETTE

    stages = budget.stages
    if ax is None:
        _, ax = plt.subplots(figsize=(8, 0.42 * len(stages) + 1.4), layout="constrained")
    extent = max(budget.total, budget.spent)
    for row, stage in enumerate(stages):
        late = stage.end > budget.total + 1e-9
        ax.barh(
            row,
            stage.duration,
            left=stage.start,
            height=0.6,
            color=PALETTE[4] if late else PALETTE[0],
            alpha=1.0 if stage.critical else 0.35,
        )
        left_side = stage.end > 0.85 * extent and stage.start > 0.15 * extent
        ax.annotate(
            f"{format_number(stage.duration)} ms",
            (stage.start if left_side else stage.end, row),
            xytext=(-4 if left_side else 4, 0),
            textcoords="offset points",
            ha="right" if left_side else "left",
            va="center",
        )
    ax.axvline(budget.total, color="black", linestyle="--", linewidth=1)
    names = [f"{s.name} ({s.owner})" if s.owner else s.name for s in stages]
    ax.set_yticks(range(len(stages)), names)
    ax.set_ylim(len(stages) - 0.4, -0.6)
    ax.set_xlim(0, extent * 1.05)
    state = f"{format_number(abs(budget.left))} ms {'over' if budget.is_over else 'left'}"
    ax.set_title(f"Budget {format_number(budget.total)} ms (dashed): {state}")
    ax.set_xlabel("time since the request (ms)")
    ax.grid(visible=False, axis="y")
    return ax


def _mark_critical(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    ends: dict[float, float] = {}
    for stage in stages:
        ends[stage.start] = max(ends.get(stage.start, 0.0), stage.end)
    return tuple(replace(stage, critical=stage.end == ends[stage.start]) for stage in stages)
