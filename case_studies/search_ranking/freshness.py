"""What an index that is refreshed only now and then costs: new products cannot be found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .judged import Judged, quality
from .simulator import World

MOMENTS = 8


def refresh_table(
    world: World, judged: Judged, scores: np.ndarray, hours: Sequence[float]
) -> pd.DataFrame:
    """Purchases and unseen products for each time between refreshes.

    A refresh every T hours leaves, at a random moment, the products unseen that came since the
    last one: younger than a uniform share of T. The mean is over evenly spaced moments.

    Returns:
        One row an interval: ``purchases`` per 1,000 searches, their ``lost`` share against an index
        without delay, ``unseen`` products (share), and ``named_unseen``: the share of the searches
        for one named product that cannot find it.
    """
    age_h = 24 * world.age_days
    named = world.target >= 0
    weight = judged.weight.to_numpy()
    rows = {}
    for every in hours:
        figures = []
        for moment in (np.arange(MOMENTS) + 0.5) / MOMENTS * every if every else [0.0]:
            unseen = age_h < moment
            visible = ~unseen[judged.item]
            table = quality(judged.rows(visible), scores[visible])
            purchases = 1000 * float((table["purchases"] * table["weight"]).sum())
            missed = (weight * (named & unseen[world.target])).sum() / (weight * named).sum()
            figures.append((purchases, unseen.mean(), missed))
        rows[every] = np.mean(figures, axis=0)
    table = pd.DataFrame(rows, index=["purchases", "unseen", "named_unseen"]).T
    table.insert(1, "lost", 1 - table["purchases"] / table["purchases"].iloc[0])
    return table.rename_axis("hours between refreshes")
