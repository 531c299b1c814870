"""The payments of those who use stolen cards; the assumptions stand in `simulator.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .vocabulary import CATEGORIES, CATEGORY_LEVEL, DAYS, cents

if TYPE_CHECKING:
    from .simulator import World

DRIFT_FROM = 35
"""Day from which the rings' habits change."""
RESOLD = np.array([0.02, 0.02, 0.02, 0.14, 0.10, 0.35, 0.25, 0.10])
"""Where fraudsters spend, by category."""
RING_PAYMENTS = 20
"""Payments of a ring, in the mean."""


@dataclass(frozen=True)
class Style:
    """How fraudsters work: what an adversary changes when it is blocked."""

    amount: float = 1.0
    """Factor on their amounts."""
    cards_per_device: float = 8.0
    pace_h: float = 0.25
    """Mean hours between a card's payments."""


def style_on(day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rings' factor on amounts and cards on a device, which drift from `DRIFT_FROM` on."""
    moved = np.clip((np.asarray(day, float) - DRIFT_FROM) / (DAYS - DRIFT_FROM), 0, 1)
    return 1 - 0.5 * moved, 1 - 0.6 * moved


def rings(
    world: World,
    rng: np.random.Generator,
    n: int,
    span: tuple[float, float],
    style: Style | None,
) -> pd.DataFrame:
    """Stolen cards tried one after the other on the ring's devices, ring after ring.

    Args:
        world: the cards. rng: draws. n: payments.
        span: first and last hour.
        style: of the rings; the drifting one by default.
    """
    start, end = span
    groups = n // RING_PAYMENTS + 2
    turn = (np.arange(groups) + rng.random(groups)) / groups
    begin = start + turn * max(0.0, end - 48 - start)
    given = style or Style()
    fade, spread = style_on(begin / 24) if style is None else (np.ones(groups), np.ones(groups))
    tries = rng.poisson(2.0, n) + 1
    cards = int(np.searchsorted(tries.cumsum(), n)) + 1 if n else 0
    ring = np.arange(cards) * groups // max(cards, 1)
    opens = begin[ring] + rng.random(cards) * np.minimum(40, 0.8 * (end - begin[ring]))
    young = rng.random(cards) < 0.35
    usual = rng.choice(world.n_cards, cards, p=world.active(start, start + 1))
    victim = np.where(young, world.newcomers(rng, opens), usual)
    per_device = np.maximum(given.cards_per_device * spread[ring], 1)
    device = (_place(ring) / per_device).astype(int) + 1000 * ring + _fresh(rng)

    who = np.repeat(np.arange(cards), tries[:cards])[:n]
    nth = _place(who)
    category = rng.choice(len(CATEGORIES), n, p=RESOLD)
    amount = rng.normal(CATEGORY_LEVEL[category] + 0.9, 0.7)
    amount += np.log(given.amount * fade[ring[who]])
    test = (nth == 0) & (rng.random(n) < 0.6)
    amount = np.where(test, rng.normal(0.7, 0.4, n), amount)
    waited = np.where(nth > 0, rng.exponential(given.pace_h, n), 0).cumsum()
    waited -= waited[np.arange(n) - nth]
    time = opens[who] + waited
    return _frauds(world, rng, victim[who], device[who], category, time, amount, end)


def takeovers(
    world: World,
    rng: np.random.Generator,
    n: int,
    span: tuple[float, float],
    style: Style | None,
) -> pd.DataFrame:
    """Cards of single victims, two payments each in the mean, from an unknown device.

    Args:
        world: the cards. rng: draws. n: payments.
        span: first and last hour.
        style: its factor on the amounts is used.
    """
    start, end = span
    victims = rng.choice(world.n_cards, max(n // 2, 1), p=world.active(start, start + 1))
    when = rng.uniform(start, max(start, end - 12), len(victims))
    phone = rng.integers(2 * 10**9, 3 * 10**9, len(victims))
    who = np.sort(rng.integers(0, len(victims), n))
    category = rng.choice(len(CATEGORIES), n, p=RESOLD)
    amount = rng.normal(CATEGORY_LEVEL[category] + 0.7, 0.6) + np.log((style or Style()).amount)
    time = when[who] + rng.exponential(1.5, n)
    return _frauds(world, rng, victims[who], phone[who], category, time, amount, end)


def _frauds(
    world: World,
    rng: np.random.Generator,
    card: np.ndarray,
    device: np.ndarray,
    category: np.ndarray,
    time: np.ndarray,
    log_amount: np.ndarray,
    end: float,
) -> pd.DataFrame:
    n = len(card)
    return pd.DataFrame(
        {
            "time_h": np.minimum(time, end - 1e-3),
            "card_id": card,
            "device_id": device,
            "merchant_id": world.merchants(rng, category),
            "abroad": rng.random(n) < 0.15,
            "amount_cents": cents(log_amount),
            "ip_km": rng.lognormal(4.0, 1.6, n),
        }
    )


def _place(group: np.ndarray) -> np.ndarray:
    """Place of each row within its group, for groups in a row; shape (n,)."""
    return np.arange(len(group)) - np.searchsorted(group, group)


def _fresh(rng: np.random.Generator) -> int:
    """Where this draw's device numbers begin, apart from those of other draws."""
    return 3 * 10**9 + 10**6 * int(rng.integers(0, 10**6))
