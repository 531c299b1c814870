"""The goal and its guards as data, and the verdict on designs that are measured by them."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError


@dataclass(frozen=True)
class Goal:
    """The primary goal as one measurable quantity.

    Args:
        name: what people call it, such as ``"clicks"``.
        measure: the column of the designs' table that holds it.
        direction: whether more or less of it is better.
        target: the value to reach, if there is one.
    """

    name: str
    measure: str
    direction: Literal["maximise", "minimise"] = "maximise"
    target: float | None = None

    def __post_init__(self) -> None:
        if self.direction not in ("maximise", "minimise"):
            raise UserError(
                f"goal {self.name!r}: the direction is 'maximise' or 'minimise', "
                f"not {self.direction!r}"
            )


@dataclass(frozen=True)
class Guard:
    """A secondary goal that guards the first: limits that must hold.

    Args:
        name: what people call it, such as ``"ad quality"``.
        measure: the column of the designs' table that holds it.
        at_least: lower limit, included.
        at_most: upper limit, included.
        relative_to: a design; the limits are then factors of its value: ``at_least=0.8`` with
            ``relative_to="present"`` means at least 80 % of what the present design has.
    """

    name: str
    measure: str
    at_least: float | None = None
    at_most: float | None = None
    relative_to: str | None = None

    def __post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise UserError(f"guard {self.name!r} needs a limit: at_least or at_most")

    def limits(self, designs: pd.DataFrame) -> tuple[float, float]:
        """The lowest and the highest value that keep the guard, in the measure's own unit."""
        unit = 1.0
        if self.relative_to is not None:
            _known(self.relative_to, list(map(str, designs.index)), "design")
            unit = float(designs[self.measure].astype(float)[self.relative_to])
        low = -np.inf if self.at_least is None else self.at_least * unit
        return low, np.inf if self.at_most is None else self.at_most * unit


def judge(goal: Goal, guards: Sequence[Guard], designs: pd.DataFrame) -> pd.DataFrame:
    """Judge designs by the goal and its guards: the best goal does not win if it loses a guard.

    Args:
        goal: the primary goal.
        guards: the secondary goals; a measure that is missing (NaN) loses its guard.
        designs: one row for each design, its name as the index, one column for each measure.

    Returns:
        Designs in order of preference (guards kept, then goal) with the goal's value, its rank,
        the value of each guard and whether it is kept, and a verdict.

    Raises:
        UserError: when a measure or the design of ``relative_to`` is not in the table.

    >>> designs = pd.DataFrame(
    ...     {"clicks": [10, 14], "low_quality": [0.05, 0.2]}, index=["present", "bold"]
    ... )
    >>> guard = Guard("ad quality", "low_quality", at_most=1, relative_to="present")
    >>> judge(Goal("clicks", "clicks"), [guard], designs)["verdict"].to_dict()
    {'present': 'best that keeps every guard', 'bold': 'wins clicks, loses ad quality'}
    """
    if not designs.index.is_unique:
        raise UserError("each design needs a name of its own in the table's index")
    for measure in (goal.measure, *(guard.measure for guard in guards)):
        _known(measure, list(map(str, designs.columns)), "measure")
    value = designs[goal.measure].astype(float)
    ascending = goal.direction == "minimise"
    rank = value.rank(method="min", ascending=ascending, na_option="bottom").astype(int)
    table = pd.DataFrame({goal.name: value, f"{goal.name} rank": rank})
    lost: dict[Hashable, list[str]] = {design: [] for design in designs.index}
    for guard in guards:
        measured = designs[guard.measure].astype(float)
        kept = measured.between(*guard.limits(designs))
        table[guard.name] = measured
        table[f"{guard.name} kept"] = kept
        for design in designs.index[~kept]:
            lost[design].append(guard.name)
    if goal.target is not None:
        reached = value.le(goal.target) if ascending else value.ge(goal.target)
        table["target reached"] = reached
    order = pd.DataFrame(
        {"lost": [bool(lost[d]) for d in designs.index], "rank": rank}
    ).sort_values(["lost", "rank"])
    table = table.loc[order.index]
    best = next((d for d in order.index if not lost[d] and value.notna()[d]), None)
    table["verdict"] = [
        _verdict(goal, design == best, int(rank[design]), lost[design]) for design in table.index
    ]
    return table


def _verdict(goal: Goal, best: bool, rank: int, lost: list[str]) -> str:
    if best:
        return "best that keeps every guard"
    if not lost:
        return "keeps every guard"
    return f"{f'wins {goal.name}, ' if rank == 1 else ''}loses {', '.join(lost)}"


def _known(name: str, names: list[str], kind: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
        raise UserError(f"the designs' table has no {kind} {name!r}; {hint}")
