"""The case's data: a simulated product search, and real judged lists in the same shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlsd_kit.data.sets import load_mslr_sample
from mlsd_kit.errors import UserError

from . import architecture, explain, ltr
from .broker import ask, fan_out_table, remedy_table, running_shards
from .features import features, judge, served
from .judged import Judged, by_band, exposure, outcomes, quality, summary
from .learning import learning_table
from .online import duel, duel_table
from .pages import depth_table, designs, refresh_table
from .plots import plot_examination, plot_fan_out, plot_needed, plot_recall, plot_refresh
from .real import mslr_ladder, real
from .release import feature_checks, gate, shadow
from .retrieval import Retriever, TermVectors, learn_vectors, recall
from .searchlog import SearchLog, act, simulate_log
from .sharding import (
    hit_table,
    layout_table,
    machines,
    overlap,
    plan_shards,
    search_times,
    sharded_search,
)
from .simulator import ETA, NEW_PER_DAY, PLACES, World, examination

__all__ = [
    "DATASETS", "DEPTH", "ETA", "NEW_PER_DAY", "PLACES", "Judged", "Retriever", "SearchLog",
    "TermVectors", "World", "act", "architecture", "ask", "by_band", "check_run",
    "clicked_text", "depth_table", "designs", "duel", "duel_table", "examination", "explain",
    "exposure", "fan_out_table", "feature_checks", "features", "gate", "hit_table", "judge",
    "layout_table", "learn_vectors", "learning_table", "load", "ltr", "machines", "mslr_ladder",
    "outcomes", "overlap", "plan_shards", "plot_examination", "plot_fan_out", "plot_needed",
    "plot_recall", "plot_refresh", "quality", "real", "recall", "refresh_table", "remedy_table",
    "running_shards", "search_times", "served", "shadow", "sharded_search", "simulate_log",
    "summary",
]  # fmt: skip

DATASETS = ("simulated", "mslr", "letor")
DEPTH = 200
"""Products that each way of retrieval returns."""
LIMITS = {
    "n_rows": (5_000, 5_000_000),
    "products": (3_000, 200_000),
    "queries": (200, 10_000),
    "candidates": (20, DEPTH),
    "trials": (1, 1_000),
}
LINES_CHECKED = 20_000


def clicked_text(
    world: World, shown: Judged, log: SearchLog
) -> tuple[list[list[str]], list[list[str]], np.ndarray]:
    """Query tokens, title tokens and clicks of every clicked pair of the log."""
    clicks = np.bincount(log.row.ravel(), log.clicked.ravel(), minlength=len(shown))
    hit = np.flatnonzero(clicks)
    queries = [world.words[q] for q in shown.query[hit]]
    return queries, [world.titles[p] for p in shown.item[hit]], clicks[hit]


def load(dataset: str, retriever: Retriever, candidates: int, path: str = "none") -> Judged:
    """Judged lists: the fused candidates of the simulated search, or a real set.

    Raises:
        UserError: for data that cannot be read.
    """
    if dataset != "simulated":
        return real(dataset, path)
    fused = retriever.lists(DEPTH)["fused"]
    return judge(retriever, [products[:candidates] for products in fused])


def check_run(parameters: Mapping[str, Any]) -> None:
    """Refuse what a run could not use, before it starts.

    Raises:
        UserError: for a wrong data set, model or size, or a file that cannot be read.
    """
    for name, known in (("model", ltr.DEPLOYABLE), ("dataset", DATASETS)):
        if parameters[name] not in known:
            raise UserError(f"{name}: {parameters[name]!r} is none of {', '.join(known)}")
    for name, (least, most) in LIMITS.items():
        if not least <= parameters[name] <= most:
            raise UserError(f"{name}: {parameters[name]} is not between {least} and {most}")
    for name in ("requests_per_s", "latency_ms", "catalogue"):
        if parameters[name] <= 0:
            raise UserError(f"{name}: {parameters[name]} has to be above 0")
    load_mslr_sample("test", 1)
    if parameters["dataset"] != "simulated":
        real(parameters["dataset"], parameters["data_path"], LINES_CHECKED)
