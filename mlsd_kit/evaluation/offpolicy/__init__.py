"""Off-policy evaluation: what a new policy would have earned, from the log of another."""

from mlsd_kit.evaluation.offpolicy.estimators import (
    clipping_loss,
    direct_method,
    doubly_robust,
    ips,
    self_normalised_ips,
)
from mlsd_kit.evaluation.offpolicy.outcomes import cross_fitted_outcomes
from mlsd_kit.evaluation.offpolicy.table import off_policy_table
from mlsd_kit.evaluation.offpolicy.weights import (
    effective_sample_size,
    importance_weights,
    target_probabilities,
)

__all__ = [
    "clipping_loss",
    "cross_fitted_outcomes",
    "direct_method",
    "doubly_robust",
    "effective_sample_size",
    "importance_weights",
    "ips",
    "off_policy_table",
    "self_normalised_ips",
    "target_probabilities",
]
