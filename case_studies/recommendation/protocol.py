"""The published comparison on MovieLens 100K, its metrics, and the ladder of models."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from mlsd_kit.evaluation import Interval, Rankings, paired_difference
from mlsd_kit.models import BPR, EASE, ImplicitALS, ItemSimilarity, Popularity, recommend

from .lists import PULL, rerank_all

if TYPE_CHECKING:
    from .world import Views

PUBLISHED = pd.DataFrame(
    {
        "nDCG@10": [0.044, 0.096, 0.118, 0.382, 0.396, 0.420, 0.442, 0.475],
        "source": "recommenders-team/recommenders, README at b02c95e",
    },
    index=["ALS", "SVD", "embdotbias", "SAR", "NCF", "LightGCN", "BPR", "BiVAE"],
)
"""One split, seed 42: 75 / 25 at random within each item."""


def ladder(regularisation: float, seed: int) -> dict[str, Any]:
    """Models from a baseline up, near the settings that are chosen inside the training parts."""
    return {
        "popularity": Popularity(),
        "item similarity": ItemSimilarity(neighbours=200),
        "BPR": BPR(factors=128, learning_rate=0.02, regularisation=0.02, epochs=45, seed=seed),
        "iALS": ImplicitALS(factors=16, unobserved=1.0, regularisation=0.005, seed=seed),
        "EASE": EASE(regularisation),
    }


def judge_lists(lists: np.ndarray, test: Views) -> Rankings:
    """Lists (users, k) against what the users watched in the test part."""
    watched = test.matrix()
    relevant = [
        watched.indices[a:b] for a, b in zip(watched.indptr, watched.indptr[1:], strict=False)
    ]
    return Rankings.from_lists(lists, relevant)


def quality(lists: np.ndarray, test: Views) -> dict[str, float]:
    """The protocol's four metrics, means over the users with anything in the test part."""
    judged, k = judge_lists(lists, test), lists.shape[1]
    return {
        f"nDCG@{k}": float(np.nanmean(judged.ndcg(k))),
        f"MAP@{k}": float(np.nanmean(judged.average_precision(k))),
        f"precision@{k}": float(np.nanmean(judged.precision(k))),
        f"recall@{k}": float(np.nanmean(judged.recall(k))),
    }


def climb(
    models: Mapping[str, Any], train: Views, k: int
) -> dict[str, tuple[np.ndarray, float, float]]:
    """Fit each, recommend what was not seen: lists (users, k), seconds to fit, and to score."""
    X, found = train.matrix(), {}
    for name, model in models.items():
        start = time.perf_counter()
        model.fit(X)
        fitted = time.perf_counter()
        lists = recommend(model.score(X), k, seen=X)
        found[name] = (lists, fitted - start, time.perf_counter() - fitted)
    return found


def over_splits(
    views: Views,
    split: Callable[[Views, int], tuple[Views, Views]],
    seeds: range,
    regularisation: float,
    k: int,
) -> pd.DataFrame:
    """The ladder on several splits: one row a model and split, with metrics and seconds."""
    rows = []
    for seed in seeds:
        train, test = split(views, seed)
        for name, (lists, fit, score) in climb(ladder(regularisation, seed), train, k).items():
            cost = {"fit_s": fit, "score_s": score}
            rows.append({"model": name, "split": seed, **quality(lists, test), **cost})
    return pd.DataFrame(rows)


def fold_in(X: sparse.csr_array, keep: int, seed: int) -> sparse.csr_array:
    """Rows of which only so many entries are known, drawn at random."""
    draw = sparse.coo_array(X > 0)
    row, column = draw.coords
    order = (
        pd.Series(np.random.default_rng(seed).random(len(row))).groupby(row).rank(method="first")
    )
    some = (order <= keep).to_numpy()
    ones = np.ones(int(some.sum()))
    return sparse.csr_array((ones, (row[some], column[some])), shape=X.shape)


def cold_start(
    models: Mapping[str, Any], train: Views, test: Views, kept: tuple[int, ...], k: int, seed: int
) -> pd.DataFrame:
    """NDCG of fitted models when only so many views of each user are known; one row a number."""
    X, rows = train.matrix(), {}
    for known in kept:
        short = fold_in(X, known, seed)
        lists = {name: recommend(model.score(short), k, seen=X) for name, model in models.items()}
        rows[known] = {name: quality(found, test)[f"nDCG@{k}"] for name, found in lists.items()}
    return pd.DataFrame(rows).T.rename_axis("views known of the user")


def first_ahead(cold: pd.DataFrame, model: str, other: str) -> int | None:
    """The smallest number of known views from which on a model stays ahead of another."""
    ahead = (cold[model] > cold[other]).to_numpy()
    behind = np.flatnonzero(~ahead)
    first = 0 if len(behind) == 0 else behind[-1] + 1
    return int(cold.index[first]) if first < len(cold) else None


def recall_by_item_views(
    lists: np.ndarray, train: Views, test: Views, bins: tuple[int, ...] = (0, 5, 20)
) -> pd.DataFrame:
    """Of the test views of items with few or many training views, how many are in the lists.

    Args:
        lists: item numbers, shape (users, k).
        train: counts the views of items.
        test: what should be in the lists.
        bins: lower bounds of the groups.
    """
    user, item = test.events["user"].to_numpy(), test.events["item"].to_numpy()
    known = np.bincount(train.events["item"], minlength=train.shape[1])[item]
    names = [f"{a} to {b - 1}" for a, b in pairwise(bins)]
    group = pd.cut(known, [*bins, np.inf], right=False, labels=[*names, f"{bins[-1]} or more"])
    found = (lists[user] == item[:, None]).any(axis=1)
    grouped = pd.Series(found).groupby(group, observed=False)
    table = pd.DataFrame({"test views": grouped.size(), "in the list": grouped.mean()})
    return table.rename_axis("training views of the item")


def nearest_titles(
    vectors: np.ndarray, views: Views, popularity: np.ndarray, anchors: np.ndarray, n: int
) -> pd.DataFrame:
    """The n items with the most similar vectors, among those with 20 views, of each anchor."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    rare = np.where(popularity >= 20, 0.0, -np.inf)
    titles = views.items["title"]
    rows = []
    for anchor in anchors:
        close = np.argsort(-(unit @ unit[anchor] + rare), kind="stable")
        names = titles[close[close != anchor][:n]]
        rows.append({"item": titles[anchor], "nearest": "; ".join(names)})
    return pd.DataFrame(rows)


def penalty_curve(inner: Views, valid: Views, penalties: list[int], k: int) -> pd.DataFrame:
    """EASE's nDCG at each penalty, on the views it learned from and on held-out ones."""
    X, rows = inner.matrix(), {}
    for penalty in penalties:
        scores = EASE(penalty).fit(X).score(X)
        fit, held_out = recommend(scores, k), recommend(scores, k, seen=X)
        rows[penalty] = [quality(fit, inner)[f"nDCG@{k}"], quality(held_out, valid)[f"nDCG@{k}"]]
    columns = ["views it learned from", "held out"]
    return pd.DataFrame(rows, index=columns).T.rename_axis("penalty")


def by_split(
    splits: Mapping[str, tuple[Views, Views]], regularisation: float, k: int
) -> pd.DataFrame:
    """NDCG of three models on each split, over test users with any training view."""
    columns = {}
    for name, (train, test) in splits.items():
        known = test.events["user"].isin(train.events["user"].unique()).to_numpy()
        models = {"popularity": Popularity(), "item similarity": ItemSimilarity()}
        found = climb({**models, "EASE": EASE(regularisation)}, train, k)
        columns[name] = {m: quality(f[0], test.rows(known))[f"nDCG@{k}"] for m, f in found.items()}
    return pd.DataFrame(columns)


def proposals(
    scores: Mapping[str, np.ndarray], train: Views, test: Views, n: int, k: int
) -> pd.DataFrame:
    """Each model as a first stage (recall of n proposed) and as the whole (nDCG of k places)."""
    rows, n = {}, min(n, train.shape[1] - 1)
    for name, values in scores.items():
        wide = recommend(values, n, seen=train.matrix())
        recall = float(np.nanmean(judge_lists(wide, test).recall(n)))
        rows[name] = {f"recall of {n} proposed": recall, **quality(wide[:, :k], test)}
    return pd.DataFrame(rows).T.iloc[:, :2]


def stage_and_whole(
    a: np.ndarray, b: np.ndarray, train: Views, test: Views, n: int, k: int, seed: int
) -> tuple[Interval, Interval]:
    """Scores a against b: differences in recall of n proposed, and in nDCG of the k places."""
    wide = [recommend(values, min(n, train.shape[1] - 1), seen=train.matrix()) for values in (a, b)]
    first, second = (judge_lists(lists, test) for lists in wide)
    recall = paired_difference(first.recall(n), second.recall(n), seed)
    return recall, paired_difference(first.ndcg(k), second.ndcg(k), seed)


def session_gain(
    lists: Mapping[str, np.ndarray], test: Views, weights: np.ndarray, n: int, k: int, seed: int
) -> pd.DataFrame:
    """What a re-rank by the session adds; the rest of each user's test views judges it.

    Args:
        lists: what users have before the session, shape (users, more than k), by name.
        test: n views of each user are the session: the first ones, or n drawn at random.
        weights: item-to-item weights, shape (items, items).
        n: views of a session.
        k: places shown.
        seed: of the drawn sessions and of the intervals.

    Returns:
        One row for lists and kind of session: nDCG when the watched items only leave the list, when
        they re-rank it too, the difference with its 95 % interval over users, and the verdict.
    """
    drawn = np.random.default_rng([seed, 8]).random(len(test.events))
    events = test.events.assign(first=test.events["time"], random=drawn)
    rows = {}
    for kind in ("first", "random"):
        in_session = (events.groupby("user")[kind].rank(method="first") <= n).to_numpy()
        session = events[in_session].groupby("user")["item"].agg(list).to_dict()
        rest = test.rows(~in_session)
        for name, found in lists.items():
            before, after = (
                judge_lists(rerank_all(found, session, weights, k, pull), rest).ndcg(k)
                for pull in (0.0, PULL)
            )
            gain = paired_difference(after, before, seed)
            means = np.nanmean(before), np.nanmean(after)
            verdict = "gain" if gain.low > 0 else "loss" if gain.high < 0 else "no clear change"
            rows[name, kind] = (*means, gain.estimate, gain.low, gain.high, verdict)
    columns = ["only left out", "re-ranked", "gain", "low", "high", "verdict"]
    index = pd.MultiIndex.from_tuples(rows, names=["users", "session"])
    return pd.DataFrame(list(rows.values()), index=index, columns=columns)
