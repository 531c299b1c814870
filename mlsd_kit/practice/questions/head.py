"""From vectors to a fact and the probability that it is the right one.

Each class (the facts, and the reasons to turn a question back) has a ridge regression over the
phrasings. What it says of a phrasing that it has not seen follows in closed form, so that the
rejection is learned from such left-out phrasings and not from those that it knows by heart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

PENALTY = 0.3
WRONG = 0.01
"""Share of the left-out questions that may get a wrong fact."""
CLUES = 5


@dataclass(frozen=True)
class Judged:
    """The classes of one text, best first."""

    facts: list[int]
    """Numbers of the facts."""
    likely: list[float]
    """Probability that the fact is meant, of each of `facts`."""
    turned_back: int
    """Number of the likeliest reason to turn it back, counted from 0."""


class Head:
    """Facts and reasons to turn back, learned from vectors of phrasings.

    Args:
        n_facts: classes from 0 to ``n_facts`` - 1 are facts, the others reasons to turn back.
    """

    def __init__(self, n_facts: int) -> None:
        self.n_facts = n_facts

    def fit(self, vectors: Any, classes: np.ndarray) -> Head:
        """Learn from vectors, shape (n, any), and their classes, shape (n,)."""
        from sklearn.linear_model import LogisticRegression

        self.vectors_, self.classes_ = vectors, classes
        near = _dense(vectors @ vectors.T)
        member = np.eye(classes.max() + 1)[classes]
        inverse = np.linalg.inv(near + PENALTY * np.eye(len(classes)))
        self.weights_ = inverse @ member
        left_out = member - self.weights_ / np.diag(inverse)[:, None]
        np.fill_diagonal(near, 0.0)
        best, clues = self._clues(near, left_out)
        self.best_ = best
        right = best == classes
        self.calibration_ = LogisticRegression(C=10.0).fit(clues, right)
        self.left_out_ = self.calibration_.predict_proba(clues)[:, 1]
        self.threshold_ = _threshold(self.left_out_, right)
        return self

    def judge(self, vector: Any) -> Judged:
        """The facts for one text's vector, shape (1, any)."""
        near = _dense(vector @ self.vectors_.T)
        scores = near @ self.weights_
        order = np.argsort(-scores[0, : self.n_facts], kind="stable")[:4]
        likely = []
        for fact in order:
            _, clues = self._clues(near, scores, np.array([fact]))
            likely.append(float(self.calibration_.predict_proba(clues)[0, 1]))
        reason = int(scores[0, self.n_facts :].argmax())
        return Judged([int(fact) for fact in order], likely, reason)

    def _clues(
        self, near: np.ndarray, scores: np.ndarray, best: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The best fact of each row, and what tells whether it is right, shape (n, CLUES)."""
        facts, others = scores[:, : self.n_facts], scores[:, self.n_facts :].max(axis=1)
        best = facts.argmax(axis=1) if best is None else best
        rows = np.arange(len(scores))
        top = facts[rows, best]
        rest = facts.copy()
        rest[rows, best] = -1
        same = self.classes_[None, :] == best[:, None]
        nearest = np.where(same, near, 0.0).max(axis=1)
        other = np.where(same, 0.0, near).max(axis=1)
        clues = (top, top - rest.max(axis=1), top - others, nearest, nearest - other)
        return best, np.column_stack(clues)


def _dense(matrix: Any) -> np.ndarray:
    return matrix.toarray() if hasattr(matrix, "toarray") else np.asarray(matrix)


def _threshold(likely: np.ndarray, right: np.ndarray) -> float:
    """Lowest probability from which on few of all questions get a wrong fact."""
    order = np.argsort(-likely, kind="stable")
    wrong = np.cumsum(~right[order])
    allowed = np.flatnonzero(wrong <= WRONG * len(right))
    return float(likely[order[allowed[-1]]]) if len(allowed) else 1.0
