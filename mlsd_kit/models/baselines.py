"""The rungs of a ladder for any labelled table: from the base rate to a neural network."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

from mlsd_kit.errors import require
from mlsd_kit.models.factorization import FactorizationMachine
from mlsd_kit.models.fields import AsCategories
from mlsd_kit.models.hashing import HashedOneHot
from mlsd_kit.models.heuristic import OneColumnRates

SMOOTHING_ROWS = 100.0
"""Rows of prior: an id seen this often is moved half of the way to the mean rate."""


def baselines(X: pd.DataFrame, seed: int = 0) -> dict[str, Any]:
    """Unfitted models for a table, the simplest first; each takes the raw columns.

    Base rate; rates of one column; logistic regression without the ids; logistic regression on
    hashed ids; factorisation machine; boosted trees; a small neural network.

    Args:
        X: float columns are numbers, columns of whole numbers are ids, all others categories.
        seed: of what is random in them.

    >>> X = pd.DataFrame({"age": [20.0, 30.0], "ad": [7, 8]})
    >>> list(baselines(X))[:3]
    ['base rate', "one column's rates", 'logistic regression']
    """
    hashed = make_pipeline(
        AsCategories(), HashedOneHot(2**16), LogisticRegression(C=0.3, solver="newton-cg")
    )
    machine = FactorizationMachine(
        n_factors=4, n_buckets=2**16, learning_rate=0.03, l2=1e-4, epochs=3, seed=seed
    )
    # With a tolerance that no pass meets it stops after so many passes.
    passes = {"tol": 1.0, "n_iter_no_change": 10, "max_iter": 50}
    network = MLPClassifier((32, 16), alpha=1e-2, batch_size=256, **passes, random_state=seed)
    return {
        "base rate": DummyClassifier(strategy="prior"),
        "one column's rates": OneColumnRates(),
        "logistic regression": make_pipeline(
            columns(X, ids=False), LogisticRegression(max_iter=1000)
        ),
        "logistic, hashed ids": hashed,
        "factorisation machine": make_pipeline(AsCategories(), machine),
        "boosted trees": boosted(X, seed),
        "neural network": make_pipeline(columns(X, seed=seed), network),
    }


def columns(X: pd.DataFrame, ids: bool = True, seed: int = 0) -> ColumnTransformer:
    """Numbers filled and scaled, categories one-hot, ids as smoothed rates with cross-fitting.

    Args:
        X: as for `baselines`. ids: False leaves them out.
        seed: of the cross-fitting.

    >>> X = pd.DataFrame({"age": [20.0, None, 40.0], "device": ["web", "ios", "web"]})
    >>> columns(X).fit_transform(X).shape
    (3, 4)
    """
    numbers, categories, names = kinds(X)
    filled = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    parts = [
        ("numbers", filled, numbers),
        ("categories", OneHotEncoder(handle_unknown="ignore"), categories),
    ]
    if ids:
        parts.append(("ids", make_pipeline(_rates(seed), StandardScaler()), names))
    return ColumnTransformer([part for part in parts if part[2]], sparse_threshold=0)


def boosted(X: pd.DataFrame, seed: int = 0, **settings: Any) -> Pipeline:
    """Boosted trees (LightGBM) on numbers as they are, categories as codes, ids as rates.

    Args:
        X: as for `baselines`. seed: of cross-fitting and boosting.
        settings: hyperparameters of the trees, such as ``num_leaves``.
    """
    numbers, categories, names = kinds(X)
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    parts = [
        ("numbers", "passthrough", numbers),
        ("categories", codes, categories),
        ("ids", _rates(seed), names),
    ]
    trees = require("lightgbm").LGBMClassifier(**_TREES | settings, random_state=seed)
    features = ColumnTransformer([part for part in parts if part[2]])
    return Pipeline([("features", features.set_output(transform="pandas")), ("model", trees)])


def kinds(X: pd.DataFrame) -> tuple[list[str], list[str], list[str]]:
    """Names of the columns that are numbers, categories and ids, by their types."""
    numbers = [str(name) for name in X if X[name].dtype.kind == "f"]
    ids = [str(name) for name in X if X[name].dtype.kind == "i"]
    return numbers, [str(name) for name in X if name not in {*numbers, *ids}], ids


def _rates(seed: int) -> TargetEncoder:
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    return TargetEncoder(target_type="binary", smooth=SMOOTHING_ROWS, cv=folds)


_TREES: dict[str, Any] = {
    "n_estimators": 100,
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_child_samples": 200,
    "deterministic": True,
    "force_row_wise": True,
    "n_jobs": 1,
    "verbose": -1,
}
