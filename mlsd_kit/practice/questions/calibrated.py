"""The probability that the right fact is chosen, from clues: a logistic regression."""

from __future__ import annotations

import numpy as np

from mlsd_kit.practice.questions.features import State


class Calibrated:
    """A logistic regression whose weights are kept as numbers."""

    def __init__(self, strength: float, scaled: bool = False) -> None:
        self.strength, self.scaled = strength, scaled

    def fit(self, clues: np.ndarray, right: np.ndarray) -> Calibrated:
        """Learn from clues, shape (n, k), and whether the fact was right, shape (n,)."""
        from sklearn.linear_model import LogisticRegression

        mean, scale = np.zeros(clues.shape[1]), np.ones(clues.shape[1])
        if self.scaled:
            mean, scale = clues.mean(axis=0), np.maximum(clues.std(axis=0), 1e-6)
        model = LogisticRegression(C=self.strength, max_iter=1000)
        model.fit((clues - mean) / scale, right)
        self.weights_ = model.coef_[0] / scale
        self.start_ = float(model.intercept_[0] - mean @ self.weights_)
        return self

    def likely(self, clues: np.ndarray) -> np.ndarray:
        """Probabilities, shape (n,)."""
        return 1 / (1 + np.exp(-(clues @ self.weights_ + self.start_)))

    def state(self) -> State:
        """What was learned."""
        return {"weights": self.weights_, "start": np.array(self.start_)}

    def resume(self, state: State) -> None:
        """Take up what was learned before."""
        self.weights_, self.start_ = state["weights"], float(state["start"])
