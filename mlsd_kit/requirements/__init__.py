"""Requirements: goals and guards, capacity with units, and latency budgets."""

from mlsd_kit.requirements.capacity import (
    bandwidth,
    bytes_per_day,
    mean_rate,
    predictions_per_second,
    rows_per_day,
    storage,
)
from mlsd_kit.requirements.goals import Goal, Guard, judge
from mlsd_kit.requirements.latency import LatencyBudget, OverBudget, Stage, plot_latency_budget
from mlsd_kit.requirements.sheet import CapacitySheet
from mlsd_kit.requirements.tails import fan_out_tail, tail_of_sum
from mlsd_kit.units import Q, UnitError, format_quantity, ureg

__all__ = [
    "CapacitySheet",
    "Goal",
    "Guard",
    "LatencyBudget",
    "OverBudget",
    "Q",
    "Stage",
    "UnitError",
    "bandwidth",
    "bytes_per_day",
    "fan_out_tail",
    "format_quantity",
    "judge",
    "mean_rate",
    "plot_latency_budget",
    "predictions_per_second",
    "rows_per_day",
    "storage",
    "tail_of_sum",
    "ureg",
]
