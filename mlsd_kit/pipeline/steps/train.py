"""Train: learn from all stretches but the newest, and export what was learned."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from mlsd_kit.deployment import serving_features, to_onnx
from mlsd_kit.deployment.trees import boosted_trees
from mlsd_kit.pipeline.steps.contract import Work

MODEL = "model.onnx"
EXPECTED = "expected.npy"


def train(work: Work) -> None:
    """Fit boosted trees; beside the graph lie the trained model's predictions of the new rows."""
    earlier, newest, settings = work.earlier(), work.newest(), work.settings.train
    chosen = {name: value for name, value in asdict(settings).items() if name != "seed"}
    model = boosted_trees(earlier, settings.seed, **chosen)
    rows = serving_features(newest)
    graph = to_onnx(model, rows.head(500))
    (work.out / MODEL).write_bytes(graph.SerializeToString(deterministic=True))
    np.save(work.out / EXPECTED, model.predict_proba(rows)[:, 1])
    work.report(
        rows=len(earlier), events=int(earlier.y.sum()), until_h=float(earlier.time_h[-1]),
        settings=asdict(settings),
    )  # fmt: skip
