"""A pipeline from arriving data to a promotion decision, over the rooms."""

from mlsd_kit.pipeline.orchestrator import Orchestrator
from mlsd_kit.pipeline.outcome import Outcome, StepState
from mlsd_kit.pipeline.pipeline import Pipeline, check_step
from mlsd_kit.pipeline.registry import Registry
from mlsd_kit.pipeline.settings import Gate, Settings, Shadow, Training, Validation
from mlsd_kit.pipeline.source import bring_data
from mlsd_kit.pipeline.steps.order import NAMES, STEPS
from mlsd_kit.pipeline.stretches import cut

__all__ = [
    "NAMES",
    "STEPS",
    "Gate",
    "Orchestrator",
    "Outcome",
    "Pipeline",
    "Registry",
    "Settings",
    "Shadow",
    "StepState",
    "Training",
    "Validation",
    "bring_data",
    "check_step",
    "cut",
]
