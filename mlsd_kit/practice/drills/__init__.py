"""Drills: one thing at a time, without a whole interview. Each is an endless series by seed."""

from mlsd_kit.practice.drills.estimation import EstimationTask, estimation_task
from mlsd_kit.practice.drills.flaws import FlawTask
from mlsd_kit.practice.drills.metrics import MetricTask, metric_task
from mlsd_kit.practice.drills.planting import flaw_task
from mlsd_kit.practice.drills.requirements import RequirementRound, requirement_round
from mlsd_kit.practice.drills.results import DrillResult, drill_results, drill_table, keep_result

__all__ = [
    "DrillResult",
    "EstimationTask",
    "FlawTask",
    "MetricTask",
    "RequirementRound",
    "drill_results",
    "drill_table",
    "estimation_task",
    "flaw_task",
    "keep_result",
    "metric_task",
    "requirement_round",
]
