"""How many candidates each stage of a funnel should keep, under a budget of time."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mlsd_kit.style import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Pairs = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Scores of pairs, from numbers of requests and of items, shape (p,) each."""
KNOBS = ("effort", "retrieve", "rank")


@dataclass(frozen=True)
class StageCost:
    """Milliseconds of a stage: a fixed part and one for each candidate."""

    fixed_ms: float
    per_candidate_us: float

    def __call__(self, candidates: float) -> float:
        """Milliseconds for so many candidates.

        >>> StageCost(1.0, 20.0)(100)
        3.0
        """
        return self.fixed_ms + self.per_candidate_us * candidates / 1000

    @classmethod
    def fit(cls, candidates: Sequence[int], ms: Sequence[float]) -> StageCost:
        """The least-squares line through measured times; no part below zero."""
        from scipy.optimize import nnls

        counts = np.asarray(candidates, dtype=float)
        (fixed, each), _ = nnls(np.column_stack([np.ones(len(counts)), counts]), np.asarray(ms))
        return cls(float(fixed), float(1000 * each))

    @classmethod
    def measure(
        cls, run: Callable[[int], object], candidates: Sequence[int], repeats: int = 5
    ) -> StageCost:
        """Time ``run(k)`` for each number of candidates (the fastest of the repeats), and fit."""
        fastest = []
        for k in candidates:
            run(k)
            spent = []
            for _ in range(repeats):
                start = time.perf_counter()
                run(k)
                spent.append(1000 * (time.perf_counter() - start))
            fastest.append(min(spent))
        return cls.fit(candidates, fastest)


class ScoredFunnel:
    """Requests whose candidates are scored once, so that any setting can be judged at once.

    Retrieval gives candidates in its own order; the light ranker sees the first ``retrieve`` of
    them and passes its best ``rank`` to the heavy one, whose best ``shown`` are shown.

    Args:
        retrieved: effort of retrieval (a number, or any name) → ids, shape (m, c), nearest first,
            −1 where fewer were found.
        light: scores of the light ranker. heavy: of the heavy ranker.
        value: true value of showing an item.
        best: mean value of the best possible list of each request, shape (m,).
        shown: items in a list.
    """

    def __init__(
        self,
        retrieved: Mapping[Hashable, np.ndarray],
        light: Pairs,
        heavy: Pairs,
        value: Pairs,
        best: np.ndarray,
        shown: int = 10,
    ) -> None:
        self.shown = shown
        self.best = best
        efforts, shapes = list(retrieved), [ids.shape for ids in retrieved.values()]
        request = np.concatenate([np.repeat(np.arange(m), c) for m, c in shapes])
        item = np.concatenate([ids.ravel() for ids in retrieved.values()])
        pairs, place = np.unique(np.stack([request, item]), axis=1, return_inverse=True)
        real = pairs[1] >= 0
        self._scores: dict[Hashable, dict[str, np.ndarray]] = {effort: {} for effort in efforts}
        cuts = np.cumsum([m * c for m, c in shapes])[:-1]
        for name, scored in {"light": light, "heavy": heavy, "value": value}.items():
            scores = np.full(pairs.shape[1], -np.inf)
            scores[real] = scored(pairs[0][real], pairs[1][real])
            parts = np.split(scores[place.ravel()], cuts)
            for effort, part, shape in zip(efforts, parts, shapes, strict=True):
                self._scores[effort][name] = part.reshape(shape)

    def quality(self, effort: Hashable, retrieve: int, rank: int) -> float:
        """Value of what is shown, as a share of the best possible; a missing item is worth nothing.

        Args:
            effort: of retrieval, one of those given.
            retrieve: candidates for the light ranker. rank: candidates for the heavy one.
        """
        scores = {name: of[:, :retrieve] for name, of in self._scores[effort].items()}
        kept = _best(scores["light"], rank)
        heavy = np.take_along_axis(scores["heavy"], kept, axis=1)
        listed = np.take_along_axis(kept, _best(heavy, self.shown), axis=1)
        value = np.take_along_axis(scores["value"], listed, axis=1)
        gained = np.where(np.isfinite(value), value, 0.0).sum(axis=1) / self.shown
        return float(gained.mean() / self.best.mean())

    def grid(
        self,
        retrieval_ms: Mapping[int, float],
        light: StageCost,
        heavy: StageCost,
        retrieve: Sequence[int],
        rank: Sequence[int],
    ) -> pd.DataFrame:
        """Quality and milliseconds of every setting.

        Args:
            retrieval_ms: effort → milliseconds. light: cost of the light ranker. heavy: of the
                heavy one.
            retrieve: numbers of candidates to try. rank: likewise, for the heavy ranker.

        Returns:
            One row for each setting with rank ≤ retrieve: `KNOBS`, ``quality``, ``ms``.
        """
        rows = [
            {
                "effort": effort,
                "retrieve": k1,
                "rank": k2,
                "quality": self.quality(effort, k1, k2),
                "ms": spent + light(k1) + heavy(k2),
            }
            for effort, spent in retrieval_ms.items()
            for k1 in retrieve
            for k2 in rank
            if self.shown <= k2 <= k1
        ]
        return pd.DataFrame(rows)


def best_under(grid: pd.DataFrame, budget_ms: float) -> pd.Series:
    """The setting with the highest quality within the budget; the cheapest of equals.

    Raises:
        ValueError: when even the cheapest setting is too dear.
    """
    within = grid[grid["ms"] <= budget_ms]
    if within.empty:
        raise ValueError(
            f"no setting within {budget_ms:g} ms: the cheapest takes {grid['ms'].min():.3g} ms"
        )
    return within.sort_values(["quality", "ms"], ascending=[False, True]).iloc[0]


def next_steps(grid: pd.DataFrame, setting: pd.Series) -> pd.DataFrame:
    """What the next larger value of each knob would give: more quality, more milliseconds.

    Args:
        grid: of `ScoredFunnel.grid`. setting: a row of it.

    Returns:
        One row for each knob that can grow: ``from``, ``to``, ``quality``, ``ms`` (differences),
        ``quality per ms``.
    """
    rows = {}
    for knob in KNOBS:
        others = [name for name in KNOBS if name != knob]
        same = grid[(grid[others] == setting[others]).all(axis=1) & (grid[knob] > setting[knob])]
        if same.empty:
            continue
        step = same.sort_values(knob).iloc[0]
        more = {"quality": step["quality"] - setting["quality"], "ms": step["ms"] - setting["ms"]}
        rate = more["quality"] / more["ms"] if more["ms"] > 0 else np.inf
        rows[knob] = {"from": setting[knob], "to": step[knob], **more, "quality per ms": rate}
    return pd.DataFrame(rows).T


def plot_budget(
    grid: pd.DataFrame, setting: pd.Series, budget_ms: float, ax: Axes | None = None
) -> Axes:
    """Draw quality against milliseconds: all settings, those that nothing beats, the chosen one.

    Args:
        grid: of `ScoredFunnel.grid`. setting: the row chosen. budget_ms: drawn as a line.
        ax: axes to draw on; new ones by default.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
    ordered = grid.sort_values("ms")
    front = ordered[ordered["quality"] > ordered["quality"].cummax().shift(fill_value=-np.inf)]
    ax.plot(grid["ms"], grid["quality"], "o", ms=3, alpha=0.4, label="a setting")
    ax.step(front["ms"], front["quality"], where="post", color=PALETTE[7], label="nothing beats it")
    ax.plot(setting["ms"], setting["quality"], "*", ms=16, color=PALETTE[4], label="chosen")
    ax.axvline(budget_ms, color=PALETTE[6], ls="--", lw=1, label="budget")
    ax.set(xlabel="ms", ylabel="share of the best list", title="What the milliseconds buy")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def _best(scores: np.ndarray, k: int) -> np.ndarray:
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]
