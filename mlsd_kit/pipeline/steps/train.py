"""Train: learn from all stretches but the newest, and export what was learned."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from mlsd_kit.cases import LearningTable
from mlsd_kit.deployment import serving_features, to_onnx
from mlsd_kit.errors import require
from mlsd_kit.pipeline.settings import Training
from mlsd_kit.pipeline.steps.contract import Work

MODEL = "model.onnx"
EXPECTED = "expected.npy"


def train(work: Work) -> None:
    """Fit boosted trees; beside the graph lie the trained model's predictions of the new rows."""
    earlier, newest, settings = work.earlier(), work.newest(), work.settings.train
    model = fit(earlier, settings)
    rows = serving_features(newest)
    graph = to_onnx(model, rows.head(500))
    (work.out / MODEL).write_bytes(graph.SerializeToString(deterministic=True))
    np.save(work.out / EXPECTED, model.predict_proba(rows)[:, 1])
    work.report(
        rows=len(earlier), events=int(earlier.y.sum()), until_h=float(earlier.time_h[-1]),
        settings=asdict(settings),
    )  # fmt: skip


def fit(table: LearningTable, settings: Training) -> Any:
    """Fit boosted trees over `serving_features`; the same rows and settings give the same trees."""
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    prepare = ColumnTransformer(
        [
            ("numbers", "passthrough", table.numbers),
            ("categories", OneHotEncoder(handle_unknown="ignore"), table.categories),
        ]
    )
    chosen = {name: value for name, value in asdict(settings).items() if name != "seed"}
    trees = require("lightgbm").LGBMClassifier(
        **chosen, random_state=settings.seed, n_jobs=1, verbose=-1
    )
    return make_pipeline(prepare, trees).fit(serving_features(table), table.y)
