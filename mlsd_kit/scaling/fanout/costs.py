"""What pushing to inboxes and pulling at reading cost, in closed form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mlsd_kit.scaling.fanout.graph import FollowGraph, follow_graph

DAY_S = 86_400.0


@dataclass(frozen=True)
class FanoutLoad:
    """How often is posted and read, and what each step costs (in inbox insertions).

    Push writes a post into the inbox of each follower. Pull asks for the author's latest posts at
    each reading; the answer is cached for ``cache_s``, so that an author with many readers is
    seldom fetched from the store. A reading also fetches the reader's inbox once, if there are
    inboxes.
    """

    posts_per_day: float
    """Of an author."""
    reads_per_day: float
    """Of a user's feed."""
    cache_s: float = 60.0
    """How long an author's latest posts are cached, in seconds."""
    write_cost: float = 1.0
    cached_cost: float = 0.02
    """Of looking into the cache, at each pull."""
    store_cost: float = 1.0
    """Of going on to the store where the cache has nothing, and of fetching an inbox."""
    inserts_per_s: float = 10_000.0
    """Inbox insertions per second, for one post's delivery."""

    def push_cost(self, followers: ArrayLike) -> np.ndarray:
        """Cost per day of pushing an author's posts, by followers."""
        return self.posts_per_day * self.write_cost * np.asarray(followers, dtype=float)

    def pulls_from_store(self, followers: ArrayLike) -> np.ndarray:
        """Fetches per day that the cache does not answer: λ / (1 + λT) for λ pulls."""
        pulls = self.reads_per_day * np.asarray(followers, dtype=float)
        return np.asarray(pulls / (1 + pulls * self.cache_s / DAY_S))

    def pull_cost(self, followers: ArrayLike) -> np.ndarray:
        """Cost per day of all pulls of an author's posts, by followers."""
        pulls = self.reads_per_day * np.asarray(followers, dtype=float)
        from_store = self.pulls_from_store(followers)
        return np.asarray(self.cached_cost * pulls + self.store_cost * from_store)

    def threshold(self) -> float:
        """Followers from which pulling an author is cheaper than pushing.

        With p posts, r reads, T the cache's time (days) and costs w, c, s the two are equal at
        f = (r s / (p w − r c) − 1) / (r T). Infinite where pulling never pays, not even from the
        cache; 0 where it always does.
        """
        saved = self.posts_per_day * self.write_cost - self.reads_per_day * self.cached_cost
        if saved <= 0:
            return np.inf
        fetches = self.reads_per_day * self.store_cost / saved - 1
        return max(0.0, fetches / (self.reads_per_day * self.cache_s / DAY_S))


def fanout_table(
    graph: FollowGraph, load: FanoutLoad, thresholds: Mapping[str, float]
) -> pd.DataFrame:
    """The figures of several designs, by closed form.

    Args:
        graph: who follows whom. load: rates and costs.
        thresholds: name of the design → followers from which an author is pulled: infinity is push
            for all, 0 is pull for all.

    Returns:
        One row for each design: ``writes per post`` (write amplification), ``pulls per read``
        (mean, cached or not), ``store fetches per read`` (with the inbox), ``copies per day``
        (inbox entries to store), ``last delivery s`` (of the most followed author that is pushed),
        ``oldest pull s`` (age that a pulled list may have), ``cost per day``.
    """
    rows = {name: _row(graph, load, at) for name, at in thresholds.items()}
    return pd.DataFrame(rows).T


def skew_table(
    users: int, authors: int, follows: int, load: FanoutLoad, skews: Sequence[float], seed: int
) -> pd.DataFrame:
    """How the same network behaves when followers are skewed less or more.

    Args:
        users, authors, follows, seed: as in `follow_graph`. load: rates and costs.
        skews: to try.

    Returns:
        One row for each skew: followers of the largest author, writes per post of push and of the
        hybrid at its threshold, hit rate (%) of all pulls were all authors pulled, and the cost of
        the hybrid against that of push.
    """
    rows = {}
    designs = {"push": np.inf, "hybrid": load.threshold()}
    for skew in skews:
        graph = follow_graph(users, authors, follows, skew, seed)
        table = fanout_table(graph, load, designs)
        pulls = load.reads_per_day * graph.followers.sum()
        cost = table["cost per day"]
        rows[skew] = {
            "most followers": graph.followers.max(),
            "writes per post, push": table.loc["push", "writes per post"],
            "writes per post, hybrid": table.loc["hybrid", "writes per post"],
            "hit rate of pulls (%)": 100
            * (1 - load.pulls_from_store(graph.followers).sum() / pulls),
            "hybrid / push, cost": cost["hybrid"] / cost["push"],
        }
    return pd.DataFrame(rows).T.rename_axis("skew")


def total_cost(graph: FollowGraph, load: FanoutLoad, threshold: float) -> float:
    """Cost per day of all authors' posts and all reading."""
    followers = graph.followers
    pulled = followers >= threshold
    inboxes = load.reads_per_day * load.store_cost * graph.users * bool((~pulled).any())
    costs = np.where(pulled, load.pull_cost(followers), load.push_cost(followers))
    return float(costs.sum() + inboxes)


def _row(graph: FollowGraph, load: FanoutLoad, threshold: float) -> dict[str, float]:
    followers = graph.followers
    pulled = followers >= threshold
    pushed_to = followers[~pulled]
    reads = load.reads_per_day * graph.users
    inbox = bool(len(pushed_to))
    fetches = load.pulls_from_store(followers[pulled]).sum() / reads
    return {
        "writes per post": pushed_to.sum() / graph.authors,
        "pulls per read": followers[pulled].sum() / graph.users,
        "store fetches per read": fetches + inbox,
        "copies per day": load.posts_per_day * pushed_to.sum(),
        "last delivery s": pushed_to.max() / load.inserts_per_s if inbox else 0.0,
        "oldest pull s": load.cache_s if pulled.any() else 0.0,
        "cost per day": total_cost(graph, load, threshold),
    }
