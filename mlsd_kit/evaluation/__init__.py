"""Evaluation: scores, intervals, calibration, slices and experiments."""

from mlsd_kit.evaluation.always_valid import always_valid_interval, always_valid_p, mixture_ratio
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
from mlsd_kit.evaluation.decision import Decision, decide
from mlsd_kit.evaluation.experiment import Comparison, compare_rates, sample_size
from mlsd_kit.evaluation.exploration import Explored, explore, inverse_propensity_total
from mlsd_kit.evaluation.groups import error_rates_by_group
from mlsd_kit.evaluation.interleave import (
    Preference,
    interleaving_test,
    sessions_needed,
    team_draft,
)
from mlsd_kit.evaluation.intervals import difference_interval, score_intervals
from mlsd_kit.evaluation.looks import Looks, first_stop, simulate_looks
from mlsd_kit.evaluation.metrics import (
    PROBABILITY_METRICS,
    REGRESSION_METRICS,
    Metric,
    find_metric,
    metric_table,
    rank_models,
)
from mlsd_kit.evaluation.online import agreement, best_of_lists
from mlsd_kit.evaluation.paired import paired_difference
from mlsd_kit.evaluation.protocol import Protocol
from mlsd_kit.evaluation.ranking import Rankings
from mlsd_kit.evaluation.runlog import RunLog
from mlsd_kit.evaluation.scores import (
    base_entropy,
    calibration_ratio,
    normalised_entropy,
    score_table,
)
from mlsd_kit.evaluation.sizing import detectable_lift, power_of_means, sample_size_means
from mlsd_kit.evaluation.slices import slice_table
from mlsd_kit.evaluation.spending import crossing_probability, spending_bounds
from mlsd_kit.evaluation.tradeoff import plot_tradeoff
from mlsd_kit.evaluation.trial import Run, Trial, run_trial

__all__ = [
    "PROBABILITY_METRICS",
    "REGRESSION_METRICS",
    "Comparison",
    "Decision",
    "Explored",
    "Interval",
    "Looks",
    "Metric",
    "Preference",
    "Protocol",
    "Rankings",
    "Run",
    "RunLog",
    "Trial",
    "agreement",
    "always_valid_interval",
    "always_valid_p",
    "at_capacity",
    "auc_difference",
    "auc_interval",
    "base_entropy",
    "best_of_lists",
    "bootstrap_interval",
    "calibration_ratio",
    "calibration_table",
    "click_rates",
    "compare_rates",
    "cost_curve",
    "cost_threshold",
    "crossing_probability",
    "decide",
    "decision_table",
    "detectable_lift",
    "difference_interval",
    "error_rates_by_group",
    "explore",
    "find_metric",
    "first_stop",
    "fit_examination",
    "interleaving_test",
    "inverse_propensity_total",
    "ips_weights",
    "metric_table",
    "mixture_ratio",
    "normalised_entropy",
    "paired_difference",
    "plot_calibration",
    "plot_pr_and_roc",
    "plot_tradeoff",
    "power_of_means",
    "rank_models",
    "run_trial",
    "sample_size",
    "sample_size_means",
    "score_intervals",
    "score_table",
    "sessions_needed",
    "simulate_looks",
    "slice_table",
    "spending_bounds",
    "swap_propensities",
    "team_draft",
]
