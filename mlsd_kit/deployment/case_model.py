"""A case's model, trained on its learning table and published as a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.cases import Case, LearningTable
from mlsd_kit.deployment.bundle import Bundle, save_bundle
from mlsd_kit.deployment.export import to_onnx
from mlsd_kit.deployment.reference import build_reference
from mlsd_kit.errors import require

TRAINED = 0.7
HOLDOUT_ROWS = 500
MISSING = "missing"


def serving_features(table: LearningTable) -> pd.DataFrame:
    """The table's numbers and categories as a service takes them: float32 and text, no ids.

    An id says something only through rates learned of it, which a feature store would look up.
    """
    numbers = {name: table.X[name].astype(np.float32) for name in table.numbers}
    words = {
        name: table.X[name].astype("str").fillna(MISSING).str.lower() for name in table.categories
    }
    return pd.DataFrame(numbers | words)


@dataclass(frozen=True)
class CaseModel:
    """A trained model with the rows that it learned from, and the later ones that it did not."""

    case: Case
    train: LearningTable
    later: LearningTable
    pipeline: Any
    """Fitted scikit-learn pipeline over `serving_features`."""
    settings: dict[str, Any]

    def features(self, table: LearningTable) -> pd.DataFrame:
        """The rows as the pipeline and the service take them."""
        return serving_features(table)

    def predict(self, table: LearningTable) -> np.ndarray:
        """Probability of the event for each row, shape (n,)."""
        return self.pipeline.predict_proba(serving_features(table))[:, 1]

    def publish(self, directory: str | Path) -> Bundle:
        """Export the model and write its bundle into the directory."""
        from sklearn.metrics import log_loss, roc_auc_score

        X, p = serving_features(self.later), self.predict(self.later)
        held = X.iloc[:HOLDOUT_ROWS]
        return save_bundle(
            directory,
            name=self.case.slug,
            model=to_onnx(self.pipeline, held),
            holdout=held,
            expected=p[:HOLDOUT_ROWS],
            reference=build_reference(X, p),
            metrics={"auc": roc_auc_score(self.later.y, p), "log_loss": log_loss(self.later.y, p)},
            training=self.settings,
        )


def train_case_model(case: Case, n_rows: int = 60_000, seed: int = 1) -> CaseModel:
    """Train boosted trees on the first part of a case's table, in order of time.

    Args:
        case: one that offers a learning table.
        n_rows: rows of the table; the last 30 % are kept for what comes later.
        seed: of the table and the model.

    Raises:
        UserError: when the case offers no table, or lightgbm is not installed.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    table = case.learning_table(n_rows, seed)
    cut = int(TRAINED * len(table))
    train, later = table.rows(np.arange(cut)), table.rows(np.arange(cut, len(table)))
    prepare = ColumnTransformer(
        [
            ("numbers", "passthrough", table.numbers),
            ("categories", OneHotEncoder(handle_unknown="ignore"), table.categories),
        ]
    )
    trees = require("lightgbm").LGBMClassifier(
        n_estimators=150, learning_rate=0.05, num_leaves=15, random_state=seed, n_jobs=1, verbose=-1
    )
    pipeline = make_pipeline(prepare, trees).fit(serving_features(train), train.y)
    return CaseModel(case, train, later, pipeline, {"n_rows": n_rows, "seed": seed})
