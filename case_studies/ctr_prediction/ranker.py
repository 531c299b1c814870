"""The ranking model as one scikit-learn pipeline, so that it is exported whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder

from mlsd_kit.errors import UserError, require

KINDS = ("lightgbm", "logistic")
SMOOTHING_ROWS = 100.0
"""Rows of prior: a code seen this often is moved half of the way to the mean rate."""


def ranker(X: pd.DataFrame, kind: str = "lightgbm", seed: int = 0, **settings: Any) -> Pipeline:
    """Codes become smoothed click rates, learned with cross-fitting; numbers stay as they are.

    Args:
        X: model inputs: int64 columns are codes, float32 ones are numbers.
        kind: one of `KINDS`; ``logistic`` also fills missing numbers and scales.
        seed: of cross-fitting and boosting.
        settings: hyperparameters of the final model.

    Raises:
        UserError: for an unknown kind.
    """
    codes = [name for name in X if X[name].dtype == np.int64]
    numbers = [name for name in X if X[name].dtype != np.int64]
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    rates = TargetEncoder(target_type="binary", smooth=SMOOTHING_ROWS, cv=folds)
    if kind == "lightgbm":
        columns = [("rates", rates, codes), ("numbers", "passthrough", numbers)]
        final: Any = require("lightgbm").LGBMClassifier(**_BOOSTING | settings, random_state=seed)
    elif kind == "logistic":
        filled = make_pipeline(SimpleImputer(), StandardScaler())
        scaled = make_pipeline(rates, StandardScaler())
        columns = [("rates", scaled, codes), ("numbers", filled, numbers)]
        final = LogisticRegression(**settings)
    else:
        raise UserError(f"model: {kind!r} is none of {', '.join(KINDS)}")
    return Pipeline([("features", ColumnTransformer(columns)), ("model", final)])


_BOOSTING = {
    "n_estimators": 200,
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_child_samples": 200,
    "deterministic": True,
    "force_row_wise": True,
    "n_jobs": 0,
    "verbose": -1,
}
