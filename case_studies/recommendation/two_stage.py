"""Two stages: closed-form and factorised models propose, boosted trees rank what they propose."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from mlsd_kit.errors import require
from mlsd_kit.models import EASE, ImplicitALS, recommend

if TYPE_CHECKING:
    from .world import Views

CANDIDATES = 150
FOLDS = 3
SHRINK_UNITS = 8.0
"""Years over which the weight of another user's age falls to a third."""


class TwoStage:
    """Candidates by EASE and iALS, ranked by LambdaMART on what the first stage has not learned.

    The ranker's training rows come from inner splits: the first stage learns from three quarters
    of each item's training events, and the candidates are labelled by the rest. Nothing of the
    test part is used.

    Args:
        split: gives an inner training and validation part for a seed.
        regularisation: of EASE.
        folds: inner splits; more rows to learn from, more time.
        seed: of everything random.
        trees: boosting rounds.
        leaves: of each tree; few, because the labels are noisy.
    """

    def __init__(
        self,
        split: Callable[[Views, int], tuple[Views, Views]],
        regularisation: float = 500.0,
        folds: int = FOLDS,
        seed: int = 0,
        trees: int = 300,
        leaves: int = 6,
    ) -> None:
        self.split, self.regularisation = split, regularisation
        self.folds, self.seed, self.trees, self.leaves = folds, seed, trees, leaves

    def fit(self, train: Views) -> TwoStage:
        """Train the ranker on inner splits, then the first stage on everything."""
        folds = [self.fold(train, 1000 + self.seed * 10 + fold) for fold in range(self.folds)]
        self.ranker_ = self.learn(folds)
        self.rank(*self.propose(train))
        return self

    def rank(self, candidates: np.ndarray, features: np.ndarray) -> None:
        """Score candidates with the ranker, for `recommend`."""
        ranked = self.ranker_.predict(features).reshape(candidates.shape)
        self.candidates_, self.ranked_ = candidates, np.where(candidates < 0, -np.inf, ranked)

    def recommend(self, k: int) -> np.ndarray:
        """The k best of each user's candidates, shape (users, k)."""
        order = np.argsort(-self.ranked_, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(self.candidates_, order, axis=1)

    def fold(self, train: Views, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """The ranker's rows from one inner split: features (users * candidates, n), labels 0/1."""
        inner, valid = self.split(train, seed)
        candidates, features = self.propose(inner)
        watched = np.take_along_axis(valid.matrix().toarray() > 0, candidates, axis=1)
        return features, (watched & (candidates >= 0)).ravel().astype(int)

    def propose(self, train: Views) -> tuple[np.ndarray, np.ndarray]:
        """Candidates (users, n), and what the ranker knows of each: (users * n, features).

        A candidate is -1 where a user has too few unseen items. Features are rounded: what is
        left does not depend on how many threads added it up.
        """
        named = _features(train, self.regularisation, self.seed)
        first = named["EASE"] + named["iALS, 32 factors"]
        self.size_ = min(CANDIDATES, train.shape[1] - 1)
        candidates = recommend(first, self.size_, seen=train.matrix())
        self.names_ = list(named)
        columns = [np.take_along_axis(named[name], candidates, axis=1).ravel() for name in named]
        features = np.nan_to_num(np.stack(columns, axis=1)).round(5).astype(np.float32)
        return candidates, features

    def learn(self, folds: list[tuple[np.ndarray, np.ndarray]]) -> Any:
        """A ranker fitted on the rows of inner splits."""
        features = np.concatenate([fold[0] for fold in folds])
        labels = np.concatenate([fold[1] for fold in folds])
        size = self.size_
        ranker = require("lightgbm").LGBMRanker(
            n_estimators=self.trees, num_leaves=self.leaves, learning_rate=0.03,
            min_child_samples=300, reg_lambda=50, subsample=0.7, subsample_freq=1,
            colsample_bytree=0.5, lambdarank_truncation_level=30, random_state=self.seed,
            n_jobs=1, deterministic=True, force_row_wise=True, verbose=-1,
        )  # fmt: skip
        return ranker.fit(features, labels, group=np.full(len(labels) // size, size))


def _standardised(scores: np.ndarray) -> np.ndarray:
    spread = scores.std(axis=1, keepdims=True)
    return (scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)


def _features(train: Views, regularisation: float, seed: int) -> dict[str, np.ndarray]:
    """What the ranker knows of every pair of user and item, each of shape (users, items)."""
    X = train.matrix()
    ratings = train.matrix(train.events["rating"].to_numpy())
    liked = sparse.csr_array((ratings >= 4).astype(float))
    ease = EASE(regularisation).fit(X)
    als = [
        ImplicitALS(factors, unobserved, penalty, 10, seed).fit(X).score(X)
        for factors, unobserved, penalty in ((32, 0.3, 0.01), (16, 1.0, 0.005))
    ]
    features = {
        "EASE": _standardised(ease.score(X)),
        "iALS, 32 factors": _standardised(als[0]),
        "iALS, 16 factors": _standardised(als[1]),
        "EASE of liked": _standardised(EASE(regularisation * 0.6).fit(liked).score(liked)),
        "EASE of ratings": _standardised(
            EASE(regularisation * 0.3).fit(ratings / 5).score(ratings / 5)
        ),
        "liked through EASE": liked @ ease.weights_,
        "disliked through EASE": (X - liked) @ ease.weights_,
    }
    return (
        features | _of_users(train, X.toarray()) | _of_items(train, X.toarray(), ratings.toarray())
    )


def _of_users(train: Views, X: np.ndarray) -> dict[str, np.ndarray]:
    """What similar users watched: by history, by time, by age and gender."""
    counts = X.sum(axis=1)
    both = X @ X.T
    similar = both / np.sqrt(np.outer(counts, counts) + 1)
    np.fill_diagonal(similar, 0.0)
    week, season = _share_at_the_time(train, 7.0), _share_at_the_time(train, 60.0)
    features = {
        "similar users": _standardised(similar**4 @ X),
        "share that week": _standardised(np.log(week + 1e-5)),
        "week over season": week / (season + 1e-6),
    }
    if {"age", "gender"} <= set(train.users):
        age = train.users["age"].to_numpy(dtype=float)
        near = np.exp(-np.abs(age[:, None] - age) / SHRINK_UNITS)
        same = near * (
            train.users["gender"].to_numpy()[:, None] == train.users["gender"].to_numpy()
        )
        for name, weight in {"of that age": near, "of that age and gender": same}.items():
            np.fill_diagonal(weight, 0.0)
            share = (weight @ X + 1) / (weight.sum(axis=1, keepdims=True) + 2)
            features[name] = np.log(share / ((X.sum(axis=0) + 1) / (len(X) + 2)))
    return features


def _share_at_the_time(train: Views, width_days: float) -> np.ndarray:
    """Share of all views that an item had around the days on which a user was active."""
    times = train.events["time"]
    day = ((times - times.min()).dt.total_seconds() / 86_400).to_numpy().astype(int)
    users, items = (np.zeros((n, day.max() + 1)) for n in train.shape)
    np.add.at(users, (train.events["user"].to_numpy(), day), 1)
    np.add.at(items, (train.events["item"].to_numpy(), day), 1)
    users /= np.maximum(users.sum(axis=1, keepdims=True), 1)
    apart = np.abs(np.arange(users.shape[1])[:, None] - np.arange(users.shape[1]))
    kernel = np.exp(-apart / width_days)
    views = np.maximum(items.sum(axis=0) @ kernel, 1)
    return np.asarray(users @ (kernel / views[:, None]) @ items.T)


def _of_items(train: Views, X: np.ndarray, ratings: np.ndarray) -> dict[str, np.ndarray]:
    """Genres, years, popularity and ratings."""
    counts, views = np.maximum(X.sum(axis=1, keepdims=True), 1), X.sum(axis=0)
    genres = train.items["genres"].fillna("").str.get_dummies("|").to_numpy(dtype=float)
    shares = genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)
    mean_user = ratings.sum(axis=1, keepdims=True) / counts
    taste = ((ratings - mean_user * X) @ genres) / (X @ genres + 3)
    year = train.items["year"].fillna(train.items["year"].median()).to_numpy(dtype=float)
    usual = (X @ year)[:, None] / counts
    spread = np.sqrt(np.maximum((X @ year**2)[:, None] / counts - usual**2, 0) + 1)
    columns = {
        "views": np.log1p(views)[None, :],
        "mean rating": ((ratings.sum(axis=0) + 17.5) / (views + 5))[None, :],
        "year": year[None, :],
        "user's views": np.log1p(counts),
        "user's mean rating": mean_user,
        "popularity that the user watches": np.log1p(X @ views)[:, None] - np.log(counts),
    }
    return {
        "genres watched": (X @ genres / counts) @ shares.T,
        "genres liked": taste @ shares.T,
        "year against the user's": (year[None, :] - usual) / spread,
        **{name: np.broadcast_to(values, X.shape) for name, values in columns.items()},
    }
