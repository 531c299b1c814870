"""A simulated stream of card payments whose truth is known.

Assumptions, none of them measured:

- Cards have a home country, a usual amount, favourite kinds of merchant and a device. Payments come
  by a daily cycle, some in trips of several within the hour; a few devices are public and used by
  many cards; one card in four gets a new phone; some payments are abroad.
- Three kinds of fraud. *Rings* (60 %) own a few devices on which they try many stolen cards within
  days: small tests first, then large amounts at merchants whose goods resell. *Takeovers* (25 %)
  use one card from an unknown device. *Friendly* fraud (15 %) is the holder's own payment, disputed
  later: nothing before authorisation tells it from any other.
- Rings like young accounts, because they also open accounts of their own. So the account's age
  says something, and it is the honest newcomers who pay for that.
- Habits of the rings change: from ``DRIFT_FROM`` on their amounts fall and they use each device for
  fewer cards.
- A chargeback arrives days to weeks after its payment (gamma distribution, mean 10 days).
- Planted: ``ip_km`` (distance from the address to the connection) is often missing, and an old
  client writes -1 for missing; some merchant countries are in lower case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

DAYS = 77
DRIFT_FROM = 35
COUNTRIES = ("DE", "FR", "GB", "IT", "NL")
CATEGORIES = (
    "grocery", "fuel", "restaurant", "fashion", "travel", "electronics", "gift cards", "games",
)  # fmt: skip
CATEGORY_LEVEL = np.array([3.3, 3.8, 3.2, 3.9, 5.2, 4.8, 3.6, 2.8])
"""Mean logarithm of an amount in euros."""
RESOLD = np.array([0.02, 0.02, 0.02, 0.14, 0.10, 0.35, 0.25, 0.10])
"""Where fraudsters spend."""
KINDS = ("genuine", "ring", "takeover", "friendly")
RING_SHARE, TAKEOVER_SHARE, FRIENDLY_SHARE = 0.60, 0.25, 0.15
MERCHANTS = 1200
DELAY_SHAPE, DELAY_SCALE_H = 1.6, 150.0


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
        young = rng.random(n_cards) < 0.12
        self.opened_h = 24 * np.where(
            young, rng.uniform(-60, DAYS - 10, n_cards), rng.uniform(-3000, -60, n_cards)
        )
        household = rng.random(n_cards) < 0.15
        self.device = np.where(household, rng.integers(0, n_cards // 10, n_cards), 0)
        self.device += np.where(household, 10 * n_cards, np.arange(n_cards))
        self.new_phone_h = np.where(
            rng.random(n_cards) < 0.25, rng.uniform(0, 24 * DAYS, n_cards), np.inf
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
            self._rings(rng, n_ring, start, end, style),
            self._takeovers(rng, n_takeover, start, end, style),
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
        card = rng.choice(self.n_cards, trips, p=self.activity)
        opened = np.clip(self.opened_h[card], start, end - 24)
        time = opened + rng.random(trips) * (end - opened)
        time = 24 * (time // 24) + _hour_of_day(rng, trips)
        abroad = rng.random(trips) < 0.04
        strange = rng.random(trips) < np.where(self.opened_h[card] > start - 24 * 60, 0.12, 0.03)
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
        merchant = self._merchants(rng, category)
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
                "amount_cents": _cents(rng.normal(level, 0.6)),
                "ip_km": ip_km,
            }
        )

    def _rings(
        self, rng: np.random.Generator, n: int, start: float, end: float, style: Style | None
    ) -> pd.DataFrame:
        """Stolen cards tried one after the other on the ring's devices."""
        rings = n // 20 + 2
        begin = np.sort(rng.uniform(start, max(start, end - 48), rings))
        fade, spread = style_on(begin / 24) if style is None else (np.ones(rings), np.ones(rings))
        given = style or Style()
        ring = rng.integers(0, rings, n)
        attempts = rng.poisson(2.0, n) + 1
        cards = int(np.searchsorted(attempts.cumsum(), n)) + 1 if n else 0
        attempts, ring = attempts[:cards], np.sort(ring[:cards])
        young = rng.random(cards) < 0.35
        opens = begin[ring] + rng.random(cards) * np.minimum(40, 0.8 * (end - begin[ring]))
        victim = np.where(
            young,
            self._newcomers(rng, opens),
            rng.choice(self.n_cards, cards, p=self.activity),
        )
        per_device = np.maximum(given.cards_per_device * spread[ring], 1)
        place = np.arange(cards) - np.searchsorted(ring, np.arange(rings))[ring]
        device = 3 * 10**9 + ring * 1000 + (place / per_device).astype(int)
        device += int(rng.integers(0, 10**6)) * 10**6
        opens = np.maximum(opens, self.opened_h[victim] + 0.1)
        who = np.repeat(np.arange(cards), attempts)[:n]
        nth = np.arange(n) - np.searchsorted(who, np.arange(cards))[who]
        test = (nth == 0) & (rng.random(n) < 0.6)
        category = rng.choice(len(CATEGORIES), n, p=RESOLD)
        log_amount = rng.normal(CATEGORY_LEVEL[category] + 0.9, 0.7) + np.log(
            given.amount * fade[ring[who]]
        )
        log_amount = np.where(test, rng.normal(0.7, 0.4, n), log_amount)
        waited = np.where(nth > 0, rng.exponential(given.pace_h, n), 0).cumsum()
        waited -= waited[np.searchsorted(who, np.arange(cards))][who] if n else 0
        return self._frauds(rng, victim[who], device[who], category, opens[who] + waited, log_amount, end)  # fmt: skip  # noqa: E501

    def _takeovers(
        self, rng: np.random.Generator, n: int, start: float, end: float, style: Style | None
    ) -> pd.DataFrame:
        given = style or Style()
        victims = rng.choice(self.n_cards, max(n, 1), p=self.activity)
        when = rng.uniform(start, max(start, end - 12), max(n, 1))
        when = np.maximum(when, self.opened_h[victims] + 0.1)
        phone = rng.integers(2 * 10**9, 3 * 10**9, max(n, 1))
        who = np.sort(rng.integers(0, max(n // 2, 1), n))
        category = rng.choice(len(CATEGORIES), n, p=RESOLD)
        log_amount = rng.normal(CATEGORY_LEVEL[category] + 0.7, 0.6) + np.log(given.amount)
        time = when[who] + rng.exponential(1.5, n)
        return self._frauds(rng, victims[who], phone[who], category, time, log_amount, end)

    def _frauds(
        self,
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
                "merchant_id": self._merchants(rng, category),
                "abroad": rng.random(n) < 0.15,
                "amount_cents": _cents(log_amount),
                "ip_km": rng.lognormal(4.0, 1.6, n),
            }
        )

    def _newcomers(self, rng: np.random.Generator, time: np.ndarray) -> np.ndarray:
        """One of the 200 cards that were opened last, at each time."""
        by_age = np.argsort(self.opened_h)
        known = np.searchsorted(self.opened_h[by_age], time)
        return by_age[known - 1 - rng.integers(0, np.minimum(known, 200))]

    def _merchants(self, rng: np.random.Generator, category: np.ndarray) -> np.ndarray:
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
        country = np.where(log["abroad"] & (self.merchant_home[merchant] != home),
                           self.merchant_home[merchant], home)  # fmt: skip
        fraud = (log["kind"] != "genuine").to_numpy()
        delay = rng.gamma(DELAY_SHAPE, DELAY_SCALE_H, n)
        no_ip = rng.random(n) < np.where(fraud, 0.2, 0.12)
        ip_km = np.where(no_ip, np.nan, log["ip_km"])
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


def _cents(log_amount: np.ndarray) -> np.ndarray:
    return np.maximum(np.round(100 * np.exp(np.minimum(log_amount, 8.5))), 50).astype(np.int64)


def _labels(codes: np.ndarray, names: tuple[str, ...]) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(np.asarray(codes, dtype=int), categories=pd.Index(names)))  # fmt: skip  # noqa: E501
