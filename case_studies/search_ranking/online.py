"""Two rankings before the same people: interleaved, and in an A/B test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlsd_kit.evaluation import Preference, interleaving_test, sessions_needed, team_draft

from .judged import Judged, quality
from .searchlog import act
from .simulator import PLACES


@dataclass(frozen=True)
class Duel:
    """What each method says of B against A, and the searches that it needs to say so."""

    preference: Preference
    credit: np.ndarray
    """Clicks of B less clicks of A in each interleaved search, shape (n,)."""
    clicks_a: float
    clicks_b: float
    """Expected clicks of a search under each ranking (truth)."""
    interleaving: float
    ab_test: float
    purchases: float
    """Searches of an A/B test on purchases, the goal itself; NaN where nothing is bought.

    All for a power of 80 % at a level of 5 %.
    """

    @property
    def agree(self) -> bool:
        """Whether interleaving prefers the ranking that truly gets more clicks."""
        return (self.preference.mean > 0) == (self.clicks_b > self.clicks_a)

    def power(self) -> tuple[int, int]:
        """Blocks of ``interleaving`` searches that decide rightly, and how many there are."""
        size = int(np.ceil(self.interleaving))
        blocks = [self.credit[i : i + size] for i in range(0, len(self.credit) - size + 1, size)]
        sign = np.sign(self.clicks_b - self.clicks_a)
        z = [sign * b.mean() / max(b.std(), 1e-12) * np.sqrt(size) for b in blocks]
        return int((np.array(z) > 1.96).sum()), len(blocks)


def duel(judged: Judged, a: np.ndarray, b: np.ndarray, n: int, seed: int) -> Duel:
    """Simulate n interleaved searches, and n in each arm of an A/B test.

    Queries with fewer than ten candidates are left out.
    """
    rng = np.random.default_rng([seed, 6])
    lists = [judged.ranked(scores) for scores in (a, b)]
    whole = (lists[0] >= 0).all(axis=1)
    ids = np.unique(judged.query)
    weight = np.where(whole, judged.weight.loc[ids].to_numpy(), 0)
    which = rng.choice(len(ids), n, p=weight / weight.sum())
    shown, team = team_draft(lists[0][which], lists[1][which], PLACES, rng)
    clicked = act(judged, shown, rng)[0]
    arms = [act(judged, ranked[which], rng) for ranked in lists]
    expected = [quality(judged, scores) for scores in (a, b)]
    mean = {
        what: [float((table[what].to_numpy() * weight).sum() / weight.sum()) for table in expected]
        for what in ("clicks", "purchases")
    }
    preference = interleaving_test(clicked, team)
    needed = [
        sessions_needed(
            mean[what][1] - mean[what][0],
            float(np.sqrt(np.mean([arm[column].sum(axis=1).var() for arm in arms]))),
            arms=2,
        )
        for column, what in enumerate(("clicks", "purchases"))
    ]
    return Duel(
        preference,
        np.where(team == 1, clicked, -clicked.astype(int)).sum(axis=1),
        mean["clicks"][0],
        mean["clicks"][1],
        sessions_needed(preference.mean, preference.std),
        needed[0],
        needed[1],
    )


def duel_table(duels: dict[str, Duel]) -> pd.DataFrame:
    """One row a pair: clicks of both, and the searches that either method needs."""
    rows = {
        name: {
            "clicks A": d.clicks_a,
            "clicks B": d.clicks_b,
            "B wins, interleaved": d.preference.share_b,
            "interleaving": d.interleaving,
            "A/B, clicks": d.ab_test,
            "A/B, purchases": d.purchases,
            "ratio": d.ab_test / d.interleaving,
        }
        for name, d in duels.items()
    }
    return pd.DataFrame(rows).T.dropna(axis=1, how="all")
