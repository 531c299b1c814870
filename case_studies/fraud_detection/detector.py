"""The model: a pipeline from raw features to a probability, calibrated on later payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from mlsd_kit.errors import UserError, require
from mlsd_kit.models import LogOddsCalibration

KINDS = ("lightgbm", "logistic")


def pipeline(X: pd.DataFrame, kind: str = "lightgbm", seed: int = 0, **settings: Any) -> Pipeline:
    """An unfitted model of all columns of a frame.

    Args:
        X: int64 columns are codes, float32 ones are numbers, NaN where missing.
        kind: one of `KINDS`. Trees take numbers, codes and gaps as they are; ``logistic`` fills
            and scales numbers and gives each code a column.
        seed: of boosting.
        settings: hyperparameters of the final model.

    Raises:
        UserError: for an unknown kind.
    """
    codes = [name for name in X if X[name].dtype == np.int64]
    numbers = [name for name in X if X[name].dtype != np.int64]
    if kind == "lightgbm":
        columns: list[Any] = [("as they are", "passthrough", list(X))]
        model: Any = require("lightgbm").LGBMClassifier(**_BOOSTING | settings, random_state=seed)
    elif kind == "logistic":
        filled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
        one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        columns = [("numbers", filled, numbers), ("codes", one_hot, codes)]
        model = LogisticRegression(**{"C": 0.1, "max_iter": 300} | settings)
    else:
        raise UserError(f"model: {kind!r} is none of {', '.join(KINDS)}")
    return Pipeline([("features", ColumnTransformer(columns)), ("model", model)])


@dataclass(frozen=True)
class Detector:
    """A fitted pipeline with its calibration, which takes its columns out of any frame."""

    columns: list[str]
    model: Pipeline
    line: LogOddsCalibration | None

    def score(self, X: pd.DataFrame) -> np.ndarray:
        """Probability of fraud, shape (n,); calibrated where there is a line."""
        p = self.model.predict_proba(X[self.columns])[:, 1]
        return p if self.line is None else self.line.predict(p)


def fit_detector(
    train: tuple[pd.DataFrame, np.ndarray],
    later: tuple[pd.DataFrame, np.ndarray] | None,
    columns: list[str],
    kind: str = "lightgbm",
    seed: int = 0,
    **settings: Any,
) -> Detector:
    """Fit on training payments and calibrate on later ones.

    Args:
        train: features and labels. later: those of the calibration, None for none.
        columns: features to use.
        kind: one of `KINDS`.
        seed: of boosting.
        settings: hyperparameters.
    """
    model = pipeline(train[0][columns], kind, seed, **settings)
    model.fit(train[0][columns], train[1])
    if later is None:
        return Detector(columns, model, None)
    p = model.predict_proba(later[0][columns])[:, 1]
    return Detector(columns, model, LogOddsCalibration().fit(p, later[1]))


_BOOSTING = {
    "n_estimators": 100,
    "learning_rate": 0.07,
    "num_leaves": 15,
    "min_child_samples": 50,
    "reg_lambda": 5.0,
    "deterministic": True,
    "force_row_wise": True,
    "n_jobs": 1,
    "verbose": -1,
}
