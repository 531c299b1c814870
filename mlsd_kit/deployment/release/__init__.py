"""Release a model on live traffic: router, shadow, canary with a way back, A/B test."""

from mlsd_kit.deployment.release.arms import RatioCheck, check_ratio, join_outcomes, units_by_arm
from mlsd_kit.deployment.release.asking import ask_bodies
from mlsd_kit.deployment.release.canary import STAGES, Canary
from mlsd_kit.deployment.release.config import Arm, RouterConfig, Rule, Shadow, Split
from mlsd_kit.deployment.release.decisions import JsonLines, read_decisions
from mlsd_kit.deployment.release.divergence import Divergence, compare_shadow
from mlsd_kit.deployment.release.faults import Fault, FaultyServer, shift_log_odds
from mlsd_kit.deployment.release.guards import (
    EventGuard,
    Guard,
    LatencyGuard,
    PointGuard,
)
from mlsd_kit.deployment.release.mean_guard import MeanGuard, standard_guards
from mlsd_kit.deployment.release.paired import Paired, paired_difference
from mlsd_kit.deployment.release.rehearsal import Traffic, plot_caught, rehearsal_table, rehearse
from mlsd_kit.deployment.release.rollout import Rollout
from mlsd_kit.deployment.release.router_app import create_router_app
from mlsd_kit.deployment.release.router_server import RouterServer
from mlsd_kit.deployment.release.sending import send_asks
from mlsd_kit.deployment.release.served import Served
from mlsd_kit.deployment.release.split import assign, unit_share

__all__ = [
    "STAGES",
    "Arm",
    "Canary",
    "Divergence",
    "EventGuard",
    "Fault",
    "FaultyServer",
    "Guard",
    "JsonLines",
    "LatencyGuard",
    "MeanGuard",
    "Paired",
    "PointGuard",
    "RatioCheck",
    "Rollout",
    "RouterConfig",
    "RouterServer",
    "Rule",
    "Served",
    "Shadow",
    "Split",
    "Traffic",
    "ask_bodies",
    "assign",
    "check_ratio",
    "compare_shadow",
    "create_router_app",
    "join_outcomes",
    "paired_difference",
    "plot_caught",
    "read_decisions",
    "rehearsal_table",
    "rehearse",
    "send_asks",
    "shift_log_odds",
    "standard_guards",
    "unit_share",
    "units_by_arm",
]
