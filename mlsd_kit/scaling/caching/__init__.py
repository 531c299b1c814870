"""Caches: hit rates against skew, ages of what they answer, and what happens when a key expires."""

from mlsd_kit.scaling.caching.expiry import TTLFigures, simulate_ttl, ttl_theory
from mlsd_kit.scaling.caching.policies import POLICIES, hit_rate
from mlsd_kit.scaling.caching.stampede import CURES, SingleFlight, Stampede, stampede
from mlsd_kit.scaling.caching.theory import (
    characteristic_time,
    fifo_hit_rate,
    lru_hit_rate,
    top_hit_rate,
)
from mlsd_kit.scaling.caching.traffic import requests, zipf

__all__ = [
    "CURES",
    "POLICIES",
    "SingleFlight",
    "Stampede",
    "TTLFigures",
    "characteristic_time",
    "fifo_hit_rate",
    "hit_rate",
    "lru_hit_rate",
    "requests",
    "simulate_ttl",
    "stampede",
    "top_hit_rate",
    "ttl_theory",
    "zipf",
]
