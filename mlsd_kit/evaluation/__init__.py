"""Evaluation: scores, intervals, calibration, slices and experiments."""

from mlsd_kit.evaluation.auc import Interval, auc_difference, auc_interval
from mlsd_kit.evaluation.calibration import calibration_table, plot_calibration
from mlsd_kit.evaluation.clicks import (
    click_rates,
    fit_examination,
    ips_weights,
    swap_propensities,
)
from mlsd_kit.evaluation.confusion import cost_threshold, decision_table
from mlsd_kit.evaluation.costs import (
    at_capacity,
    bootstrap_interval,
    cost_curve,
    plot_pr_and_roc,
)
from mlsd_kit.evaluation.experiment import Comparison, compare_rates, sample_size
from mlsd_kit.evaluation.exploration import Explored, explore, inverse_propensity_total
from mlsd_kit.evaluation.groups import error_rates_by_group
from mlsd_kit.evaluation.interleave import (
    Preference,
    interleaving_test,
    sessions_needed,
    team_draft,
)
from mlsd_kit.evaluation.paired import paired_difference
from mlsd_kit.evaluation.ranking import Rankings
from mlsd_kit.evaluation.scores import (
    base_entropy,
    calibration_ratio,
    normalised_entropy,
    score_table,
)
from mlsd_kit.evaluation.slices import slice_table

__all__ = [
    "Comparison",
    "Explored",
    "Interval",
    "Preference",
    "Rankings",
    "at_capacity",
    "auc_difference",
    "auc_interval",
    "base_entropy",
    "bootstrap_interval",
    "calibration_ratio",
    "calibration_table",
    "click_rates",
    "compare_rates",
    "cost_curve",
    "cost_threshold",
    "decision_table",
    "error_rates_by_group",
    "explore",
    "fit_examination",
    "interleaving_test",
    "inverse_propensity_total",
    "ips_weights",
    "normalised_entropy",
    "paired_difference",
    "plot_calibration",
    "plot_pr_and_roc",
    "sample_size",
    "score_table",
    "sessions_needed",
    "slice_table",
    "swap_propensities",
    "team_draft",
]
