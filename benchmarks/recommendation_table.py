"""MovieLens 100K by the published protocol: the ladder and two stages over five splits.

`python benchmarks/recommendation_table.py` prints the table of `docs/recommendation.md`. For each
split every hyperparameter is chosen inside its training part: a model learns from three quarters of
each item's training events (by time: from the first three quarters) and is judged on the rest. The
best setting then learns from the whole training part. Seconds are processor seconds, those of all
threads added; `OMP_NUM_THREADS=1` keeps waiting out of them. With numbers of splits behind it
(`… recommendation_table.py 1 2`), only these.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.cases import load_case
from mlsd_kit.models import BPR, EASE, ImplicitALS, ItemSimilarity, Popularity, recommend
from mlsd_kit.workbook import text_table

W = load_case("recommendation").world()
K = 10
GRIDS: dict[str, list[Any]] = {
    "popularity": [Popularity],
    "item similarity": [partial(ItemSimilarity, n) for n in (50, 100, 200, None)],
    "BPR, 32 factors, large steps": [
        partial(BPR, 32, 0.05, penalty, 30) for penalty in (0.01, 0.05)
    ],
    "BPR": [
        partial(BPR, factors, 0.02, penalty) for factors in (128, 200) for penalty in (0.01, 0.02)
    ],
    "iALS": [
        partial(ImplicitALS, factors, unobserved, penalty)
        for factors, unobserved in ((16, 1.0), (32, 0.3), (32, 1.0))
        for penalty in (0.002, 0.005, 0.01)
    ],
    "EASE": [partial(EASE, penalty) for penalty in (100.0, 200.0, 300.0, 400.0, 800.0, 1600.0)],
}
LEAVES = (4, 6, 15, 31)


def by_time(views, _seed: int):
    """Split by time; of the later part only users with any earlier view."""
    train, test = W.split_by_time(views)
    return train, test.rows(test.events["user"].isin(train.events["user"].unique()).to_numpy())


def ndcg(model, train, test) -> float:
    """Of a fresh model that learns from one part, judged on the other."""
    X = train.matrix()
    return W.quality(recommend(model.fit(X).score(X), K, seen=X), test)["nDCG@10"]


def chosen(grid: list[Any], inner, valid) -> Any:
    """The setting that is best on the held-out part of the training events."""
    return max(grid, key=lambda make: ndcg(make(), inner, valid)) if len(grid) > 1 else grid[0]


def chosen_leaves(inner, valid, split, penalty: float, folds: int, seed: int) -> int:
    """Leaves of the ranker's trees: all of the two stages learn from the inner part alone."""
    model = W.TwoStage(split, penalty, seed=seed)
    rows = [model.fold(inner, 500 + fold) for fold in range(folds)]
    proposed = model.propose(inner)

    def found(leaves: int) -> float:
        model.leaves = leaves
        model.ranker_ = model.learn(rows)
        model.rank(*proposed)
        return W.quality(model.recommend(K), valid)["nDCG@10"]

    return max(LEAVES, key=found)


def table_of_split(train, test, split, seed: int, folds: int) -> tuple[list[dict], dict]:
    """Rows of the table for one split, and what was chosen."""
    inner, valid = split(train, 100 + seed)
    X, rows, settings = train.matrix(), [], {}
    for name, grid in GRIDS.items():
        start = time.process_time()
        make = chosen(grid, inner, valid)
        settings[name] = getattr(make, "args", ())
        ready = time.process_time()
        model = make().fit(X)
        fitted = time.process_time()
        lists = recommend(model.score(X), K, seen=X)
        seconds = (ready - start, fitted - ready, time.process_time() - fitted)
        rows.append(row(name, lists, test, seconds))
    [penalty] = settings["EASE"]
    start = time.process_time()
    leaves = chosen_leaves(inner, valid, split, penalty, folds, seed)
    ready = time.process_time()
    model = W.TwoStage(split, penalty, folds=folds, seed=seed, leaves=leaves).fit(train)
    fitted = time.process_time()
    lists = model.recommend(K)
    seconds = (ready - start, fitted - ready, time.process_time() - fitted)
    return [*rows, row("two stages", lists, test, seconds)], settings | {"two stages": (leaves,)}


def row(name: str, lists: np.ndarray, test, seconds: tuple[float, float, float]) -> dict:
    costs = dict(zip(("choosing (s)", "training (s)", "lists (s)"), seconds, strict=True))
    return {"model": name, **W.quality(lists, test), **costs}


def main(seeds: list[int]) -> None:
    views, rows = W.load(), []
    for seed in seeds:
        parts = W.split_within_items(views, seed)
        of_split, settings = table_of_split(*parts, W.split_within_items, seed, folds=3)
        rows.extend(of_split)
        found = {row["model"]: round(row["nDCG@10"], 4) for row in of_split}
        print(f"split {seed}: {found}; chosen {settings}", flush=True)
    later, settings = table_of_split(*by_time(views, 0), by_time, 0, folds=1)
    print(f"by time: chosen {settings}\n")
    by_model = pd.DataFrame(rows).groupby("model", sort=False)
    table = by_model.mean().round(3)
    table.insert(1, "s.d.", by_model["nDCG@10"].std().round(4))
    table["nDCG@10, by time"] = pd.DataFrame(later).set_index("model")["nDCG@10"].round(3)
    print(text_table(table.reset_index()).data)


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [1, 2, 3, 4, 5])
