"""Indexes over a million vectors against NumPy's brute force, one thread each.

    python benchmarks/ann_search.py [--vectors 1000000] [--queries 200] [--all]

Draws unit vectors in clusters (simulated), finds the true 100 nearest by NumPy, and prints for
each index and effort: recall@100, milliseconds of a single query and of a query within a batch,
and how many times faster than brute force either is; then build time, bytes per vector as written,
and by formula. Without ``--all`` only the graph is built, which takes three minutes for a million.
The last line says how much faster the graph is with the smallest candidate list that reaches
recall 0.95.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from mlsd_kit.scaling import ann

RECALL = 0.95
K = 100


def batch_ms(index: ann.VectorIndex, queries: np.ndarray, effort: int) -> float:
    """Milliseconds per query when all are asked in one call."""
    start = time.perf_counter()
    index.search(queries, K, effort)
    return 1000 * (time.perf_counter() - start) / len(queries)


def brute_batch_ms(items: np.ndarray, queries: np.ndarray, size: int = 50) -> float:
    """Milliseconds per query of brute force, so many queries in one matrix product."""
    some = queries[:size]
    with threadpool_limits(1):
        start = time.perf_counter()
        scores = some @ items.T
        best = np.argpartition(scores, len(items) - K, axis=1)[:, len(items) - K :]
        np.take_along_axis(scores, best, axis=1).sort(axis=1)
        return 1000 * (time.perf_counter() - start) / len(some)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=64)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--clusters", type=int, default=2000)
    parser.add_argument("--spread", type=float, default=0.5)
    parser.add_argument("--links", type=int, default=16)
    parser.add_argument("--build-effort", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="the other kinds of index too")
    given = parser.parse_args()

    space = ann.ClusteredVectors(given.dimensions, given.clusters, given.spread, given.seed)
    items, queries = space.draw(given.vectors), space.draw(given.queries, stream=2)
    truth, numpy_ms = ann.brute_force(items, queries, K)
    together_ms = brute_batch_ms(items, queries)
    print(
        f"{given.vectors:,} × {given.dimensions}, {given.clusters:,} clusters, spread "
        f"{given.spread}, {given.queries} queries; NumPy: {numpy_ms:.2f} ms for one query, "
        f"{together_ms:.2f} ms in a batch",
        flush=True,
    )
    kinds: list[ann.VectorIndex] = [ann.HNSW(given.links, given.build_effort)]
    if given.all:
        cells = int(4 * np.sqrt(given.vectors))
        kinds += [ann.IVF(cells), ann.PQ(16), ann.IVFPQ(cells, 16), ann.LSH(256)]
    efforts = {"ef": [100, 120, 150, 200, 300, 400], "nprobe": [1, 4, 16, 64]}
    sizes = {}
    for index in kinds:
        index.build(items)
        curve = ann.measure([index], queries, truth, efforts)
        curve["times"] = numpy_ms / curve["ms"]
        curve["batch ms"] = [batch_ms(index, queries, effort) for effort in curve["effort"]]
        curve["batch times"] = together_ms / curve["batch ms"]
        print(f"\n{index.name}\n{curve.drop(columns='kind').round(4).to_string(index=False)}")
        sizes[index.name] = {
            "build s": index.build_s,
            "bytes per vector": index.bytes / given.vectors,
            "by formula": index.formula_bytes(*items.shape) / given.vectors,
        }
        if isinstance(index, ann.HNSW):
            enough = curve[curve["recall"] >= RECALL]
    print(f"\n{pd.DataFrame(sizes).T.round(1).to_string()}")
    if enough.empty:
        print(f"\nThe graph did not reach recall {RECALL}.")
    else:
        first = enough.iloc[0]
        print(
            f"\nThe graph at recall@100 {first['recall']:.3f} (ef={first['effort']:.0f}) is "
            f"{first['times']:.0f} times as fast as NumPy."
        )


if __name__ == "__main__":
    main()
