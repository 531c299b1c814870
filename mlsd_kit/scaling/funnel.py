"""The funnel: each stage scores fewer candidates with a better and dearer model."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mlsd_kit.style import PALETTE
from mlsd_kit.units import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Score = Callable[[pd.DataFrame], ArrayLike]


@dataclass(frozen=True)
class Stage:
    """One stage: a score for each candidate (higher is better), of which the best are kept."""

    name: str
    score: Score
    keep: int

    def __post_init__(self) -> None:
        if self.keep < 1:
            raise ValueError(f"stage {self.name!r} must keep at least one candidate")


@dataclass(frozen=True)
class FunnelResult:
    """What came out of a funnel, and what each stage did.

    ``chosen`` has the positions of the chosen candidates in the given list, best first. ``regret``
    is the true value lost against the best possible choice of as many, ``relative_regret`` its
    share of that best; NaN without a truth.
    """

    chosen: np.ndarray = field(repr=False, compare=False)
    regret: float
    relative_regret: float
    _table: pd.DataFrame = field(repr=False, compare=False)

    def table(self) -> pd.DataFrame:
        """One row for each stage: candidates in and out, recall, milliseconds, share of cost."""
        return self._table.copy()


class Funnel:
    """Stages in order, each working on what the one before kept.

    >>> items = pd.DataFrame({"cheap": [1, 3, 2], "dear": [9, 4, 5]})
    >>> stages = [Stage("retrieve", lambda f: f["cheap"], 2), Stage("rank", lambda f: f["dear"], 1)]
    >>> Funnel(stages).run(items, truth=items["dear"]).chosen.tolist()
    [2]
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        keeps = [stage.keep for stage in stages]
        if not stages or keeps != sorted(keeps, reverse=True):
            raise ValueError(f"a funnel has stages that keep fewer and fewer: {keeps}")
        self.stages = tuple(stages)

    def run(
        self, candidates: pd.DataFrame | ArrayLike, truth: ArrayLike | None = None
    ) -> FunnelResult:
        """Send one request's candidates through all stages.

        A stage's recall is the share of the truly best k candidates that are still there after
        it, k being what the last stage keeps; ``step_recall`` counts only those that it was given.

        Args:
            candidates: features of the candidates, or an array of their ids (a column ``id``).
            truth: true value of each candidate, shape (n,), where it is known.

        Raises:
            ValueError: when the truth or a stage's scores have another length, or a score is NaN.
        """
        frame = (
            candidates
            if isinstance(candidates, pd.DataFrame)
            else pd.DataFrame({"id": np.asarray(candidates)})
        )
        values = None if truth is None else np.asarray(truth, dtype=float)
        if values is not None and values.shape != (len(frame),):
            raise ValueError(f"truth has shape {values.shape} for {len(frame)} candidates")
        best = None if values is None else top_k(values, self.stages[-1].keep)
        alive = np.arange(len(frame))
        rows = []
        for stage in self.stages:
            given = alive
            start = time.perf_counter()
            scores = np.asarray(stage.score(frame.iloc[given]))
            if scores.shape != (len(given),):
                raise ValueError(
                    f"stage {stage.name!r} gave scores of shape {scores.shape} "
                    f"for {len(given)} candidates"
                )
            if np.isnan(scores).any():
                raise ValueError(f"stage {stage.name!r} gave a score that is not a number")
            alive = given[top_k(scores, stage.keep)]
            milliseconds = (time.perf_counter() - start) * 1000
            row = {"stage": stage.name, "in": len(given), "out": len(alive)}
            rows.append({**row, **_recalls(best, given, alive), "ms": milliseconds})
        table = pd.DataFrame(rows).set_index("stage")
        table["cost_share"] = table["ms"] / table["ms"].sum()
        table["us_per_candidate"] = table["ms"] * 1000 / table["in"]
        regret, relative = float("nan"), float("nan")
        if values is not None and best is not None:
            possible = float(values[best].sum())
            regret = possible - float(values[alive].sum())
            relative = regret / possible if possible else float("nan")
        return FunnelResult(alive, regret, relative, table)


def top_k(scores: ArrayLike, k: int) -> np.ndarray:
    """Positions of the k highest scores, highest first; ties go to the first.

    >>> top_k([0.1, 0.9, 0.5], 2).tolist()
    [1, 2]
    """
    array = np.asarray(scores)
    if k < len(array):
        least = np.partition(array, len(array) - k)[len(array) - k]
        above = np.flatnonzero(array > least)
        equal = np.flatnonzero(array == least)[: k - len(above)]
        found = np.sort(np.concatenate([above, equal]))
    else:
        found = np.arange(len(array))
    return found[np.argsort(-array[found], kind="stable")]


def plot_funnel(result: FunnelResult, ax: Axes | None = None) -> Axes:
    """Draw the candidates after each stage, with what the stage took and what it lost.

    Args:
        result: what Funnel.run gave.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    table = result.table()
    if ax is None:
        _, ax = plt.subplots(figsize=(7, 0.7 * len(table) + 1.8), layout="constrained")
    names = ["all candidates", *table.index]
    counts = [int(table["in"].iloc[0]), *table["out"]]
    ax.barh(names, counts, color=PALETTE[0])
    ax.set_xscale("log")
    ax.invert_yaxis()
    notes = [f"{counts[0]:,}"]
    for out, spent, recall in zip(table["out"], table["ms"], table["recall"], strict=True):
        found = "" if np.isnan(recall) else f", recall {recall:.1%}"
        notes.append(f"{out:,} in {format_number(spent, 2)} ms{found}")
    for position, (count, note) in enumerate(zip(counts, notes, strict=True)):
        ax.annotate(note, (count, position), xytext=(5, 0), textcoords="offset points", va="center")
    ax.set_xlim(min(counts) / 2, counts[0] * 60)
    ax.set(xlabel="candidates left (log scale)", title="The funnel")
    ax.grid(visible=False, axis="y")
    return ax


def _recalls(best: np.ndarray | None, given: np.ndarray, alive: np.ndarray) -> dict[str, float]:
    if best is None:
        return {"recall": float("nan"), "step_recall": float("nan")}
    arrived, left = np.isin(best, given).sum(), np.isin(best, alive).sum()
    step = left / arrived if arrived else float("nan")
    return {"recall": float(left / len(best)), "step_recall": float(step)}
