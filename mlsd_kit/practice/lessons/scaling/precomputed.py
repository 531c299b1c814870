"""Caches and fan-out: S7."""

from __future__ import annotations

from scipy.optimize import brentq

from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "S7.hit_rate",
    hints=[
        "Every request pays for the look-up; only a miss pays for the model.",
        "mean = look-up + (1 − hit rate) · model",
        "Solve for the hit rate: 1 − (mean − look-up) / model.",
    ],
)
def hit_rate(lookup_ms: float, origin_ms: float, wanted_ms: float) -> Judge:
    """The hit rate that brings the mean latency down to what is wanted."""

    def too_slow(share: float) -> float:
        return share * lookup_ms + (1 - share) * (lookup_ms + origin_ms) - wanted_ms

    right = brentq(too_slow, 0.0, 1.0)
    return Number(
        right,
        rtol=0.003,
        causes={
            "That is the share of misses that is allowed.": 1 - right,
            "The look-up is forgotten: it is paid for by every request.": 1 - wanted_ms / origin_ms,
            "A miss pays for the look-up too: first it looks, then the model runs.": (
                (origin_ms - wanted_ms) / (origin_ms - lookup_ms)
            ),
            "A rate of per cent: a share is wanted, between 0 and 1.": 100 * right,
        },
    )


@exercise(
    "S7.threshold",
    hints=[
        "Per follower and day: pushing costs posts · write cost, whatever the author's size.",
        "Pulling costs reads · (cached + store / (1 + reads · followers · T)), with T in days.",
        "Equal at (reads · store / (posts · write − reads · cached) − 1) / (reads · T) followers.",
    ],
)
def threshold(
    posts: float,
    reads: float,
    cache_s: float,
    write_cost: float,
    cached_cost: float,
    store_cost: float,
) -> Judge:
    """The number of followers from which pulling an author is cheaper than pushing."""
    days = cache_s / 86_400

    def dearer(followers: float) -> float:
        pulls = reads * followers
        pull = cached_cost * pulls + store_cost * pulls / (1 + pulls * days)
        return pull - posts * write_cost * followers

    saved = posts * write_cost - reads * cached_cost
    fetched = reads * store_cost / saved
    return Number(
        brentq(dearer, 1.0, 1e9),
        rtol=0.004,
        causes={
            "The pulls that the cache answers cost something too.": (
                reads * store_cost / (posts * write_cost) - 1
            )
            / (reads * days),
            "T is in days, as the rates are.": (fetched - 1) / (reads * cache_s),
            "λ is the pulls of all followers: divide by the reads of one.": (fetched - 1) / days,
            "The 1 of 1 + λT is missing: the first pull is a fetch too.": fetched / (reads * days),
            "A cached pull comes on top for every pull, it does not replace the fetch.": (
                reads * (store_cost - cached_cost) / saved - 1
            )
            / (reads * days),
        },
    )
