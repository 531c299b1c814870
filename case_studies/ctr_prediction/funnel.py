"""What the funnel's stages score with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.models import FactorizationMachine
from mlsd_kit.scaling import Funnel, Stage

AD_SIDE = ("ad", "advertiser", "category", "format")
USER_SIDE = ("country", "device", "segment")


@dataclass(frozen=True)
class TwoTowers:
    """A user's and an ad's embedding whose dot product ranks ads for the user."""

    machine: FactorizationMachine

    def score(self, X: pd.DataFrame) -> np.ndarray:
        """Scores of one user's candidates, shape (n,); all rows have the same user."""
        user, _ = self.machine.side(X.loc[X.index[:1], list(USER_SIDE)])
        ads, own = self.machine.side(X[list(AD_SIDE)])
        return own + ads @ user[0]


def two_towers(clicks: Any, seed: int) -> TwoTowers:
    """Train the towers on clicks: a factorisation machine over the user's and the ad's fields."""
    machine = FactorizationMachine(n_factors=8, learning_rate=0.05, l2=1e-4, seed=seed)
    return TwoTowers(machine.fit(clicks.X[[*USER_SIDE, *AD_SIDE]], clicks.y))


def score(model: Any, X: pd.DataFrame) -> np.ndarray:
    """Probabilities of a click, shape (n,), from a pipeline or an exported model."""
    p = model.predict_proba(X)
    return p[:, 1] if p.ndim == 2 else p


def scorer(model: Any) -> Callable[[pd.DataFrame], np.ndarray]:
    """The model as a function from candidates to scores."""
    return lambda X: score(model, X)


def by_size(
    scored: Sequence[pd.DataFrame],
    retrieved: Sequence[int],
    ranked: Sequence[int],
    chosen: int = 10,
) -> pd.DataFrame:
    """Measure the funnel at several sizes, request by request.

    Args:
        scored: of each request, its ads with their scores ``retrieve``, ``pre-rank``, ``rank``
            and the ``true`` probability of a click.
        retrieved: how many ads retrieval may keep. ranked: how many may come to the ranker.
        chosen: how many the ranker keeps.

    Returns:
        ``ad_index``, ``pre_ranker``: ads kept; ``request``; ``quality``: share of the best by
        ``rank`` that are chosen; ``clicks``: mean ``true`` of the chosen.
    """
    rows = []
    for first, second in product(retrieved, ranked):
        if second > first:
            continue
        keeps = {"retrieve": first, "pre-rank": second, "rank": chosen}
        funnel = Funnel([Stage(name, itemgetter(name), keep) for name, keep in keeps.items()])
        for number, ads in enumerate(scored):
            result = funnel.run(ads, truth=ads["rank"])
            recall = result.table()["recall"].iloc[-1]
            clicks = ads["true"].iloc[result.chosen].mean()
            rows.append((first, second, number, recall, clicks))
    return pd.DataFrame(rows, columns=["ad_index", "pre_ranker", "request", "quality", "clicks"])
