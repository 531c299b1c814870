"""A head whose nearness falls off steeply, with more clues to when it is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlsd_kit.practice.questions.calibrated import Calibrated
from mlsd_kit.practice.questions.features import State, nearness
from mlsd_kit.practice.questions.head import BEST, Judged

CURVE = 1.5
"""How steeply nearness falls off with the distance."""
PENALTY = 0.1
"""Of the ridge regression."""
VOTES = (5, 15)
"""Nearest phrasings that are asked whether they are of the fact."""
MEAN_OF = 3
SMALL = 1e-6
AT_ONCE = 512
"""Rows whose clues are looked for at once."""


class CurvedHead:
    """Facts and reasons to turn back, by a kernel ridge regression over phrasings.

    What it says of a phrasing that it has not seen follows in closed form, so that the rejection is
    learned from such left-out phrasings and not from those that it knows by heart.

    Args:
        n_facts: classes from 0 to ``n_facts`` - 1 are facts, the others reasons to turn back.
    """

    def __init__(self, n_facts: int) -> None:
        self.n_facts = n_facts
        self.calibration_ = Calibrated(1.0, scaled=True)

    def fit(self, vectors: Any, classes: np.ndarray, signs: np.ndarray) -> CurvedHead:
        """Learn from phrasings.

        Args:
            vectors: sparse rows, one each, shape (n, any).
            classes: class of each, shape (n,).
            signs: what else tells whether it can be answered, shape (n, any).
        """
        self.vectors_, self.classes_ = vectors.astype(np.float32), classes
        near = nearness(self.vectors_)
        member = np.eye(classes.max() + 1, dtype=np.float32)[classes]
        self.weights_, certainty = _ridge(_curved(near), member)
        left_out = member - self.weights_ / certainty[:, None]
        np.fill_diagonal(near, -1.0)
        self.best_ = left_out[:, : self.n_facts].argmax(axis=1)
        parts = [slice(n, n + AT_ONCE) for n in range(0, len(near), AT_ONCE)]
        clues = np.vstack(
            [self._clues(near[at], left_out[at], self.best_[at], signs[at]) for at in parts]
        )
        self.calibration_.fit(clues, self.best_ == classes)
        self.left_out_ = self.calibration_.likely(clues)
        return self

    def judge(self, vector: Any, signs: np.ndarray) -> Judged:
        """The classes of one text, from its vector and signs, one row each."""
        near = (self.vectors_ @ vector.toarray()[0].astype(np.float32))[None]
        scores = _curved(near) @ self.weights_
        facts = np.argsort(-scores[0, : self.n_facts], kind="stable")[:BEST]
        rows = [np.repeat(row, len(facts), axis=0) for row in (near, scores, signs)]
        likely = self.calibration_.likely(self._clues(rows[0], rows[1], facts, rows[2]))
        best = scores[0, facts[0]]
        behind = np.clip(scores[0, facts] / max(best, SMALL), 0.0, 1.0) if best > 0 else 1.0
        likely = np.minimum(likely, likely[0] * behind)
        reason = int(scores[0, self.n_facts :].argmax())
        return Judged(facts.tolist(), likely.tolist(), reason)

    def state(self) -> State:
        """What was learned, but for what the left-out phrasings say."""
        rows = self.vectors_
        return {
            "data": rows.data,
            "columns": rows.indices,
            "ends": rows.indptr,
            "shape": np.array(rows.shape),
            "classes": self.classes_,
            "ridge": self.weights_,
            **self.calibration_.state(),
        }

    def resume(self, state: State) -> None:
        """Take up what was learned before."""
        from scipy.sparse import csr_matrix

        rows = (state["data"], state["columns"], state["ends"])
        self.vectors_ = csr_matrix(rows, shape=tuple(state["shape"]))
        self.classes_, self.weights_ = state["classes"], state["ridge"]
        self.calibration_.resume(state)

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
        own = _largest(np.where(same, near, -1.0))
        other = _largest(np.where(same, -1.0, near))
        reason = np.where(self.classes_[None, :] < self.n_facts, -1.0, near).max(axis=1)
        most = min(max(VOTES), near.shape[1] - 1)
        nearest = np.argpartition(-near, most, axis=1)[:, :most]
        order = np.argsort(-np.take_along_axis(near, nearest, axis=1), axis=1, kind="stable")
        votes = np.take_along_axis(same, np.take_along_axis(nearest, order, axis=1), axis=1)
        return np.column_stack(
            [
                *(top, top - rest.max(axis=1), top - reasons),
                *(own[:, 0], own[:, 0] - other[:, 0], own[:, 0] - reason),
                *(votes[:, :n].mean(axis=1) for n in VOTES),
                *(own.mean(axis=1), own.mean(axis=1) - other.mean(axis=1)),
                signs,
            ]
        )


def _curved(near: np.ndarray) -> np.ndarray:
    curved: np.ndarray = np.exp(np.float32(CURVE) * (near - 1))
    return curved


def _largest(values: np.ndarray) -> np.ndarray:
    """The largest values of each row, the largest first."""
    most = min(MEAN_OF, values.shape[1])
    return -np.sort(np.partition(-values, most - 1, axis=1)[:, :most], axis=1)


def _ridge(near: np.ndarray, member: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of a kernel ridge regression, and the diagonal of the inverse that gives them."""
    from scipy.linalg.lapack import spotrf, strtri

    near.flat[:: len(near) + 1] += PENALTY
    root, _ = spotrf(near, lower=1, clean=1)
    inverse, _ = strtri(root, lower=1)
    return inverse.T @ (inverse @ member), np.square(inverse).sum(axis=0)
