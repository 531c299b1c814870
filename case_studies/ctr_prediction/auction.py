"""Ways to choose one ad for a request, and what the users and advertisers get from each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .simulator import World


def designs(world: World, n_requests: int, candidates: int, day: int = 8) -> pd.DataFrame:
    """The goal and the guards for four ways to choose, judged with the true probabilities.

    Each request draws ``candidates`` eligible ads at random and shows one at the top of the feed.
    The present ranking goes by yesterday's popularity of the advertiser, without the user; the
    guarded one takes no low-quality ad and discounts advertisers that are shown a lot.

    Returns:
        One row a design: ``clicks`` per 1,000 impressions, the share of ``low_quality`` ads, and
        ``advertisers``: their effective number, 1 / Σ share².
    """
    rng = np.random.default_rng([world.seed, 4])
    users = np.repeat(world.users(n_requests), candidates)
    ads = rng.choice(np.flatnonzero(world.eligible(day)), (n_requests, candidates))
    flat, hour = ads.ravel(), np.full(ads.size, day * 24.0 + 20)
    odds = world.log_odds(users, flat, np.ones_like(flat), hour).reshape(ads.shape)
    p, advertiser = 1 / (1 + np.exp(-odds)), world.advertiser[ads]
    appeal = np.bincount(advertiser.ravel(), odds.ravel()) / np.maximum(
        1, np.bincount(advertiser.ravel())
    )
    clean = np.where(world.clickbait[ads], -np.inf, odds)
    shown = np.zeros(world.advertiser.max() + 1)
    guarded = np.empty(n_requests, dtype=int)
    for i in range(n_requests):
        guarded[i] = np.argmax(clean[i] - 0.1 * shown[advertiser[i]])
        shown[advertiser[i, guarded[i]]] += 1
    choices = {
        "random": rng.integers(0, candidates, n_requests),
        "present": np.argmax(appeal[advertiser] + rng.gumbel(0, 0.3, ads.shape), axis=1),
        "clicks only": np.argmax(odds, axis=1),
        "guarded": guarded,
    }
    rows = {name: _figures(world, ads, p, choice) for name, choice in choices.items()}
    return pd.DataFrame(rows).T.rename_axis("design")


def _figures(world: World, ads: np.ndarray, p: np.ndarray, choice: np.ndarray) -> dict[str, float]:
    rows = np.arange(len(ads))
    ad = ads[rows, choice]
    share = np.bincount(world.advertiser[ad]) / len(ad)
    return {
        "clicks": 1000 * p[rows, choice].mean(),
        "low_quality": world.clickbait[ad].mean(),
        "advertisers": 1 / np.sum(share**2),
    }
