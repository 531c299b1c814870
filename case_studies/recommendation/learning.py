"""The table that the lessons learn from: the ratings of MovieLens 100K, one row each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlsd_kit.cases import LearningTable
from mlsd_kit.data.sets import load_movielens
from mlsd_kit.errors import UserError

FEWEST_ROWS = 2_000
LIKED = 4.0
MISSED = 0.05
WASTED = 0.06


def learning_table(n_rows: int, seed: int) -> LearningTable:
    """Real ratings for the lessons (MovieLens 100K, GroupLens), in order of time.

    The event is a rating of `LIKED` or more. The seed draws users, as many as fit in ``n_rows``;
    from 100,000 on all are there. The running figures count what *all* users had rated before that
    second. The costs are assumptions: a film that would have been liked and is not shown loses
    `MISSED` dollars, a place that goes to one that is not liked `WASTED`.

    Raises:
        UserError: for too few rows, or data that cannot be read.
    """
    if n_rows < FEWEST_ROWS:
        raise UserError(
            f"n_rows: {n_rows} ratings are too few to learn from; at least {FEWEST_ROWS}"
        )
    loaded = load_movielens()
    drawn = loaded.ratings["user"].isin(_drawn(loaded.ratings["user"], n_rows, seed))
    ratings, running = loaded.ratings[drawn], so_far(loaded.ratings, ["user", "item"])[drawn]
    user, item = loaded.users.loc[ratings["user"]], loaded.items.loc[ratings["item"]]
    genres = item["genres"].str.partition("|")[0]
    columns = {
        "user_id": ratings["user"].to_numpy(np.int64),
        "item_id": ratings["item"].to_numpy(np.int64),
        "occupation": pd.Categorical(user["occupation"]),
        "gender": pd.Categorical(user["gender"]),
        "genre": pd.Categorical(genres),
        "age": user["age"].to_numpy(float),
        "year": item["year"].to_numpy(float),
        "film_age": (ratings["time"].dt.year.to_numpy() - item["year"].to_numpy(float)).clip(0),
        **{name: running[name].to_numpy() for name in running},
    }
    liked = (ratings["rating"] >= LIKED).to_numpy(np.int64)
    hours = (ratings["time"] - ratings["time"].min()).dt.total_seconds().to_numpy() / 3600
    who = ratings["user"].to_numpy(np.int64)
    return LearningTable(pd.DataFrame(columns), liked, hours, who, "rating", "like", MISSED, WASTED)


def so_far(ratings: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Ratings and their mean before each row's time, of its user and of its item.

    Rows of the same second do not see each other: a page of films is rated at once.

    Args:
        ratings: ``rating`` and ``time``, in order of time, with a column for each key.
        keys: columns to count by.

    Returns:
        ``<key>_ratings`` and ``<key>_mean`` (NaN before the first), on the index of ``ratings``.
    """
    columns = {}
    for key in keys:
        of = ratings.groupby(key)["rating"]
        before = pd.DataFrame({"n": of.cumcount(), "sum": of.cumsum() - ratings["rating"]})
        at_once = before.groupby([ratings[key], ratings["time"]]).transform("first")
        columns[f"{key}_ratings"] = at_once["n"].astype(float)
        columns[f"{key}_mean"] = at_once["sum"] / at_once["n"].where(at_once["n"] > 0)
    return pd.DataFrame(columns)


def _drawn(users: pd.Series, n_rows: int, seed: int) -> np.ndarray:
    """Users in random order, as long as their ratings fit."""
    sizes = users.value_counts().sort_index()
    order = np.random.default_rng(seed).permutation(len(sizes))
    fits = np.cumsum(sizes.to_numpy()[order]) <= n_rows
    return sizes.index.to_numpy()[order[fits]]
