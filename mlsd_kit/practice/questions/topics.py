"""What candidates ask about in such interviews, whatever the case, as vectors over topics."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlsd_kit.practice.questions.features import State, Vectors, by_words, nearness
from mlsd_kit.practice.questions.vocabulary import STOP_STEMS, TERMS, blocks, stems

PENALTY = 0.3
"""Of the ridge regression."""
NOISE = 0.05
"""Scores up to here say nothing."""
SURE = 0.5
"""Length of the scores from which on a text's vector has length 1."""


class Topics:
    """Vectors of how much a text is about each topic.

    Args:
        base: vectors of the topics' phrasings.
    """

    def __init__(self, base: Vectors) -> None:
        self.base = base
        self.weights: np.ndarray | None = None

    def fit(self, texts: Sequence[str]) -> Any:
        """Vectors of texts; what is learned, once, is the topics."""
        if self.weights is None:
            self._learn()
        return self.of(texts)

    def _learn(self) -> None:
        known = topics()
        vectors = self.base.fit([phrasing for ways in known.values() for phrasing in ways])
        member = np.repeat(np.eye(len(known)), [len(ways) for ways in known.values()], axis=0)
        near = nearness(vectors).astype(float)
        self.weights = vectors.T @ np.linalg.solve(near + PENALTY * np.eye(len(near)), member)

    def state(self) -> State:
        """The weight of each of the base's columns for each topic, and what the base learned."""
        assert self.weights is not None, "fit comes first"
        return {"topics": self.weights, **self.base.state()}

    def resume(self, state: State) -> None:
        """Take up what was learned before."""
        self.weights = state["topics"]
        self.base.resume(state)

    def of(self, texts: Sequence[str]) -> Any:
        """Vectors of texts, as sparse rows of length 1 at most."""
        from scipy.sparse import csr_matrix

        scores = np.maximum(self.base.of(texts) @ self.weights - NOISE, 0)
        length = np.linalg.norm(scores, axis=1, keepdims=True)
        return csr_matrix(scores / np.maximum(length, SURE))


@functools.cache
def topics() -> dict[str, list[str]]:
    """Each topic with ways to ask about it."""
    return blocks("topics.txt")


@functools.cache
def word_topics() -> Topics:
    """Topics by words, learned once in a process."""
    return Topics(by_words())


@functools.cache
def known_stems() -> frozenset[str]:
    """Stems of all words of the vocabulary and of the topics."""
    of_terms = {stem for term in TERMS for stem in term}
    of_topics = {stem for ways in topics().values() for way in ways for stem in stems(way)}
    return frozenset(of_terms | of_topics | STOP_STEMS)
