"""Two rankings before the same people: interleaved, and in an A/B test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlsd_kit.evaluation import Preference, interleaving_test, sessions_needed, team_draft
from mlsd_kit.units import format_number

from .judged import Judged, outcomes
from .searchlog import act
from .simulator import PLACES, examination

DRAFTS = 100
"""Drafts of each query over which the expected credit is averaged, each with its mirror image."""
SEARCHES_EACH = 5
"""Of a person, where people differ: a share e ~ Beta(½, ½) of what one could click is clicked."""


@dataclass(frozen=True)
class Duel:
    """What each method says of B against A, and the searches that it needs to say so.

    Searches needed are for a power of 80 % at a level of 5 %, from the true effects.
    """

    clicks_a: float
    clicks_b: float
    """Expected clicks of a search under each ranking (truth)."""
    credit: float
    """Expected clicks of B's results less those of A's in an interleaved search (truth)."""
    preference: Preference
    """What the simulated interleaved searches say, a person a time."""
    each: np.ndarray
    """Clicks of B less clicks of A by each person, shape (people,)."""
    searches: int
    """Of each person."""
    interleaving: float
    ab_test: float
    purchases: float
    """Searches of an A/B test on purchases, the goal itself; NaN where nothing is bought."""

    @property
    def agree(self) -> bool:
        """Whether interleaving, given time, prefers the ranking that gets more clicks."""
        return (self.credit > 0) == (self.clicks_b > self.clicks_a)

    @property
    def ratio(self) -> float:
        """Searches of the A/B test on clicks for one interleaved; NaN when they decide apart."""
        return self.ab_test / self.interleaving if self.agree else float("nan")

    def power(self) -> tuple[int, int]:
        """Blocks of ``interleaving`` searches that decide for the truth, and how many there are."""
        size = int(min(np.ceil(self.interleaving / self.searches), len(self.each)))
        blocks = self.each[: len(self.each) // size * size].reshape(-1, size)
        z = blocks.mean(axis=1) / (blocks.std(axis=1) / np.sqrt(size)).clip(1e-12)
        return int((z * np.sign(self.credit) > 1.96).sum()), len(blocks)


def duel(
    judged: Judged, a: np.ndarray, b: np.ndarray, n: int, seed: int, alike: bool = True
) -> Duel:
    """Simulate n interleaved searches, and n in each arm of an A/B test.

    Queries with fewer than ten candidates are left out.

    Args:
        judged: candidates with the truth about clicks.
        a: scores of one ranking.
        b: scores of the other.
        n: searches.
        seed: of queries, coins, people and clicks.
        alike: whether people differ in nothing but what they ask for; else each makes
            `SEARCHES_EACH` searches, all in one arm, and clicks more or less readily.
    """
    rng = np.random.default_rng([seed, 6])
    lists = [judged.ranked(scores) for scores in (a, b)]
    weight = judged.weight.loc[np.unique(judged.query)].to_numpy() * (lists[0] >= 0).all(axis=1)
    weight = weight / weight.sum()
    searches = 1 if alike else SEARCHES_EACH
    n = n // searches * searches
    which = rng.choice(len(weight), n, p=weight)
    shown, team = team_draft(lists[0][which], lists[1][which], PLACES, rng)

    def visits(pages: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        clicked, bought = act(judged, pages, rng)
        people = n // searches
        readiness = np.ones(people) if alike else rng.beta(0.5, 0.5, people)
        willing = rng.random(pages.shape) < np.repeat(readiness, searches)[:, None]
        return clicked & willing, bought & willing

    def by_person(counts: np.ndarray) -> np.ndarray:
        return np.asarray(counts.reshape(-1, searches * PLACES).sum(axis=1))

    clicked = visits(shown)[0]
    credit_of = np.where(team == 1, clicked, -clicked.astype(int))
    preference = interleaving_test(
        clicked.reshape(-1, searches * PLACES), team.reshape(-1, searches * PLACES)
    )
    arms = [visits(ranked[which]) for ranked in lists]
    spread = np.mean([[by_person(what).std() for what in arm] for arm in arms], axis=0)
    share = 1.0 if alike else 0.5
    means = share * np.array([[what @ weight for what in outcomes(judged, s)] for s in (a, b)])
    credit = share * _expected_credit(judged, lists, weight, seed)
    needed = [
        searches * sessions_needed(searches * effect, std, arms=2)
        for effect, std in zip(means[1] - means[0], spread, strict=True)
    ]
    return Duel(
        means[0, 0],
        means[1, 0],
        credit,
        preference,
        by_person(credit_of),
        searches,
        searches * sessions_needed(searches * credit, preference.std),
        *needed,
    )


def _expected_credit(
    judged: Judged, lists: list[np.ndarray], weight: np.ndarray, seed: int
) -> float:
    """Mean credit of B less A over the traffic, without the noise of clicks and of coins."""
    repeated = [np.repeat(ranked, DRAFTS, axis=0) for ranked in lists]
    credit = np.zeros(len(repeated[0]))
    for first, second, sign in ((0, 1, 1), (1, 0, -1)):
        coins = np.random.default_rng([seed, 7])
        shown, team = team_draft(repeated[first], repeated[second], PLACES, coins)
        clicks = examination() * judged.attraction[shown]
        credit += sign * np.where(team == 1, clicks, -clicks).sum(axis=1) / 2
    return float(credit.reshape(-1, DRAFTS).mean(axis=1) @ weight)


def duel_table(duels: dict[str, Duel]) -> pd.DataFrame:
    """One row a pair, figures as text: clicks of both, and the searches that each method needs."""
    rows = {
        name: {
            "clicks A": d.clicks_a,
            "clicks B": d.clicks_b,
            "credit of B": d.credit,
            "interleaving": d.interleaving,
            "A/B, clicks": d.ab_test,
            "ratio": d.ratio,
            "A/B, purchases": d.purchases,
        }
        for name, d in duels.items()
    }
    table = pd.DataFrame(rows).T.dropna(axis=1, how="all")
    return table.map(lambda x: "–" if np.isnan(x) else format_number(x))
