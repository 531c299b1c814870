"""How near to the known optimum the ad click models come with a million training rows.

Trains on days 0 to 6 of the simulated auction, tests on day 8, and prints a table for each seed:

    python benchmarks/ctr_optimum.py [--rows 1000000] [--seeds 1 2 3]

The settings of the boosted trees are what a search on day 7 found for a million rows: many shallow
trees, as the truth is close to a sum of effects. Trained on log loss with all negatives, they need
no calibration of their own: a line learned from the 4,500 clicks of a day's 300,000 rows has an
error of several per cent in its slope, more than what it would repair.
"""

from __future__ import annotations

import argparse
from typing import Any

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from mlsd_kit import evaluation, models
from mlsd_kit.cases import load_case

TREES = {
    "n_estimators": 1200,
    "num_leaves": 5,
    "learning_rate": 0.1,
    "min_child_samples": 200,
    "reg_lambda": 20.0,
    "colsample_bytree": 0.5,
}
"""For a million rows."""
W = load_case("ctr_prediction").world()


def data(seed: int, rows: int, test_rows: int) -> tuple[Any, Any]:
    """Training rows of a week, and test rows of the day after next."""
    world = W.World(seed)
    train = W.from_log(world.simulate(rows, first=0, days=7))
    return train, W.from_log(world.simulate(test_rows, first=8, days=1))


def trees(train: Any, seed: int) -> Any:
    """The best model: boosted trees on smoothed click rates."""
    return W.ranker(train.X, "lightgbm", seed, **TREES).fit(train.X, train.y)


def distance(test: Any, p: Any) -> dict[str, float]:
    """Normalised entropy against the optimum's, and calibration: overall, and the worst decile."""
    optimum = evaluation.normalised_entropy(test.y, test.p_click)
    deciles = evaluation.calibration_table(test.y, p)["ratio"]
    return {
        "entropy / optimum": evaluation.normalised_entropy(test.y, p) / optimum,
        "expected / observed": evaluation.calibration_ratio(test.y, p),
        "lowest decile ratio": float(deciles.min()),
        "highest decile ratio": float(deciles.max()),
    }


def ladder(seed: int, rows: int, test_rows: int) -> pd.DataFrame:
    """Every model of the case's ladder: distance to the optimum and cost."""
    train, test = data(seed, rows, test_rows)
    A, B = W.fields(train.X), W.fields(test.X)
    hashed = make_pipeline(models.HashedOneHot(2**20), LogisticRegression(C=0.05, max_iter=100))
    machine = models.FactorizationMachine(n_factors=4, learning_rate=0.03, l2=1e-4, seed=seed)
    rungs = models.climb(
        {
            "logistic, hashed": (hashed, A, B),
            "factorisation machine": (machine, A, B),
            "logistic, rates": (W.ranker(train.X, "logistic", seed), train.X, test.X),
            "boosted trees": (W.ranker(train.X, "lightgbm", seed, **TREES), train.X, test.X),
        },
        train.y,
    )
    quality = pd.DataFrame({name: distance(test, rung.p) for name, rung in rungs.items()}).T
    return quality.round(3).join(models.cost_table(rungs).round(2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--test-rows", type=int, default=3_000_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    given = parser.parse_args()
    for seed in given.seeds:
        print(f"seed {seed}: {given.rows:,} training rows, {given.test_rows:,} test rows")
        print(ladder(seed, given.rows, given.test_rows).to_string(), flush=True)
