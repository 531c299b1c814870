"""A case's model, trained on its learning table and published as a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.cases import Case, LearningTable
from mlsd_kit.deployment import features as feature_code
from mlsd_kit.deployment.bundle import Bundle, save_bundle
from mlsd_kit.deployment.card import estimate_metrics, table_card
from mlsd_kit.deployment.export import to_onnx
from mlsd_kit.deployment.features import serving_features
from mlsd_kit.deployment.fingerprint import code_version, fingerprint
from mlsd_kit.deployment.reference import build_reference
from mlsd_kit.deployment.trees import boosted_trees

TRAINED = 0.7
HOLDOUT_ROWS = 500


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
        """Export the model and write its bundle, with its model card, into the directory."""
        X, p = serving_features(self.later), self.predict(self.later)
        held = X.iloc[:HOLDOUT_ROWS]
        data = fingerprint(self.train.X, self.train.y, self.train.time_h)
        metrics = estimate_metrics(self.later.y, p, self.settings["seed"])
        return save_bundle(
            directory,
            name=self.case.slug,
            model=to_onnx(self.pipeline, held),
            holdout=held,
            expected=p[:HOLDOUT_ROWS],
            reference=build_reference(X, p),
            metrics={name: estimate.value for name, estimate in metrics.items()},
            training=self.settings,
            feature_code=self.feature_code(),
            data=data,
            card=table_card(self.case.spec.title, self._purpose(), self.later, p, data, metrics),
        )

    def _purpose(self) -> str:
        spec, table = self.case.spec, self.later
        return (
            f"{spec.prompt} It gives the probability of a {table.event} for one {table.row}. "
            f"The product's goal: {spec.goal.measure}, to {spec.goal.direction}."
        )

    def feature_code(self) -> str:
        """Version of the code that makes the features: the case's own, and `serving_features`."""
        return code_version(feature_code, *sorted(self.case.folder.glob("*.py")))


def train_case_model(case: Case, n_rows: int = 60_000, seed: int = 1) -> CaseModel:
    """Train boosted trees on the first part of a case's table, in order of time.

    Args:
        case: one that offers a learning table.
        n_rows: rows of the table; the last 30 % are kept for what comes later.
        seed: of the table and the model.

    Raises:
        UserError: when the case offers no table, or lightgbm is not installed.
    """
    table = case.learning_table(n_rows, seed)
    cut = int(TRAINED * len(table))
    train, later = table.rows(np.arange(cut)), table.rows(np.arange(cut, len(table)))
    pipeline = boosted_trees(train, seed)
    return CaseModel(case, train, later, pipeline, {"n_rows": n_rows, "seed": seed})
