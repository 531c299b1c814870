"""What a page of results is worth: by design, by depth of retrieval, and by age of the index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from . import ltr
from .features import judge
from .judged import Judged, outcomes, quality, summary
from .retrieval import Retriever, recall
from .simulator import LARGE, World, examination

PER_SELLER, FOR_LARGE = 1, 2
"""Places of a page that the guarded design gives at most to one seller, and to the large ones."""
MOMENTS = 8


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
        "purchases": 1000 * float(outcomes(judged, score)[1] @ weight),
        "no_result": float(weight[~shown.any(axis=1)].sum()),
        "sellers": float(1 / np.sum(share**2)),
    }


def depth_table(
    retriever: Retriever,
    lists: Sequence[np.ndarray],
    queries: np.ndarray,
    model: Any,
    depths: Sequence[int],
) -> pd.DataFrame:
    """Recall of retrieval, and the page that a ranking makes of it, for more candidates.

    Args:
        retriever: for features and the truth.
        lists: products of each query in order of retrieval.
        queries: those to look at.
        model: the ranking.
        depths: how many candidates are ranked, in ascending order.

    Returns:
        One row a depth: ``recall``, ``clicks`` and ``purchases`` per 1,000 searches, and
        ``of the best`` purchases that any order of the deepest candidates could have.
    """
    asked = np.isin(np.arange(len(lists)), queries)
    rows: dict[int, dict[str, float]] = {}
    for depth in depths:
        kept = [found[: depth if wanted else 0] for found, wanted in zip(lists, asked, strict=True)]
        part = judge(retriever, kept)
        page = summary({"": quality(part, ltr.scores(model, part.X))}).iloc[0]
        found = recall(retriever.world, lists, depth)[asked].mean()
        rows[depth] = {"recall": found, **page[["clicks", "purchases"]]}
    best = summary({"": quality(part, part.attraction * part.buy)})["purchases"].iloc[0]
    table = pd.DataFrame(rows).T.rename_axis("candidates")
    return table.assign(**{"of the best": table["purchases"] / best})


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
    named = np.where(world.target >= 0, judged.weight.to_numpy(), 0)
    weight = judged.weight.loc[judged.queries].to_numpy()
    rows: dict[float, Any] = {}
    for every in (0.0, *hours):
        figures = []
        for moment in (np.arange(MOMENTS) + 0.5) / MOMENTS * every:
            unseen = age_h < moment
            visible = np.where(unseen[judged.item], -np.inf, scores)
            purchases = 1000 * float(outcomes(judged, visible)[1] @ weight) / weight.sum()
            missed = named[unseen[world.target]].sum() / max(named.sum(), 1e-12)
            figures.append((purchases, unseen.mean(), missed))
        rows[every] = np.mean(figures, axis=0)
    table = pd.DataFrame(rows, index=["purchases", "unseen", "named_unseen"]).T
    lost = (1 - table["purchases"] / table["purchases"].iloc[0]).round(9) + 0.0
    table.insert(1, "lost", lost)
    return table.iloc[1:].rename_axis("hours between refreshes")
