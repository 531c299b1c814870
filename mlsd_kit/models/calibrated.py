"""A correction of predicted probabilities that is learned on later rows."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression


class LogOddsCalibration(BaseEstimator):
    """Straightens probabilities by a line on the log-odds: Platt (1999), with log-odds as scores.

    Two numbers, so that a day of rare positives is enough to learn them.
    """

    def fit(self, p: np.ndarray, y: np.ndarray) -> LogOddsCalibration:
        """Learn slope and intercept from probabilities (n,) and labels (n,)."""
        line = LogisticRegression(C=np.inf).fit(_log_odds(p)[:, None], y)
        self.slope_ = float(line.coef_[0, 0])
        self.intercept_ = float(line.intercept_[0])
        return self

    def predict(self, p: np.ndarray) -> np.ndarray:
        """Corrected probabilities, shape (n,)."""
        return 1 / (1 + np.exp(-(self.intercept_ + self.slope_ * _log_odds(p))))


def _log_odds(p: np.ndarray) -> np.ndarray:
    p = np.clip(np.asarray(p, dtype=float), 1e-9, 1 - 1e-9)
    return np.log(p / (1 - p))
