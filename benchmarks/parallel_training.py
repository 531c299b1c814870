"""What a second worker brings: SGD with JAX and gloo, and LightGBM on Dask, by number of rows.

One worker and two, one thread each, on the same rows, in turns; prints a table for each:

    python benchmarks/parallel_training.py [--batches 256 2048 16384 65536]
        [--rows 20000 200000 1000000] [--trees 50] [--workers 2] [--repeats 3]

For SGD the communication share is the part of a step that is spent in the all-reduce (which
includes the wait for the slower worker), and the bytes are compared with those of a ring. For
LightGBM, which does not tell, it is the share of time in which the workers' cores did not compute.
The machine should have a free core for each worker.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from mlsd_kit.scaling import parallel

COLUMNS = 40
LAYERS = (COLUMNS, 256, 64, 1)


def data(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Normal columns, and an event that depends on three of them."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, COLUMNS)).astype(np.float32)
    p = 1 / (1 + np.exp(-(X[:, 0] + X[:, 1] * X[:, 2] - 1)))
    return X, (random.random(rows) < p).astype(np.int8)


def sgd(batches: list[int], workers: int, repeats: int) -> pd.DataFrame:
    """Milliseconds of a step, speed-up, communication share and bytes, for each global batch."""
    X, y = data(max(batches))
    ring = parallel.all_reduce_bytes(4 * parallel.n_parameters(LAYERS), workers)
    table = {}
    with parallel.Crew(workers) as crew:
        for batch in batches:
            plan = parallel.Plan(LAYERS, batch, steps=20)
            alone, together = [], []
            for _ in range(repeats):
                alone.append(parallel.train_sgd(crew, X, y, plan, workers=1))
                together.append(parallel.train_sgd(crew, X, y, plan))
            one = float(np.median([run.step_s for run in alone]))
            many = float(np.median([run.step_s for run in together]))
            table[batch] = {
                "ms, 1 worker": 1000 * one,
                f"ms, {workers} workers": 1000 * many,
                "speed-up": one / many,
                "communication": np.median([run.communication_share for run in together]),
                "bytes / ring": together[-1].bytes_sent / ring,
                "gradients equal": np.allclose(
                    alone[0].gradient, together[0].gradient, rtol=1e-3, atol=1e-5
                ),
            }
    return pd.DataFrame.from_dict(table, orient="index").rename_axis("rows in a step")


def boosting(sizes: list[int], trees: int, workers: int, repeats: int) -> pd.DataFrame:
    """Seconds of a training, speed-up, waiting share and AUC, for each number of rows."""
    from sklearn.metrics import roc_auc_score

    settings = {"n_estimators": trees, "num_leaves": 31, "seed": 1}
    X_test, y_test = data(50_000, seed=1)
    table = {}
    with parallel.boosting_cluster(workers) as client:
        for rows in sizes:
            X, y = data(rows)
            alone, together = [], []
            for _ in range(repeats):
                alone.append(parallel.train_boosted(client, X, y, settings, workers=1))
                together.append(parallel.train_boosted(client, X, y, settings))
            one = float(np.median([run.seconds for run in alone]))
            many = float(np.median([run.seconds for run in together]))
            p_one, p_many = (
                run.model.predict_proba(X_test)[:, 1] for run in (alone[0], together[0])
            )
            table[rows] = {
                "s, 1 worker": one,
                f"s, {workers} workers": many,
                "speed-up": one / many,
                "waiting, 1": np.median([run.waiting_share for run in alone]),
                f"waiting, {workers}": np.median([run.waiting_share for run in together]),
                "AUC, 1": roc_auc_score(y_test, p_one),
                f"AUC, {workers}": roc_auc_score(y_test, p_many),
            }
    return pd.DataFrame.from_dict(table, orient="index").rename_axis("rows")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, nargs="+", default=[256, 2048, 16_384, 65_536])
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 200_000, 1_000_000])
    parser.add_argument("--trees", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    print("Data-parallel SGD (JAX, gloo)")
    print(sgd(given.batches, given.workers, given.repeats).round(3).to_string())
    print(f"\nLightGBM on Dask, {given.trees} trees")
    print(boosting(given.rows, given.trees, given.workers, given.repeats).round(3).to_string())


if __name__ == "__main__":
    main()
