"""All estimators of a policy's value side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mlsd_kit.evaluation.auc import Interval
from mlsd_kit.evaluation.offpolicy.estimators import (
    direct_method,
    doubly_robust,
    ips,
    self_normalised_ips,
)
from mlsd_kit.evaluation.offpolicy.weights import (
    effective_sample_size,
    importance_weights,
    target_probabilities,
)


def off_policy_table(
    rewards: ArrayLike,
    actions: ArrayLike,
    propensity: ArrayLike,
    target: ArrayLike,
    q: ArrayLike,
    clip: float | None = None,
) -> pd.DataFrame:
    """Evaluate a new policy from a log by each estimator.

    Args:
        rewards: logged, shape (n,). actions: logged, 0 to K - 1, shape (n,).
        propensity: of the logged actions, shape (n,).
        target: the new policy's probabilities of all actions, shape (n, K).
        q: predicted rewards of all actions, shape (n, K), from `cross_fitted_outcomes`.
        clip: also give IPS with the weights cut off there.

    Returns:
        One row an estimator: ``estimate``, ``low``, ``high`` (95 %), ``largest weight`` and
        ``effective rows``; the direct method uses no weights.
    """
    w = importance_weights(target_probabilities(target, actions), propensity)
    found: dict[str, tuple[Interval, ArrayLike | None]] = {"IPS": (ips(rewards, w), w)}
    if clip is not None:
        cut = w.clip(max=clip)
        found[f"IPS, weights up to {clip:g}"] = (ips(rewards, cut), cut)
    found["self-normalised IPS"] = (self_normalised_ips(rewards, w), w)
    found["direct method"] = (direct_method(q, target), None)
    found["doubly robust"] = (doubly_robust(rewards, actions, w, q, target), w)
    rows = {
        name: {
            "estimate": interval.estimate,
            "low": interval.low,
            "high": interval.high,
            "largest weight": float("nan") if of is None else float(np.max(of)),
            "effective rows": float("nan") if of is None else effective_sample_size(of),
        }
        for name, (interval, of) in found.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("estimator")
