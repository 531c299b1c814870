"""What payments are made of: kinds of merchant with their amounts, countries, days."""

from __future__ import annotations

import numpy as np

DAYS = 77
"""Days of a whole log."""
COUNTRIES = ("DE", "FR", "GB", "IT", "NL")
CATEGORIES = (
    "grocery", "fuel", "restaurant", "fashion", "travel", "electronics", "gift cards", "games",
)  # fmt: skip
CATEGORY_LEVEL = np.array([3.3, 3.8, 3.2, 3.9, 5.2, 4.8, 3.6, 2.8])
"""Mean logarithm of an amount in euros."""


def cents(log_amount: np.ndarray) -> np.ndarray:
    """Amounts in cents from logarithms of euros, from half a euro to about 4,900 euros."""
    return np.maximum(np.round(100 * np.exp(np.minimum(log_amount, 8.5))), 50).astype(np.int64)
