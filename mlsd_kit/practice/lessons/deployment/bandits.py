"""Bandits and off-policy evaluation: P13."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "P13.test_regret",
    hints=[
        "One request of an arm loses, on average, the best arm's rate less its own.",
        "The best arm's requests lose nothing; every other arm has `n_each` of them.",
        "`n_each * (rates.max() - rates).sum()`.",
    ],
    also=["P12"],
)
def test_regret(n_each: int, rates: np.ndarray) -> Judge:
    """The rewards that an A/B test of all arms loses while it runs, against the best arm."""
    rates = np.asarray(rates, dtype=float)
    best = float(rates.max())
    served = n_each * len(rates)
    lost = served * best - n_each * float(rates.sum())
    return Number(
        lost,
        rtol=0.005,
        causes={
            "That is the loss of one request of each arm: the test sends `n_each`.": lost / n_each,
            "That is the loss of one request on average: how many are there?": lost / served,
            "That is what the test earns. Regret is what it earns less than the best arm would.": (
                served * best - lost
            ),
            "That is the loss against arm 0; regret is counted against the best arm.": abs(
                n_each * float((rates[0] - rates).sum())
            ),
            "That counts only the worst arm; each arm that is not the best loses.": n_each
            * (best - float(rates.min())),
        },
    )


def _index(won: np.ndarray, pulls: np.ndarray) -> list[float]:
    total = int(sum(pulls))
    return [w / n + math.sqrt(2 * math.log(total) / n) for w, n in zip(won, pulls, strict=True)]


@exercise(
    "P13.index",
    hints=[
        "The index is the mean reward and a bonus that shrinks with the arm's own pulls.",
        "The bonus grows slowly with all pulls together, t: √(2 ln t / pulls).",
        "`won / pulls + np.sqrt(2 * np.log(pulls.sum()) / pulls)`.",
    ],
)
def index() -> Judge:
    """UCB1's index of each arm, from its rewards and its pulls."""
    inputs = [
        (np.array([3.0, 1.0]), np.array([10, 5])),
        (np.array([0.0, 0.0, 7.0]), np.array([1, 40, 9])),
        (np.array([20.0, 21.0]), np.array([400, 300])),
    ]
    return Function(
        _index,
        inputs,
        causes={
            "That is the mean alone: an arm with bad luck at first is never tried again.": (
                lambda won, pulls: won / pulls
            ),
            "The bonus counts 2 ln t under the root, where yours has ln t.": (
                lambda won, pulls: won / pulls + np.sqrt(np.log(pulls.sum()) / pulls)
            ),
            "t is the number of all pulls, not of the arm's own.": (
                lambda won, pulls: won / pulls + np.sqrt(2 * np.log(pulls) / pulls)
            ),
            "The root is missing: the bonus is a standard error, which shrinks with √pulls.": (
                lambda won, pulls: won / pulls + 2 * np.log(pulls.sum()) / pulls
            ),
            "The first part is the mean reward, not the sum: divide by the pulls.": (
                lambda won, pulls: won + np.sqrt(2 * np.log(pulls.sum()) / pulls)
            ),
            "That is a lower bound. Optimism adds the bonus: what is unknown may be good.": (
                lambda won, pulls: won / pulls - np.sqrt(2 * np.log(pulls.sum()) / pulls)
            ),
        },
    )


@exercise(
    "P13.when",
    hints=[
        "A bandit steers by rewards: when does it get them here?",
        "What do finance and the guard need that a bandit does not produce?",
        "It is a test, for all of the reasons that speak of lateness, intervals and equal groups.",
    ],
    also=["P12"],
)
def when() -> Judge:
    """Which tool fits two versions of a policy whose outcome comes late, and why."""
    return All(
        {
            "tool": Choice(
                "A/B test",
                {
                    "Thompson sampling": "For 30 days it would get no reward and split evenly: a "
                    "test without its interval.",
                    "contextual bandit": "It would learn for whom which version is better, from "
                    "rewards that it does not get for 30 days.",
                },
            ),
            "why": Chosen(
                {
                    "the reward comes too late to steer by": "a bandit needs quick rewards",
                    "an effect with its interval is asked for": "an abandoned arm has no interval",
                    "a guard needs groups of equal size": "shares that move bias the comparison",
                },
                {
                    "a bandit cannot handle two arms": "two are the textbook's case.",
                    "there are too few arms to need a sample size": "a test always needs one; with "
                    "fewer arms it is only smaller.",
                },
            ),
        }
    )


@exercise(
    "P13.ips",
    hints=[
        "Each row stands for new / propensity rows of the new policy.",
        "Multiply each reward by that weight, and average over all rows of the log.",
        "`(new / propensity * reward).mean()`.",
    ],
)
def by_hand(rows: pd.DataFrame) -> Judge:
    """The value of the new policy by inverse propensity, from a few logged rows."""
    table = list(rows[["propensity", "new", "reward"]].itertuples(index=False, name=None))
    weights = [new / old for old, new, _ in table]
    earned = sum(w * reward for w, (_, _, reward) in zip(weights, table, strict=True))
    shown = [(new, reward) for _, new, reward in table if new > 0]
    return Number(
        earned / len(table),
        rtol=0.002,
        causes={
            "That is the logging policy's own mean reward: the rows are not weighted.": (
                sum(reward for *_, reward in table) / len(table)
            ),
            "That is self-normalised, divided by the sum of the weights; IPS divides by the "
            "number of rows.": earned / sum(weights),
            "Rows with weight 0 count too: divide by all rows of the log.": earned / len(shown),
            "The weight is new / propensity; yours is 1 / propensity, as if the new policy took "
            "every logged action for certain.": sum(r / old for old, _, r in table) / len(table),
            "That is the sum; a value is a mean over the rows.": earned,
            "That weights by the new policy alone: an action that the log took rarely must count "
            "more.": sum(new * r for _, new, r in table) / len(table),
            "Multiplied by the propensity; rare actions must count more, so divide.": (
                sum(new * old * r for old, new, r in table) / len(table)
            ),
        },
    )
