"""A simulated stream of card payments whose truth is known.

Assumptions, none of them measured:

- Cards have a home country, a usual amount, favourite kinds of merchant and a device. Payments come
  by a daily cycle, some in trips of several within the hour; a few devices are public and used by
  many cards; now and then a card gets a new phone; some payments are abroad.
- Three kinds of fraud. *Rings* (60 %) own a few devices on which they try many stolen cards within
  days: small tests first, then large amounts at merchants whose goods resell. *Takeovers* (25 %)
  use one card from an unknown device. *Friendly* fraud (15 %) is the holder's own payment, disputed
  later: nothing before authorisation tells it from any other.
- Accounts are opened at a steady pace. Rings like young ones, because they also open accounts of
  their own. So the account's age says something, and it is honest newcomers who pay for that.
- Habits of the rings change: from ``DRIFT_FROM`` on their amounts fall and they use each device for
  fewer cards.
- A chargeback arrives days to weeks after its payment (gamma distribution, mean 10 days).
- Planted: ``ip_km`` (distance from the address to the connection) is often missing, and an old
  client writes -1 for missing; some merchant countries are in lower case.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import fraudsters
from .fraudsters import Style
from .vocabulary import CATEGORIES, CATEGORY_LEVEL, COUNTRIES, DAYS, cents

KINDS = ("genuine", "ring", "takeover", "friendly")
RING_SHARE, TAKEOVER_SHARE, FRIENDLY_SHARE = 0.60, 0.25, 0.15
MERCHANTS = 1200
DELAY_SHAPE, DELAY_SCALE_H = 1.6, 150.0
FARTHEST_KM = 20_000.0
FIRST_DAY, LAST_DAY = -700, DAYS + 60
"""Accounts are opened in these days, telephones bought until the last; weeks after the log too."""


class World:
    """Cards, merchants and devices; `simulate` draws payments.

    Args:
        seed: of everything.
        fraud_share: frauds among the payments that are attempted.
        n_cards: how many cards there are.
    """

    def __init__(self, seed: int, fraud_share: float = 0.004, n_cards: int = 15_000) -> None:
        rng = np.random.default_rng([seed, 0])
        self.seed, self.fraud_share, self.n_cards = seed, fraud_share, n_cards
        activity = rng.gamma(1.2, size=n_cards) + 0.1
        self.activity = activity / activity.sum()
        self.home = rng.choice(len(COUNTRIES), n_cards, p=[0.35, 0.25, 0.2, 0.12, 0.08])
        self.level = rng.normal(0, 0.5, n_cards)
        self.taste = rng.dirichlet([3, 1.5, 2, 1, 0.4, 0.5, 0.3, 0.8], n_cards).cumsum(axis=1)
        self.opened_h = 24 * rng.uniform(FIRST_DAY, LAST_DAY, n_cards)
        household = rng.random(n_cards) < 0.15
        self.device = np.where(household, rng.integers(0, n_cards // 10, n_cards), 0)
        self.device += np.where(household, 10 * n_cards, np.arange(n_cards))
        self.new_phone_h = np.where(
            rng.random(n_cards) < 0.4, rng.uniform(0, 24 * LAST_DAY, n_cards), np.inf
        )
        self.category = rng.choice(
            len(CATEGORIES), MERCHANTS, p=[0.2, 0.1, 0.2, 0.15, 0.08, 0.1, 0.07, 0.1]
        )
        self.merchant_home = rng.choice(len(COUNTRIES), MERCHANTS, p=[0.3, 0.25, 0.2, 0.15, 0.1])
        self.popularity = 1 / (1 + rng.permutation(MERCHANTS)) ** 0.9

    def simulate(
        self,
        n_rows: int,
        first: int = 0,
        days: int = DAYS,
        stream: int = 0,
        style: Style | None = None,
    ) -> pd.DataFrame:
        """Payments of ``days`` days from day ``first``, in order of time.

        Args:
            n_rows: payments in all.
            first: day on which it starts. days: how many.
            stream: another one is another draw.
            style: of the fraudsters; the drifting one of the assumptions by default.

        Returns:
            What is known before authorisation (``time_h`` … ``ip_km``), the truth (``fraud``,
            ``kind``) and ``chargeback_delay_h``, hours to the chargeback, NaN where none comes.
        """
        rng = np.random.default_rng([self.seed, 1, first, days, stream])
        n_fraud = round(self.fraud_share * n_rows)
        n_ring, n_takeover = round(RING_SHARE * n_fraud), round(TAKEOVER_SHARE * n_fraud)
        start, end = 24.0 * first, 24.0 * (first + days)
        parts = [
            self._genuine(rng, n_rows - n_ring - n_takeover, start, end),
            fraudsters.rings(self, rng, n_ring, (start, end), style),
            fraudsters.takeovers(self, rng, n_takeover, (start, end), style),
        ]
        friendly = n_fraud - n_ring - n_takeover
        weight = np.sqrt(parts[0]["amount_cents"].to_numpy(float))
        chosen = rng.choice(len(parts[0]), friendly, replace=False, p=weight / weight.sum())
        kind = np.repeat([0, 1, 2], [len(part) for part in parts])
        kind[chosen] = 3
        log = pd.concat(parts, ignore_index=True).assign(kind=_labels(kind, KINDS))
        log = log.sort_values("time_h", kind="stable", ignore_index=True)
        return self._finish(rng, log)

    def _genuine(self, rng: np.random.Generator, n: int, start: float, end: float) -> pd.DataFrame:
        size = 1 + np.where(rng.random(n) < 0.25, rng.geometric(0.5, n), 0)
        trips = int(np.searchsorted(size.cumsum(), n)) + 1
        size = size[:trips]
        card = rng.choice(self.n_cards, trips, p=self.active(start, end))
        opened = np.maximum(self.opened_h[card], start)
        time = opened + rng.random(trips) * (end - opened)
        time = 24 * (time // 24) + _hour_of_day(rng, trips)
        abroad = rng.random(trips) < 0.04
        strange = rng.random(trips) < np.where(self.opened_h[card] > time - 24 * 60, 0.12, 0.03)
        public = rng.random(trips) < 0.006
        device = self.device[card] + np.where(time > self.new_phone_h[card], 20 * self.n_cards, 0)
        device = np.where(strange, rng.integers(10**9, 2 * 10**9, trips), device)
        device = np.where(public, 50 * self.n_cards + rng.integers(0, 40, trips), device)
        trip = np.repeat(np.arange(trips), size)[:n]
        gap = np.where(np.diff(trip, prepend=-1) == 0, rng.exponential(0.2, n), 0.0)
        elapsed = gap.cumsum()
        first_of_trip = np.searchsorted(trip, np.arange(trips))
        elapsed -= elapsed[first_of_trip][trip]
        card, abroad = card[trip], abroad[trip]
        category = (rng.random(n)[:, None] > self.taste[card]).sum(axis=1).clip(max=7)
        merchant = self.merchants(rng, category)
        level = CATEGORY_LEVEL[category] + self.level[card] + 0.25 * strange[trip]
        far = abroad | strange[trip]
        ip_km = np.where(far, rng.lognormal(5.5, 1.2, n), rng.lognormal(2.0, 1.0, n))
        return pd.DataFrame(
            {
                "time_h": np.minimum(time[trip] + elapsed, end - 1e-3),
                "card_id": card,
                "device_id": device[trip],
                "merchant_id": merchant,
                "abroad": abroad,
                "amount_cents": cents(rng.normal(level, 0.6)),
                "ip_km": ip_km,
            }
        )

    def active(self, start: float, end: float) -> np.ndarray:
        """Each card's share of the payments between two hours, shape (n_cards,).

        One that is opened on the way has the rest of the time.
        """
        share = self.activity * np.maximum(end - np.maximum(self.opened_h, start), 0)
        return share / share.sum()

    def newcomers(self, rng: np.random.Generator, time: np.ndarray) -> np.ndarray:
        """One of the 200 cards that were opened last, at each time."""
        by_age = np.argsort(self.opened_h)
        known = np.searchsorted(self.opened_h[by_age], time)
        return by_age[known - 1 - rng.integers(0, np.minimum(known, 200))]

    def merchants(self, rng: np.random.Generator, category: np.ndarray) -> np.ndarray:
        """A merchant of each category, by popularity."""
        merchant = np.empty(len(category), dtype=np.int64)
        for kind in range(len(CATEGORIES)):
            rows = np.flatnonzero(category == kind)
            offered = np.flatnonzero(self.category == kind)
            weight = self.popularity[offered]
            merchant[rows] = rng.choice(offered, len(rows), p=weight / weight.sum())
        return merchant

    def _finish(self, rng: np.random.Generator, log: pd.DataFrame) -> pd.DataFrame:
        n = len(log)
        card, merchant = log["card_id"].to_numpy(), log["merchant_id"].to_numpy()
        home = self.home[card]
        country = np.where(log["abroad"], self.merchant_home[merchant], home)
        fraud = (log["kind"] != "genuine").to_numpy()
        delay = rng.gamma(DELAY_SHAPE, DELAY_SCALE_H, n)
        no_ip = rng.random(n) < np.where(fraud, 0.2, 0.12)
        ip_km = np.where(no_ip, np.nan, np.minimum(log["ip_km"], FARTHEST_KM))
        ip_km = np.where(no_ip & (rng.random(n) < 0.15), -1.0, ip_km)
        lower = np.where(rng.random(n) < 0.002, len(COUNTRIES), 0)
        names = COUNTRIES + tuple(name.lower() for name in COUNTRIES)
        age = (log["time_h"].to_numpy() - self.opened_h[card]) / 24
        return pd.DataFrame(
            {
                "time_h": log["time_h"],
                "card_id": card,
                "device_id": log["device_id"],
                "merchant_id": merchant,
                "amount_cents": log["amount_cents"],
                "category": _labels(self.category[merchant], CATEGORIES),
                "card_country": _labels(home, COUNTRIES),
                "merchant_country": _labels(country + lower, names),
                "account_age_days": age.clip(0).astype(np.float32),
                "ip_km": ip_km.astype(np.float32),
                "fraud": fraud.astype(np.int8),
                "kind": log["kind"],
                "chargeback_delay_h": np.where(fraud, delay, np.nan),
            }
        )


def _hour_of_day(rng: np.random.Generator, n: int) -> np.ndarray:
    rate = 1 + 0.8 * np.sin((np.arange(24) - 9) / 24 * 2 * np.pi)
    return rng.choice(24, n, p=rate / rate.sum()) + rng.random(n)


def _labels(codes: np.ndarray, names: tuple[str, ...]) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(codes.astype(int), categories=pd.Index(names)))
