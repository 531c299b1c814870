"""Requirements: questions, goals and guards, capacity with units, latency, batch or online."""

from mlsd_kit.requirements.backend import Backend, plot_backend
from mlsd_kit.requirements.capacity import (
    bandwidth,
    bytes_per_day,
    mean_rate,
    predictions_per_second,
    rows_per_day,
    storage,
)
from mlsd_kit.requirements.checklist import Checklist
from mlsd_kit.requirements.goals import Goal, Guard, judge
from mlsd_kit.requirements.latency import LatencyBudget, OverBudget, Stage, plot_latency_budget
from mlsd_kit.requirements.little import in_flight, rate_through, time_inside
from mlsd_kit.requirements.serving import (
    Serving,
    Workload,
    cost_of_prediction,
    decide_serving,
    predictions_per_day,
)
from mlsd_kit.requirements.sheet import CapacitySheet
from mlsd_kit.requirements.spread import effective_number, top_with_cap
from mlsd_kit.requirements.tails import fan_out_tail, tail_of_sum
from mlsd_kit.units import Q, UnitError, format_quantity, ureg

__all__ = [
    "Backend",
    "CapacitySheet",
    "Checklist",
    "Goal",
    "Guard",
    "LatencyBudget",
    "OverBudget",
    "Q",
    "Serving",
    "Stage",
    "UnitError",
    "Workload",
    "bandwidth",
    "bytes_per_day",
    "cost_of_prediction",
    "decide_serving",
    "effective_number",
    "fan_out_tail",
    "format_quantity",
    "in_flight",
    "judge",
    "mean_rate",
    "plot_backend",
    "plot_latency_budget",
    "predictions_per_day",
    "predictions_per_second",
    "rate_through",
    "rows_per_day",
    "storage",
    "tail_of_sum",
    "time_inside",
    "top_with_cap",
    "ureg",
]
