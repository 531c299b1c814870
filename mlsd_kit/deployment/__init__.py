"""Deployment: export a model, bundle it, serve it, load it, and watch it.

Rooms of their own: `published` (predictions as data), `release` (router, shadow, canary, A/B),
`bandits`, `online` (learning from the stream), `monitoring`, `testing` (helpers for pytest).
"""

from mlsd_kit.deployment.batch import BatchScores, score_batch
from mlsd_kit.deployment.bundle import Bundle, Manifest, load_bundle, save_bundle
from mlsd_kit.deployment.case_model import CaseModel, serving_features, train_case_model
from mlsd_kit.deployment.deadline import Deadline, Waited
from mlsd_kit.deployment.drift import DriftMonitor, detect_changes, plot_drift
from mlsd_kit.deployment.export import to_onnx
from mlsd_kit.deployment.inject import FAULTS, inject_fault
from mlsd_kit.deployment.loadtest import LoadResult, load_table, load_test, plot_latency
from mlsd_kit.deployment.onnx_model import OnnxModel
from mlsd_kit.deployment.parity import Parity, parity
from mlsd_kit.deployment.reference import (
    FeatureBins,
    Reference,
    Stability,
    build_reference,
    population_stability,
)
from mlsd_kit.deployment.server import AppServer, ModelServer
from mlsd_kit.deployment.service import create_app

__all__ = [
    "FAULTS",
    "AppServer",
    "BatchScores",
    "Bundle",
    "CaseModel",
    "Deadline",
    "DriftMonitor",
    "FeatureBins",
    "LoadResult",
    "Manifest",
    "ModelServer",
    "OnnxModel",
    "Parity",
    "Reference",
    "Stability",
    "Waited",
    "build_reference",
    "create_app",
    "detect_changes",
    "inject_fault",
    "load_bundle",
    "load_table",
    "load_test",
    "parity",
    "plot_drift",
    "plot_latency",
    "population_stability",
    "save_bundle",
    "score_batch",
    "serving_features",
    "to_onnx",
    "train_case_model",
]
