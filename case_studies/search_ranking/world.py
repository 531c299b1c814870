"""The case's data: a simulated product search, and real judged lists in the same shape.

`load` gives `Judged` lists for ``simulated``, ``mslr`` (a sample of MSLR-WEB) or ``letor`` (a file
in that format).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from mlsd_kit.data.sets import load_letor, load_mslr_sample
from mlsd_kit.errors import UserError
from mlsd_kit.models import InvertedIndex

from . import ltr
from .broker import ask, start_shards
from .caching import hit_table
from .designs import designs
from .features import bm25_by_hand, features, judge, present_score
from .freshness import refresh_table
from .judged import Judged, exposure, gap, quality, summary
from .online import duel, duel_table
from .plots import plot_examination, plot_fan_out, plot_needed, plot_refresh
from .realdata import mslr_ladder
from .retrieval import Retriever, TermVectors, learn_vectors, recall
from .searchlog import SearchLog, act, simulate_log
from .sharding import overlap, search_times, sharded_search
from .simulator import ETA, NEW_PER_DAY, PLACES, World, examination

__all__ = [
    "DATASETS", "ETA", "NEW_PER_DAY", "PLACES", "Judged", "Retriever", "SearchLog",
    "TermVectors", "World", "act", "ask", "bm25_by_hand", "check_run", "clicked_text",
    "designs", "duel", "duel_table", "examination", "exposure", "features", "gap", "hit_table",
    "judge", "learn_vectors", "load", "ltr", "mslr_ladder", "overlap", "plot_examination",
    "plot_fan_out", "plot_needed", "plot_refresh", "present_score", "quality", "real", "recall",
    "refresh_table", "search_times", "served", "sharded_search", "simulate_log", "start_shards",
    "summary",
]  # fmt: skip

DATASETS = ("simulated", "mslr", "letor")
DEPLOYABLE = ("lambdamart", "listwise", "pointwise", "linear")
DEPTH = 200
"""Products that each way of retrieval returns."""
LEAST = {"n_rows": 5_000, "products": 3_000, "queries": 200, "candidates": 20, "trials": 1}


def served(world: World, index: InvertedIndex, candidates: int) -> Judged:
    """What the search in service ranks: the best by BM25, without vectors yet."""
    plain = Retriever.build(world, index, learn_vectors(world.titles, index))
    return judge(plain, plain.by_words(candidates))


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
        UserError: for an unknown name, or data that cannot be read.
    """
    if dataset == "simulated":
        fused = retriever.lists(DEPTH)["fused"]
        return judge(retriever, [products[:candidates] for products in fused])
    return real(dataset, path)


def real(dataset: str, path: str = "none", n_rows: int | None = None) -> Judged:
    """Real judged lists; clicks on them are simulated from the grades.

    A result that is looked at is clicked with probability 0.05 + 0.95 (2^grade − 1) / 15 (Chapelle
    et al., CIKM 2009, with noise). The present ranking is a linear model that learned from a tenth
    of the queries, which are left out (as Joachims et al., WSDM 2017, do). All queries are asked
    equally often.

    Raises:
        UserError: for an unknown name, or data that cannot be read.
    """
    if dataset == "mslr":
        parts = [load_mslr_sample(part, n_rows) for part in ("train", "test")]
        frame = pd.concat(parts, ignore_index=True)
    elif dataset == "letor":
        if path in ("", "none"):
            raise UserError("data_path: name the file in the format of LETOR, such as train.txt")
        frame = load_letor(path, n_rows)
    else:
        raise UserError(f"dataset: {dataset!r} is none of {', '.join(DATASETS)}")
    return _from_frame(frame)


def _from_frame(frame: pd.DataFrame) -> Judged:
    query = np.unique(frame["query"], return_inverse=True)[1]
    order = np.argsort(query, kind="stable")
    frame, query = frame.iloc[order].reset_index(drop=True), query[order]
    X, grade = frame.drop(columns=["relevance", "query"]), frame["relevance"].to_numpy()
    known = query < max(1, query.max() // 10)
    filled = X.fillna(0)
    scale = filled[known].std().clip(lower=1e-6)
    present = Ridge(alpha=100.0).fit(filled[known] / scale, grade[known]).predict(filled / scale)
    judged = Judged(
        X, query, grade.astype(int),
        0.05 + 0.95 * (2.0 ** np.minimum(grade, 4) - 1) / 15,
        np.full(len(X), np.nan),
        np.round(present, 6),
        pd.Series(1.0, index=np.unique(query)),
        np.arange(len(X)),
    )  # fmt: skip
    return judged.rows(~known)


def check_run(parameters: Mapping[str, Any]) -> None:
    """Refuse what a run could not use, before it starts.

    Raises:
        UserError: for a wrong data set, model or size, or a file that cannot be read.
    """
    if parameters["model"] not in DEPLOYABLE:
        raise UserError(f"model: {parameters['model']!r} is none of {', '.join(DEPLOYABLE)}")
    if parameters["dataset"] != "simulated":
        real(parameters["dataset"], parameters["data_path"], 500)
    for name, least in LEAST.items():
        if parameters[name] < least:
            raise UserError(f"{name}: {parameters[name]} is too few; at least {least}")
    for name in ("requests_per_s", "latency_ms", "catalogue"):
        if parameters[name] <= 0:
            raise UserError(f"{name}: {parameters[name]} has to be above 0")
