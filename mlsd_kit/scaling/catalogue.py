"""A simulated catalogue and its users, where the value of showing an item is known."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

FEATURES = ("cosine", "quality", "price", "budget", "age", "novelty")
"""What a ranker may see of a user and an item: of the item quality, price, age; of the user budget
and a taste for what is new."""


@dataclass(frozen=True)
class Catalogue:
    """Items with vectors and attributes, users with vectors and tastes; all of it is simulated.

    The log-odds of a click rise steeply once a vector is near the user's, and then no more: among
    items that are all near, quality, the distance of price from budget, and age decide.

    Args:
        items: unit vectors, shape (n, d). users: shape (m, d).
        seed: of the attributes.
    """

    items: np.ndarray = field(repr=False)
    users: np.ndarray = field(repr=False)
    seed: int = 0

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        of_items = {name: rng.standard_normal(len(self.items)) for name in ("quality", "price")}
        of_items["age"] = rng.exponential(size=len(self.items))
        of_users = {name: rng.standard_normal(len(self.users)) for name in ("budget", "novelty")}
        object.__setattr__(self, "_of_items", of_items)
        object.__setattr__(self, "_of_users", of_users)

    def features(self, user: np.ndarray, item: np.ndarray) -> pd.DataFrame:
        """What is known of pairs, given by numbers of users and items, shape (p,) each."""
        cosine = np.einsum("pd,pd->p", self.users[user], self.items[item])
        of_items = {name: values[item] for name, values in self._of_items.items()}  # type: ignore[attr-defined]
        of_users = {name: values[user] for name, values in self._of_users.items()}  # type: ignore[attr-defined]
        return pd.DataFrame({"cosine": cosine, **of_items, **of_users})[list(FEATURES)]

    def click_probability(self, user: np.ndarray, item: np.ndarray) -> np.ndarray:
        """The true probability that the user clicks the item, shape (p,)."""
        f = self.features(user, item)
        near = 4 / (1 + np.exp(-16 * (f["cosine"] - 0.35)))
        price = -0.9 * (f["price"] - f["budget"]).abs()
        age = -0.8 * np.maximum(f["novelty"], 0) * f["age"]
        return np.asarray(1 / (1 + np.exp(5.0 - near - 0.7 * f["quality"] - price - age)))

    def best(self, shown: int) -> np.ndarray:
        """Mean click probability of each user's best items, shape (m,): nothing can show better.

        Args:
            shown: items in a list.
        """
        item = np.arange(len(self.items))
        means = []
        for user in range(len(self.users)):
            p = self.click_probability(np.full(len(item), user), item)
            means.append(np.partition(p, len(p) - shown)[-shown:].mean())
        return np.array(means)

    def clicks(self, user: np.ndarray, item: np.ndarray, seed: int) -> np.ndarray:
        """Draw whether each pair is clicked, shape (p,), 0 or 1."""
        rng = np.random.default_rng(seed)
        return (rng.random(len(user)) < self.click_probability(user, item)).astype(int)
