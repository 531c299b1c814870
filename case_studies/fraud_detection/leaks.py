"""Two ways to look into the future without noticing, each beside its honest form."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlsd_kit.data import Window, window_features


def whole_log(log: pd.DataFrame) -> dict[str, np.ndarray]:
    """Two of the links as a GROUP BY gives them: over the whole log, but for the payment itself."""
    cards = log.groupby("device_id")["card_id"].transform("nunique").to_numpy()
    pair = log.groupby(["card_id", "device_id"])["card_id"].transform("size").to_numpy()
    return {
        "device_cards_7d": (cards - (pair == 1)).astype(np.float32),
        "pair_n_7d": (pair - 1).astype(np.float32),
    }


def past_frauds(log: pd.DataFrame, days: float = 30, known: bool = True) -> np.ndarray:
    """Frauds of a payment's card and device in the days before it, shape (n,), float32.

    Args:
        log: simulated payments.
        days: length of the window.
        known: count a fraud from its chargeback on, as whoever decides knows it; otherwise from
            its payment on, as a join on the final labels makes it.
    """
    fraud = log[log["fraud"] == 1]
    news = fraud[["time_h", "card_id", "device_id"]].assign(fraud=1)
    if known:
        news["time_h"] += fraud["chargeback_delay_h"]
    asked = log[["time_h", "card_id", "device_id"]].assign(fraud=0)
    both = pd.concat([asked, news], keys=[0, 1]).sort_values("time_h", kind="stable")
    windows = [Window(key, key, 24 * days, "sum", "fraud") for key in ("card_id", "device_id")]
    found = window_features(both, windows).loc[0].sort_index()
    return found.to_numpy(np.float32).sum(axis=1)
