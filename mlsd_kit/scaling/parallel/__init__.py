"""Training on several processes: data parallelism and model parallelism."""

from mlsd_kit.scaling.parallel.boosting import Boosted, boosting_cluster, train_boosted
from mlsd_kit.scaling.parallel.crew import Crew
from mlsd_kit.scaling.parallel.network import n_parameters, predict, start_parameters
from mlsd_kit.scaling.parallel.sgd import Plan, Trained, all_reduce_seconds, train_sgd
from mlsd_kit.scaling.parallel.speedup import (
    Link,
    StepCost,
    all_reduce_bytes,
    amdahl_speedup,
    bubble_share,
    expected_slowest,
    fit_link,
    serial_share,
)
from mlsd_kit.scaling.parallel.split import Tower, TowerRun, train_tower, workers_needed
from mlsd_kit.scaling.parallel.worker import Group

__all__ = [
    "Boosted",
    "Crew",
    "Group",
    "Link",
    "Plan",
    "StepCost",
    "Tower",
    "TowerRun",
    "Trained",
    "all_reduce_bytes",
    "all_reduce_seconds",
    "amdahl_speedup",
    "boosting_cluster",
    "bubble_share",
    "expected_slowest",
    "fit_link",
    "n_parameters",
    "predict",
    "serial_share",
    "start_parameters",
    "train_boosted",
    "train_sgd",
    "train_tower",
    "workers_needed",
]
