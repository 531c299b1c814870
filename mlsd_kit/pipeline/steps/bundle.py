"""Bundle: put the candidate, and all that is needed to check and watch it, into the registry."""

from __future__ import annotations

import numpy as np

from mlsd_kit.deployment import build_reference, features, save_bundle, serving_features
from mlsd_kit.deployment.card import estimate_metrics, table_card
from mlsd_kit.deployment.fingerprint import code_version, fingerprint
from mlsd_kit.errors import require
from mlsd_kit.pipeline.steps.contract import Work
from mlsd_kit.pipeline.steps.train import EXPECTED, MODEL

HOLDOUT_ROWS = 500


def bundle(work: Work) -> None:
    """Save the bundle; its version is a hash of its content, so that twice is once."""
    onnx = require("onnx")
    trained = work.inputs["train"]
    earlier, newest = work.earlier(), work.newest()
    rows, expected = serving_features(newest), np.load(trained.path / EXPECTED)
    found = work.said("evaluate")
    metrics = estimate_metrics(newest.y, expected, trained.report["settings"]["seed"])
    data = fingerprint(earlier.X, earlier.y, earlier.time_h)
    purpose = f"It gives the probability of a {newest.event} for one {newest.row}."
    saved = save_bundle(
        work.registry.bundles,
        name=work.name,
        model=onnx.load(trained.path / MODEL),
        holdout=rows.head(HOLDOUT_ROWS),
        expected=expected[:HOLDOUT_ROWS],
        reference=build_reference(rows, expected),
        metrics={"auc": found["auc"]["candidate"], "log_loss": found["log_loss"]["candidate"]},
        training=trained.report["settings"],
        feature_code=code_version(features),
        data=data,
        card=table_card(work.name, purpose, newest, expected, data, metrics),
    )
    work.report(version=saved.manifest.version)
