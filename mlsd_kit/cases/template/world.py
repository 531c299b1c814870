"""The case's data: simulated, so that the truth is known.

Assumptions: five independent standard normal features, two of which matter, and a logistic link.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

COEFFICIENTS = np.array([1.0, -0.5, 0.0, 0.0, 0.0])
INTERCEPT = -3.0


def simulate(n_rows: int, seed: int) -> pd.DataFrame:
    """Rows in time order: features x0 … x4, the hidden probability ``p``, and ``positive``."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n_rows, len(COEFFICIENTS)))
    p = 1 / (1 + np.exp(-(INTERCEPT + features @ COEFFICIENTS)))
    frame = pd.DataFrame(features, columns=[f"x{i}" for i in range(len(COEFFICIENTS))])
    return frame.assign(p=p, positive=(rng.random(n_rows) < p).astype(int))
