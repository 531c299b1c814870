"""The log of searches: ten results each, clicked where the place is looked at and they attract."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlsd_kit.evaluation import swap_propensities

from .judged import Judged
from .simulator import PLACES, examination

JITTER = 0.6
"""Standard deviations of the present score by which its order varies from search to search."""
SWAP_SHARE = 0.1
BOT_SHARE = 0.004
BOT_CLICKS = 0.95
"""Share of the results that a robot clicks on."""
POOL = 40
"""The present ranking varies among its best so many."""


@dataclass(frozen=True)
class SearchLog:
    """Searches with what was shown and clicked; rows of ``judged`` stand for results.

    ``row`` (n, 10) rows of the judged candidates, ``clicked`` and ``bought`` (n, 10) booleans,
    ``query`` (n,), ``swap`` (n,) the rank drawn in the randomised share, 0 elsewhere, ``bot`` (n,)
    the truth about who searched.
    """

    query: np.ndarray
    row: np.ndarray
    clicked: np.ndarray
    bought: np.ndarray
    swap: np.ndarray
    bot: np.ndarray

    def __len__(self) -> int:
        return len(self.query)

    def rows(self, keep: np.ndarray) -> SearchLog:
        """Some of the searches."""
        return SearchLog(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))

    def events(self, judged: Judged) -> pd.DataFrame:
        """The log as a table: one row a result shown."""
        n = len(self)
        return pd.DataFrame(
            {
                "search": np.repeat(np.arange(n), PLACES),
                "query": np.repeat(self.query, PLACES),
                "rank": np.tile(np.arange(1, PLACES + 1), n),
                "item": judged.item[self.row.ravel()],
                "clicked": self.clicked.ravel().astype(int),
                "bought": self.bought.ravel().astype(int),
            }
        )

    def propensities(self) -> pd.DataFrame:
        """Examination of each rank against the first, from the swapped share."""
        drawn = np.flatnonzero(self.swap > 0)
        at = self.clicked[drawn, self.swap[drawn] - 1]
        return swap_propensities(self.swap[drawn], self.clicked[drawn, 0], at)


def simulate_log(judged: Judged, n: int, seed: int) -> SearchLog:
    """Searches answered by the ranking in service, whose order varies a little.

    Args:
        judged: candidates with their present score; queries with fewer than ten are left out.
        n: searches.
        seed: of queries, order, swaps and clicks.
    """
    rng = np.random.default_rng([seed, 5])
    pool = judged.ranked(judged.present, POOL)
    whole = (pool >= 0).sum(axis=1) >= PLACES
    ids = np.unique(judged.query)
    weight = np.where(whole, judged.weight.loc[ids].to_numpy(), 0)
    which = rng.choice(len(ids), n, p=weight / weight.sum())
    score = np.where(pool >= 0, judged.present[pool], -np.inf)
    spread = JITTER * judged.present.std()
    shown = np.empty((n, PLACES), dtype=np.int64)
    for part in np.array_split(np.arange(n), max(1, n // 20_000)):
        noisy = score[which[part]] + spread * rng.normal(size=(len(part), pool.shape[1]))
        best = np.argsort(-noisy, axis=1)[:, :PLACES]
        shown[part] = np.take_along_axis(pool[which[part]], best, axis=1)
    swap = np.where(rng.random(n) < SWAP_SHARE, rng.integers(2, PLACES + 1, n), 0)
    swapped = np.flatnonzero((swap > 0) & (rng.random(n) < 0.5))
    other = swap[swapped] - 1
    shown[swapped, 0], shown[swapped, other] = shown[swapped, other], shown[swapped, 0]
    bot = rng.random(n) < BOT_SHARE
    clicked, bought = act(judged, shown, rng)
    clicked = np.where(bot[:, None], rng.random(shown.shape) < BOT_CLICKS, clicked)
    return SearchLog(ids[which], shown, clicked, bought & ~bot[:, None], swap, bot)


def act(
    judged: Judged, shown: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Clicks and purchases of people on lists of rows, both (n, places) booleans."""
    looks = rng.random(shown.shape) < examination()[: shown.shape[1]]
    clicked = looks & (shown >= 0) & (rng.random(shown.shape) < judged.attraction[shown])
    buy = np.nan_to_num(judged.buy[shown])
    return clicked, clicked & (rng.random(shown.shape) < buy)
