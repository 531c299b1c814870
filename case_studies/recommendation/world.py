"""The case's data: who watched what and when, real (MovieLens), and the two ways to split it.

`load` gives `Views`: ratings as events, users and items numbered from 0, and a matrix of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from mlsd_kit.data.sets import load_movielens
from mlsd_kit.errors import UserError

from . import architecture
from .learning import learning_table, so_far
from .lists import explore, guard_table, guards, overlap, places_by_popularity, popularity_table
from .nightly import a_view_later, nightly_job, publish
from .plots import (
    plot_beside_published,
    plot_cache,
    plot_cold_start,
    plot_long_tails,
    plot_ratings,
    plot_sizes,
)
from .protocol import (
    PUBLISHED,
    by_split,
    cold_start,
    first_ahead,
    judge_lists,
    nearest_titles,
    over_splits,
    penalty_curve,
    proposals,
    quality,
    recall_by_item_views,
    session_gain,
    stage_and_whole,
)
from .two_stage import TwoStage

__all__ = [
    "PUBLISHED", "TwoStage", "Views", "a_view_later", "architecture", "by_split", "check_run",
    "cold_start", "explore", "first_ahead", "guard_table", "guards", "judge_lists",
    "learning_table", "load", "nearest_titles", "nightly_job", "over_splits", "overlap",
    "penalty_curve", "places_by_popularity", "plot_beside_published", "plot_cache",
    "plot_cold_start", "plot_long_tails", "plot_ratings", "plot_sizes", "popularity_table",
    "proposals", "publish", "quality", "recall_by_item_views", "session_gain", "so_far",
    "split_by_time", "split_within_items", "stage_and_whole",
]  # fmt: skip

FEWEST_USERS = 100
MOST_ITEMS = 20_000
"""Models here keep a number for each pair of items: 20,000 items are 3.2 GB."""


MOST_PLACES = 40
"""Of the 50 published items a session may take some away."""


@dataclass(frozen=True)
class Views:
    """Ratings taken as views: an item that was rated was watched.

    ``events``: ``user``, ``item`` (from 0), ``rating``, ``time`` (UTC), in order of time.
    """

    events: pd.DataFrame
    items: pd.DataFrame
    """``title``, ``year``, ``genres``; row i is item i."""
    users: pd.DataFrame
    """``age``, ``gender``, ``occupation`` where known; row u is user u."""

    @property
    def shape(self) -> tuple[int, int]:
        """Users, items."""
        return len(self.users), len(self.items)

    def matrix(self, values: np.ndarray | None = None) -> sparse.csr_array:
        """The events as a matrix (users, items) of ones, or of values, shape (events,)."""
        ones = np.ones(len(self.events)) if values is None else np.asarray(values, dtype=float)
        place = (self.events["user"].to_numpy(), self.events["item"].to_numpy())
        return sparse.csr_array((ones, place), shape=self.shape)

    def rows(self, keep: np.ndarray) -> Views:
        """Some of the events, by mask or position; users and items stay."""
        keep = np.flatnonzero(keep) if keep.dtype == bool else keep
        return Views(self.events.iloc[keep].reset_index(drop=True), self.items, self.users)


def load(size: str = "100k", path: str = "none", n_users: int = 943, seed: int = 0) -> Views:
    """MovieLens, of at most ``n_users`` users drawn at random.

    Args:
        size: one of ``100k`` (installed), ``1m``, ``20m``, ``25m``, ``32m`` (downloaded once).
        path: a published zip or its folder, instead of a download; ``none`` for no path.
        n_users: users to keep; all when there are fewer.
        seed: of the draw.

    Raises:
        UserError: when the data is missing or unreadable, or too few users are asked for.
    """
    if n_users < FEWEST_USERS:
        raise UserError(
            f"n_users: {n_users} users are too few to learn from; {FEWEST_USERS} or more"
        )
    loaded = load_movielens(size, None if path in ("", "none") else Path(path))
    ratings = loaded.ratings
    users = np.sort(ratings["user"].unique())
    if n_users < len(users):
        users = np.sort(np.random.default_rng(seed).choice(users, n_users, replace=False))
        ratings = ratings[ratings["user"].isin(users)]
    counts = ratings["item"].value_counts(sort=True)
    items = np.sort(counts.index.to_numpy()[:MOST_ITEMS])
    ratings = ratings[ratings["item"].isin(items)]
    events = pd.DataFrame(
        {
            "user": np.searchsorted(users, ratings["user"].to_numpy()),
            "item": np.searchsorted(items, ratings["item"].to_numpy()),
            "rating": ratings["rating"].to_numpy(),
            "time": ratings["time"].to_numpy(),
        }
    )
    return Views(events, loaded.items.reindex(items).reset_index(), loaded.users.reindex(users))


def check_run(parameters: Mapping[str, Any]) -> None:
    """Refuse what a run could not use, before it starts.

    Raises:
        UserError: for data that cannot be read, or a scale figure that is not positive.
    """
    if not 2 <= parameters["k"] <= MOST_PLACES:
        raise UserError(f"k: {parameters['k']} places; from 2 to {MOST_PLACES}")
    if parameters["splits"] < 2:
        raise UserError(f"splits: {parameters['splits']}; a spread needs at least 2")
    for name in ("active_users", "catalogue", "requests_per_s", "window_h", "latency_ms"):
        if parameters[name] <= 0:
            raise UserError(f"{name}: {parameters[name]} has to be above 0")
    if parameters["size"] == "100k" or parameters["data_path"] not in ("", "none"):
        load(parameters["size"], parameters["data_path"], parameters["n_users"])


def split_within_items(views: Views, seed: int, train: float = 0.75) -> tuple[Views, Views]:
    """Share of each item's events, drawn at random: the published comparison's protocol."""
    item = views.events["item"]
    draw = pd.Series(np.random.default_rng(seed).random(len(item)))
    rank = draw.groupby(item.to_numpy()).rank(method="first").to_numpy()
    size = item.groupby(item).transform("size").to_numpy()
    first = rank <= np.round(train * size)
    return views.rows(first), views.rows(~first)


def split_by_time(views: Views, train: float = 0.75) -> tuple[Views, Views]:
    """The first share of all events, and what came later."""
    cut = int(train * len(views.events))
    return views.rows(np.arange(cut)), views.rows(np.arange(cut, len(views.events)))
