"""The steps in order, and what each hangs on."""

from __future__ import annotations

from mlsd_kit.pipeline.steps.bundle import bundle
from mlsd_kit.pipeline.steps.contract import Step
from mlsd_kit.pipeline.steps.evaluate import evaluate
from mlsd_kit.pipeline.steps.gate import gate
from mlsd_kit.pipeline.steps.ingest import ingest
from mlsd_kit.pipeline.steps.promote import promote
from mlsd_kit.pipeline.steps.shadow import shadow
from mlsd_kit.pipeline.steps.train import train
from mlsd_kit.pipeline.steps.validate import validate


def _modules(room: str, *names: str) -> tuple[str, ...]:
    return tuple(f"mlsd_kit.{room}.{name}" for name in names)


FEATURES = _modules("deployment", "features", "schema", "export", "onnx_model")

STEPS: tuple[Step, ...] = (
    Step("ingest", "take what has arrived", ingest),
    Step(
        "validate", "newest data against the data before", validate,
        needs=("ingest",), settings=("validate",),
        code=_modules("data", "columns", "shift", "validation"),
    ),
    Step(
        "train", "learn from all but the newest data", train,
        needs=("ingest",), after=("validate",), settings=("train",),
        code=(*FEATURES, *_modules("deployment", "trees")),
    ),
    Step(
        "evaluate", "candidate and serving model on the newest data", evaluate,
        needs=("ingest", "train"), settings=("group",),
        code=(*FEATURES, *_modules("evaluation", "auc", "paired")),
    ),
    Step(
        "gate", "quality, calibration, groups, budget", gate,
        needs=("evaluate",), settings=("gate",),
    ),
    Step(
        "bundle", "model, holdout, reference, hashes", bundle,
        needs=("ingest", "train", "evaluate"), after=("gate",),
        code=(*FEATURES, *_modules("deployment", "bundle", "card", "parity", "reference")),
    ),
    Step(
        "shadow", "both models as services on recent traffic", shadow,
        needs=("ingest", "evaluate", "bundle"), settings=("shadow",),
        code=(*FEATURES, *_modules("deployment", "bundle", "serve", "server", "service")),
    ),
    Step(
        "promote", "the candidate serves", promote,
        needs=("train", "evaluate", "gate", "bundle", "shadow"),
    ),
)  # fmt: skip
"""The steps, each after those that it needs."""
NAMES = tuple(step.name for step in STEPS)
