"""The same by playing days of posts and readings through, event by event."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mlsd_kit.scaling.caching.expiry import loads
from mlsd_kit.scaling.fanout.costs import DAY_S, FanoutLoad
from mlsd_kit.scaling.fanout.graph import FollowGraph


@dataclass(frozen=True)
class PlayedFanout:
    """What each author's posts and pulls came to, were the author pushed, or were they pulled."""

    graph: FollowGraph
    load: FanoutLoad
    days: float
    readings: int
    """Of feeds."""
    writes: np.ndarray = field(repr=False)
    """Inbox insertions of each author, shape (authors,)."""
    pulls: np.ndarray = field(repr=False)
    """Pulls of each author, shape (authors,)."""
    from_store: np.ndarray = field(repr=False)
    """Of these, those that the cache did not answer."""

    def total_cost(self, threshold: float) -> float:
        """Cost per day where authors with as many followers are pulled, the others pushed."""
        load = self.load
        pulled = self.graph.followers >= threshold
        push = load.write_cost * self.writes
        pull = load.cached_cost * self.pulls + load.store_cost * self.from_store
        inboxes = load.store_cost * self.readings * bool((~pulled).any())
        return float((np.where(pulled, pull, push).sum() + inboxes) / self.days)

    def best_threshold(self) -> float:
        """The number of followers, among those that occur, with the lowest cost."""
        tried = [0.0, *np.unique(self.graph.followers).astype(float), np.inf]
        return min(tried, key=self.total_cost)


def play_fanout(graph: FollowGraph, load: FanoutLoad, days: float, seed: int) -> PlayedFanout:
    """Draw posts and readings as Poisson processes, and pass every pull through the author's cache.

    Args:
        graph: who follows whom. load: rates and costs.
        days: to play. seed: of the draw.
    """
    rng = np.random.default_rng(seed)
    posts = rng.poisson(load.posts_per_day * days, graph.authors)
    reader = np.repeat(np.arange(graph.users), rng.poisson(load.reads_per_day * days, graph.users))
    at = rng.uniform(0, days * DAY_S, len(reader))
    order = np.argsort(at)
    author = graph.follows[reader[order]].ravel()
    when = np.repeat(at[order], graph.follows.shape[1])
    by_author = np.argsort(author, kind="stable")
    pulls = np.bincount(author, minlength=graph.authors)
    times = np.split(when[by_author], np.cumsum(pulls)[:-1])
    from_store = np.array([len(loads(of, load.cache_s)) for of in times])
    writes = posts * graph.followers
    return PlayedFanout(graph, load, days, len(reader), writes, pulls, from_store)
