"""From vectors to a fact and the probability that it is the right one.

Each class (the facts, and the reasons to turn a question back) has a ridge regression over the
phrasings. What it says of a phrasing that it has not seen follows in closed form, so that the
rejection is learned from such left-out phrasings and not from those that it knows by heart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlsd_kit.practice.questions.calibrated import Calibrated
from mlsd_kit.practice.questions.features import nearness

PENALTY = 0.5
BEST = 4
"""Facts that are looked at."""


@dataclass(frozen=True)
class Judged:
    """The classes of one text."""

    facts: list[int]
    """Numbers of the facts that come nearest, best first."""
    likely: list[float]
    """Probability that it is meant, of each of them."""
    turned_back: int
    """Number of the likeliest reason to turn it back, counted from 0."""


class Head:
    """Facts and reasons to turn back, learned from vectors of phrasings.

    Args:
        n_facts: classes from 0 to ``n_facts`` - 1 are facts, the others reasons to turn back.
    """

    def __init__(self, n_facts: int) -> None:
        self.n_facts = n_facts

    def fit(self, vectors: Any, classes: np.ndarray, signs: np.ndarray) -> Head:
        """Learn from phrasings.

        Args:
            vectors: one row each, shape (n, any).
            classes: class of each, shape (n,).
            signs: what else tells whether it can be answered, shape (n, any).
        """
        self.vectors_, self.classes_ = vectors, classes
        near = nearness(vectors).astype(float)
        member = np.eye(classes.max() + 1)[classes]
        inverse = np.linalg.inv(near + PENALTY * np.eye(len(classes)))
        self.weights_ = inverse @ member
        left_out = member - self.weights_ / np.diag(inverse)[:, None]
        np.fill_diagonal(near, 0.0)
        self.best_ = left_out[:, : self.n_facts].argmax(axis=1)
        clues = self._clues(near, left_out, self.best_, signs)
        self.calibration_ = Calibrated(10.0).fit(clues, self.best_ == classes)
        self.left_out_ = self.calibration_.likely(clues)
        return self

    def judge(self, vector: Any, signs: np.ndarray) -> Judged:
        """The classes of one text, from its vector and signs, one row each."""
        near = (self.vectors_ @ vector.toarray()[0])[None]
        scores = near @ self.weights_
        facts = np.argsort(-scores[0, : self.n_facts], kind="stable")[:BEST]
        rows = [np.repeat(row, len(facts), axis=0) for row in (near, scores, signs)]
        clues = self._clues(rows[0], rows[1], facts, rows[2])
        likely = self.calibration_.likely(clues)
        reason = int(scores[0, self.n_facts :].argmax())
        return Judged(facts.tolist(), likely.tolist(), reason)

    def _clues(
        self, near: np.ndarray, scores: np.ndarray, fact: np.ndarray, signs: np.ndarray
    ) -> np.ndarray:
        """What tells whether a fact is the right one, for each row."""
        facts, reasons = scores[:, : self.n_facts], scores[:, self.n_facts :].max(axis=1)
        rows = np.arange(len(scores))
        top = facts[rows, fact]
        rest = facts.copy()
        rest[rows, fact] = -1
        same = self.classes_[None, :] == fact[:, None]
        nearest = np.where(same, near, 0.0).max(axis=1)
        other = np.where(same, 0.0, near).max(axis=1)
        clues = (top, top - rest.max(axis=1), top - reasons, nearest, nearest - other)
        return np.column_stack([*clues, signs])
