"""A small table with known relations, and a pipeline over it, for the tests of the pipeline."""

from dataclasses import replace

import numpy as np
import pandas as pd

from mlsd_kit.cases import LearningTable
from mlsd_kit.pipeline import Pipeline, Settings, Shadow, Training, cut

SETTINGS = Settings(
    train=Training(n_estimators=30, learning_rate=0.1), shadow=Shadow(rows=60, batch=30)
)
FEW_TREES = replace(SETTINGS, train=Training(n_estimators=3, learning_rate=0.05))


def make_table(n=4000, seed=0):
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.exponential(size=n)
    city = rng.choice(["Oslo", "Bonn", "Rome"], n)
    p = 1 / (1 + np.exp(1.5 - 1.2 * x - (city == "Oslo")))
    X = pd.DataFrame({"x": x, "z": z, "city": pd.Categorical(city), "user": rng.integers(0, 99, n)})
    X.loc[rng.random(n) < 0.05, "z"] = np.nan
    y = (rng.random(n) < p).astype(int)
    hours = np.sort(rng.uniform(0, 100, n))
    return LearningTable(X, y, hours, X["user"].to_numpy(), "visit", "order", 5.0, 1.0)


def parts(n=4):
    return cut(make_table(), n)


def pipeline_in(folder, settings=SETTINGS, **more):
    return Pipeline("shop", folder, settings, **more)
