"""A simulated ad auction whose truth is known.

Assumptions, none of them measured: users' activity and ads' delivery are heavy-tailed. The log-odds
of a click add up an effect of the place in the feed, of the user's segment with the ad's category,
of the advertiser, of the ad and its age, of the user, and of the hour, which differs by device;
videos gain at the top of the feed. Clickbait ads are clicked more and are of low quality. Tastes
shift slowly; ads run for three weeks, and new ones come every day. One click in five arrives hours
to days late. Ages are missing more often for rarely seen users, one client logs bids in cents, and
some rows carry the country in lower case.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

COUNTRIES = ("US", "BR", "IN", "DE", "JP", "FR", "GB", "MX")
DEVICES = ("android", "ios", "web")
FORMATS = ("image", "video", "carousel")
CATEGORIES = (
    "games", "fashion", "travel", "food", "finance", "sports",
    "beauty", "autos", "news", "home", "education", "music",
)  # fmt: skip
AGE_BANDS = (18, 25, 35, 45, 55)
POSITIONS = 10
DAYS = 10
CLICK_RATE = 0.015
AD_LIFE_DAYS = 21


@dataclass(frozen=True)
class Log:
    """Impressions in time order; for simulated ones also the hidden truth."""

    frame: pd.DataFrame
    p_click: np.ndarray | None = None
    """True probability of a click for each row, shape (n,); None for real data."""
    planted: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Which rows carry which planted fault: one boolean column a fault."""

    def days(self, first: int, last: int) -> Log:
        """The impressions of the days ``first`` to ``last``, both included."""
        return self.rows(self.frame["day"].between(first, last).to_numpy())

    def rows(self, keep: np.ndarray) -> Log:
        """The impressions where the mask is true."""
        p_click = None if self.p_click is None else self.p_click[keep]
        planted = self.planted if self.planted.empty else self.planted[keep]
        return Log(self.frame[keep].reset_index(drop=True), p_click, planted)


class World:
    """Users, ads and their tastes: everything that is fixed before the first impression."""

    def __init__(self, seed: int, n_users: int = 50_000, n_eligible: int = 100_000) -> None:
        rng = np.random.default_rng([seed, 0])
        self.seed = seed
        self._users(rng, n_users)
        self._ads(rng, n_eligible * (AD_LIFE_DAYS - 1 + 2 * DAYS) // AD_LIFE_DAYS)
        segments, categories = len(AGE_BANDS) * len(DEVICES), len(CATEGORIES)
        self.taste = rng.normal(0, 0.8, (segments, categories))
        self.shift = rng.normal(0, 0.04, (segments, categories))
        self.country_effect = rng.normal(0, 0.2, len(COUNTRIES))
        self.intercept = 0.0
        self.intercept = self._intercept()

    def _users(self, rng: np.random.Generator, n: int) -> None:
        self.user_weight = _zipf(rng, n, 0.6)
        self.age_band = rng.choice(len(AGE_BANDS), n, p=[0.22, 0.3, 0.22, 0.16, 0.1])
        self.age = np.array(AGE_BANDS)[self.age_band] + rng.integers(0, 10, n)
        self.country = rng.choice(len(COUNTRIES), n, p=_decay(len(COUNTRIES), 0.75))
        self.device = rng.choice(len(DEVICES), n, p=[0.5, 0.35, 0.15])
        self.user_effect = rng.normal(0, 0.2, n)
        rare = self.user_weight < np.quantile(self.user_weight, 0.5)
        self.age_known = rng.random(n) > np.where(rare, 0.25, 0.05)

    def _ads(self, rng: np.random.Generator, n: int) -> None:
        advertisers = max(n // 50, 10)
        self.ad_weight = _zipf(rng, n, 0.85)
        self.advertiser = rng.choice(advertisers, n, p=_decay(advertisers, 0.999))
        specialty = rng.integers(0, len(CATEGORIES), advertisers)
        strays = rng.random(n) < 0.1
        self.category = np.where(
            strays, rng.integers(0, len(CATEGORIES), n), specialty[self.advertiser]
        )
        self.format = rng.choice(len(FORMATS), n, p=[0.55, 0.3, 0.15])
        self.born = rng.integers(1 - AD_LIFE_DAYS, 2 * DAYS, n)
        self.clickbait = rng.random(n) < 0.12
        self.bid = np.round(rng.lognormal(-0.3, 0.5, n), 2).astype(np.float32)
        self.ad_effect = (
            rng.normal(0, 0.45, advertisers)[self.advertiser]
            + rng.normal(0, 0.2, n)
            + np.array([0.0, 0.1, 0.1])[self.format]
            + 0.7 * self.clickbait
        )

    def eligible(self, day: int) -> np.ndarray:
        """Which ads run on a day, a mask of shape (n_ads,)."""
        return (self.born <= day) & (day < self.born + AD_LIFE_DAYS)

    def log_odds(
        self, user: np.ndarray, ad: np.ndarray, position: np.ndarray, time_h: np.ndarray
    ) -> np.ndarray:
        """True log-odds of a click, shape (n,).

        Args:
            user: user ids. ad: ad ids. position: place in the feed, 1 is the top.
            time_h: hours since the start of the log.
        """
        day, hour = time_h / 24, time_h % 24
        segment = self.age_band[user] * len(DEVICES) + self.device[user]
        category = self.category[ad]
        return (
            self.intercept
            - 0.55 * np.log(position)
            + self.taste[segment, category]
            + self.shift[segment, category] * day
            + self.ad_effect[ad]
            + self.user_effect[user]
            + self.country_effect[self.country[user]]
            + 0.3 * np.where(self.device[user] == 2, -1, 1) * np.sin((hour - 14) / 24 * 2 * np.pi)
            + 0.5 * (self.format[ad] == 1) * np.where(position <= 2, 1, -1)
            - 0.02 * (day - self.born[ad])
        )

    def _intercept(self) -> float:
        """The intercept that gives the click rate, found on a sample."""
        rng = np.random.default_rng([self.seed, 1])
        odds = self.log_odds(*self._draw(rng, 200_000, 0, DAYS)[:4])
        low, high = -12.0, 0.0
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (
                (middle, high) if _sigmoid(odds + middle).mean() < CLICK_RATE else (low, middle)
            )
        return middle

    def _draw(
        self, rng: np.random.Generator, n: int, first: int, days: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Who sees which ad in which place and when, in time order."""
        rate = 1 + 0.6 * np.sin((np.arange(24) - 14) / 24 * 2 * np.pi)
        hours = rng.choice(24 * days, n, p=np.tile(rate, days) / (rate.sum() * days))
        time_h = np.sort(first * 24 + hours + rng.random(n))
        user = _sample(rng, self.user_weight, n)
        position = 1 + rng.choice(POSITIONS, n, p=_decay(POSITIONS, 0.75))
        ad = np.empty(n, dtype=np.int64)
        day = (time_h // 24).astype(int)
        for today in range(first, first + days):
            rows = np.flatnonzero(day == today)
            active = np.where(self.eligible(today), self.ad_weight, 0.0)
            ad[rows] = _sample(rng, active / active.sum(), len(rows))
        return user, ad, position, time_h

    def simulate(self, n_rows: int, first: int = 0, days: int = DAYS, stream: int = 0) -> Log:
        """Impressions of ``days`` days from day ``first``; another ``stream`` is another draw."""
        rng = np.random.default_rng([self.seed, 2, first, days, stream])
        user, ad, position, time_h = self._draw(rng, n_rows, first, days)
        p = _sigmoid(self.log_odds(user, ad, position, time_h))
        clicked = rng.random(n_rows) < p
        late = rng.random(n_rows) < 0.2
        delay = np.where(late, rng.exponential(20, n_rows), rng.exponential(0.2, n_rows))
        frame = pd.DataFrame(
            {
                "time_h": time_h,
                "day": (time_h // 24).astype(np.int16),
                "hour": (time_h % 24).astype(np.int8),
                "position": position.astype(np.int8),
                **self.user_columns(user),
                **self.ad_columns(ad, time_h),
                "clicked": clicked.astype(np.int8),
                "click_delay_h": np.where(clicked, delay, np.nan).astype(np.float32),
            }
        )
        return Log(*self._plant(rng, frame, p))

    def user_columns(self, user: np.ndarray) -> dict[str, object]:
        """The user's attributes as logged."""
        return {
            "user_id": user.astype(np.int64),
            "age": np.where(self.age_known[user], self.age[user], np.nan).astype(np.float32),
            "country": _labels(self.country[user], COUNTRIES),
            "device": _labels(self.device[user], DEVICES),
        }

    def ad_columns(self, ad: np.ndarray, time_h: np.ndarray) -> dict[str, object]:
        """The ad's attributes as logged."""
        return {
            "ad_id": ad.astype(np.int64),
            "advertiser_id": self.advertiser[ad].astype(np.int64),
            "category": _labels(self.category[ad], CATEGORIES),
            "format": _labels(self.format[ad], FORMATS),
            "low_quality": self.clickbait[ad],
            "ad_age_days": (time_h / 24 - self.born[ad]).astype(np.float32),
            "bid": self.bid[ad],
        }

    @staticmethod
    def _plant(
        rng: np.random.Generator, frame: pd.DataFrame, p: np.ndarray
    ) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
        n = len(frame)
        cents = (rng.random(n) < 0.02) & (frame["device"] == "web").to_numpy()
        lower = rng.random(n) < 0.002
        frame["bid"] = np.where(cents, frame["bid"] * 100, frame["bid"]).astype(np.float32)
        codes = frame["country"].cat.codes.to_numpy() + np.where(lower, len(COUNTRIES), 0)
        frame["country"] = _labels(codes, COUNTRIES + tuple(c.lower() for c in COUNTRIES))
        return frame, p, pd.DataFrame({"bid in cents": cents, "country in lower case": lower})

    def request(self, user: int, day: int, hour: int = 20) -> Log:
        """Every eligible ad as a candidate for one user at the top of the feed, with the truth."""
        ad = np.flatnonzero(self.eligible(day))
        time_h = np.full(len(ad), day * 24.0 + hour)
        who, top = np.full(len(ad), user), np.ones(len(ad), dtype=np.int64)
        frame = pd.DataFrame(
            {
                "time_h": time_h,
                "day": np.int16(day),
                "hour": np.int8(hour),
                "position": np.int8(1),
                **self.user_columns(who),
                **self.ad_columns(ad, time_h),
            }
        )
        return Log(frame, _sigmoid(self.log_odds(who, ad, top, time_h)))

    def users(self, n: int, stream: int = 0) -> np.ndarray:
        """Users drawn by their activity, as requests would come."""
        return _sample(np.random.default_rng([self.seed, 3, stream]), self.user_weight, n)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _zipf(rng: np.random.Generator, n: int, exponent: float) -> np.ndarray:
    weight = 1 / np.arange(1, n + 1) ** exponent
    return rng.permutation(weight / weight.sum())


def _decay(n: int, factor: float) -> np.ndarray:
    weight = factor ** np.arange(n)
    return weight / weight.sum()


def _sample(rng: np.random.Generator, weight: np.ndarray, n: int) -> np.ndarray:
    edges = np.cumsum(weight)
    return np.searchsorted(edges / edges[-1], rng.random(n), side="right")


def _labels(codes: np.ndarray, names: tuple[str, ...]) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(codes.astype(np.int8), categories=pd.Index(names)))
