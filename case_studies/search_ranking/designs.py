"""Ways to fill a page of results, judged with the true probabilities by the goal and its guards."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .judged import Judged
from .simulator import LARGE, World, examination

PER_SELLER, FOR_LARGE = 1, 3
"""Places of a page that the guarded design gives at most to one seller, and to the large ones."""


def designs(world: World, judged: Judged) -> pd.DataFrame:
    """The goal and the guards of four designs over the traffic, with perfect knowledge of people.

    ``present``: words and past sales. ``all words required``: the same, but a title has to have
    every word. ``purchases only``: by the true probability of a purchase. ``guarded``: the same
    with at most `PER_SELLER` places a seller, and `FOR_LARGE` for the large sellers together.

    Returns:
        One row a design: ``purchases`` per 1,000 searches, ``no_result``: the share of searches
        without any, and ``sellers``: the effective number, 1 / Σ share² of what is looked at.
    """
    value = judged.attraction * judged.buy
    strict = np.where(judged.X["words_in_title"] >= 1, judged.present, -np.inf)
    scores = {
        "present": judged.present,
        "all words required": strict,
        "purchases only": value,
        "guarded": _spread(world, judged, value),
    }
    rows = {name: _figures(world, judged, score) for name, score in scores.items()}
    return pd.DataFrame(rows).T.rename_axis("design")


def _spread(world: World, judged: Judged, value: np.ndarray) -> np.ndarray:
    """The value, less a lot for rows beyond the places that sellers may have."""
    seller = world.products["seller"].to_numpy()[judged.item]
    frame = pd.DataFrame({"query": judged.query, "seller": seller, "value": -value})
    place = frame.groupby(["query", "seller"])["value"].rank(method="first").to_numpy()
    allowed = np.where(place <= PER_SELLER, -value, np.inf)
    group = frame.assign(large=seller < LARGE, value=allowed).groupby(["query", "large"])["value"]
    crowded = (group.rank(method="first").to_numpy() > FOR_LARGE) & (seller < LARGE)
    return value - ((place > PER_SELLER) | crowded)


def _figures(world: World, judged: Judged, score: np.ndarray) -> dict[str, float]:
    ranked = judged.ranked(score)
    shown = (ranked >= 0) & np.isfinite(score[ranked])
    weight = judged.weight.loc[judged.queries].to_numpy()
    weight = weight / weight.sum()
    looks = examination() * shown * weight[:, None]
    seller = world.products["seller"].to_numpy()[judged.item[ranked]]
    share = np.bincount(seller.ravel(), looks.ravel())
    share = share / share.sum()
    return {
        "purchases": 1000 * float((looks * (judged.attraction * judged.buy)[ranked]).sum()),
        "no_result": float(weight[~shown.any(axis=1)].sum()),
        "sellers": float(1 / np.sum(share**2)),
    }
