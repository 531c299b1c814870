"""Online learning: a model that learns from the stream, with versions that one can go back to."""

from mlsd_kit.deployment.online.gate import LossGate
from mlsd_kit.deployment.online.learner import OnlineLogistic
from mlsd_kit.deployment.online.snapshots import Snapshot, SnapshotStore
from mlsd_kit.deployment.online.stream import (
    Streamed,
    learn_stream,
    retrained_predictions,
    row_losses,
)

__all__ = [
    "LossGate",
    "OnlineLogistic",
    "Snapshot",
    "SnapshotStore",
    "Streamed",
    "learn_stream",
    "retrained_predictions",
    "row_losses",
]
