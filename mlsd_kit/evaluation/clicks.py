"""Clicks under position bias: how much each place is looked at, and weights that undo it.

In the position-based model a result is clicked when its place is examined and the result attracts:
P(click at rank k on item d) = θ_k · α_d (Craswell et al., WSDM 2008).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm


def swap_propensities(
    rank: np.ndarray, clicked_first: np.ndarray, clicked_rank: np.ndarray, confidence: float = 0.95
) -> pd.DataFrame:
    """Estimate θ_k / θ_1 from searches in which ranks 1 and k were swapped by a coin.

    Each search of the randomised share draws a rank k from 2 on, and swaps the results of ranks 1
    and k with probability ½. Over both outcomes of the coin the two places show the same results
    equally often, so the ratio of their clicks is the ratio of their examination (Joachims,
    Swaminathan and Schnabel, "Unbiased Learning-to-Rank with Biased Feedback", WSDM 2017).

    Args:
        rank: the rank k that was drawn, whether swapped or not, shape (n,).
        clicked_first: 1 where the place at rank 1 was clicked, shape (n,).
        clicked_rank: 1 where the place at rank k was clicked, shape (n,).
        confidence: of the interval.

    Returns:
        One row a rank, rank 1 included: ``propensity`` with ``low`` and ``high`` (delta method on
        the logarithm), and ``searches``.

    Raises:
        ValueError: when the shapes differ, or a rank is below 2.
    """
    rank, first, at = (np.asarray(values) for values in (rank, clicked_first, clicked_rank))
    if not rank.shape == first.shape == at.shape or rank.ndim != 1:
        raise ValueError("rank, clicked_first and clicked_rank need one value a search each")
    if len(rank) and rank.min() < 2:
        raise ValueError("a rank to swap with the first is 2 or larger")
    z = norm.ppf(0.5 + confidence / 2)
    rows = {1: {"propensity": 1.0, "low": 1.0, "high": 1.0, "searches": len(rank)}}
    for k in np.unique(rank):
        here = rank == k
        clicks, clicks_first = float(at[here].sum()), float(first[here].sum())
        if clicks == 0 or clicks_first == 0:
            ratio, error = np.nan, np.nan
        else:
            ratio, error = clicks / clicks_first, np.sqrt(1 / clicks + 1 / clicks_first)
        low, high = ratio * np.exp(-z * error), ratio * np.exp(z * error)
        rows[int(k)] = {"propensity": ratio, "low": low, "high": high, "searches": int(here.sum())}
    return pd.DataFrame(rows).T.rename_axis("rank").astype({"searches": int})


def fit_examination(propensities: pd.DataFrame) -> float:
    """Fit θ_k = k^−η to estimated propensities by weighted least squares; returns η.

    A curve of one parameter smooths ranks with few clicks; the weights are those of ``low`` and
    ``high`` on the logarithm. Ranks without an estimate are left out.

    Raises:
        ValueError: when no rank beyond the first has an estimate.

    >>> exact = pd.DataFrame({"propensity": [1, 0.5], "low": [1, 0.4], "high": [1, 0.6]}, [1, 2])
    >>> round(fit_examination(exact), 6)
    1.0
    """
    known = propensities[(propensities.index > 1) & propensities["propensity"].notna()]
    if known.empty:
        raise ValueError("no rank beyond the first has clicks: a larger randomised share is needed")
    x, y = np.log(known.index.to_numpy(float)), np.log(known["propensity"].to_numpy())
    weight = 1 / np.log(known["high"].to_numpy() / known["low"].to_numpy()) ** 2
    return float(-np.sum(weight * x * y) / np.sum(weight * x * x))


def ips_weights(propensity: np.ndarray, smallest: float = 0.05) -> np.ndarray:
    """Weight of a click at a place that is examined with that propensity: 1 / max(θ, smallest).

    A click seen at a rarely examined place stands for those not seen. The floor bounds the
    variance at the price of some bias (clipping; Strehl et al., NeurIPS 2010).

    Raises:
        ValueError: when a propensity is not in (0, 1], or the floor is not above 0.

    >>> ips_weights(np.array([1.0, 0.5, 0.01])).tolist()
    [1.0, 2.0, 20.0]
    """
    theta = np.asarray(propensity, dtype=np.float64)
    if smallest <= 0 or not ((theta > 0) & (theta <= 1)).all():
        raise ValueError("propensities lie in (0, 1], and their floor above 0")
    return np.asarray(1.0 / np.maximum(theta, smallest))


def click_rates(
    item: np.ndarray, clicked: np.ndarray, weight: np.ndarray | None = None
) -> pd.DataFrame:
    """Mean (weighted) clicks of each item over the times it was shown.

    With ``ips_weights`` it estimates an item's attraction without position bias, as far as θ holds;
    without weights it is the click-through rate, which has the bias.

    Args:
        item: what was shown, such as the code of a pair of query and document, shape (n,).
        clicked: 1 where it was clicked, shape (n,).
        weight: of each click, shape (n,); 1 by default.

    Returns:
        One row an item, in order of its code: ``shown``, ``clicks`` and ``rate``.
    """
    items, place = np.unique(item, return_inverse=True)
    weighted = np.asarray(clicked, float) * (1.0 if weight is None else np.asarray(weight))
    shown = np.bincount(place, minlength=len(items))
    table = {
        "shown": shown,
        "clicks": np.bincount(place, np.asarray(clicked, float), minlength=len(items)).astype(int),
        "rate": np.bincount(place, weighted, minlength=len(items)) / shown,
    }
    return pd.DataFrame(table, index=pd.Index(items, name="item"))
