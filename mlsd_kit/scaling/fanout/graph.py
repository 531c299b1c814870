"""Who follows whom: a simulated graph in which a few authors have most of the followers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class FollowGraph:
    """Which authors each user follows.

    ``follows`` has shape (users, follows each): authors' numbers, all different in a row.
    """

    follows: np.ndarray = field(repr=False)
    authors: int

    @property
    def followers(self) -> np.ndarray:
        """Followers of each author, shape (authors,)."""
        return np.bincount(self.follows.ravel(), minlength=self.authors)

    @property
    def users(self) -> int:
        """How many users read."""
        return len(self.follows)


def follow_graph(users: int, authors: int, follows: int, skew: float, seed: int) -> FollowGraph:
    """Draw a graph: each user follows as many authors, chosen with weights rank^−skew.

    Args:
        users: who read. authors: who post.
        follows: authors that each user follows, all different.
        skew: 0 for equally popular authors; near 1 for celebrities.
        seed: of the draw (Gumbel's trick for drawing without replacement).

    >>> follow_graph(users=5, authors=3, follows=2, skew=1.0, seed=0).followers.sum()
    np.int64(10)
    """
    if not 1 <= follows <= authors or users < 1:
        raise ValueError(f"{users} users cannot each follow {follows} of {authors} authors")
    rng = np.random.default_rng(seed)
    attraction = -skew * np.log(np.arange(1, authors + 1)) + rng.gumbel(size=(users, authors))
    chosen = np.argpartition(-attraction, follows - 1, axis=1)[:, :follows]
    return FollowGraph(chosen, authors)
