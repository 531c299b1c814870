"""Texts as vectors: words, concepts and letters, weighted by how rare they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from mlsd_kit.practice.questions.vocabulary import (
    STOP_STEMS,
    asks,
    concepts,
    forms,
    plain,
    stems,
)

Analyser = Callable[[str], list[str]]


class Vectors(Protocol):
    """Turns texts into vectors whose dot product says how near two texts are, 1 at most."""

    def fit(self, texts: Sequence[str]) -> Any:
        """Learn from texts; their vectors, one row each."""

    def of(self, texts: Sequence[str]) -> Any:
        """Vectors of other texts."""


def words(text: str) -> list[str]:
    """Stems that say something, and pairs of neighbouring ones."""
    every = stems(text)
    telling = [stem for stem in every if stem not in STOP_STEMS]
    pairs = [f"{a} {b}" for a, b in zip(every, every[1:], strict=False)]
    return telling + pairs


def meanings(text: str) -> list[str]:
    """Concepts that the text names, and its form."""
    return concepts(stems(text)) + [f"is: {form}" for form in forms(plain(text))]


def pairings(text: str) -> list[str]:
    """Pairs of what the text names and what it asks for."""
    asked = [f"asks: {name}" for name in asks(plain(text))]
    named = sorted({*concepts(stems(text)), *asked})
    return [*asked, *(f"{a} + {b}" for i, a in enumerate(named) for b in named[i + 1 :])]


def letters(text: str) -> list[str]:
    """Runs of three to five letters within the words that say something."""
    found = []
    for word in plain(text).split():
        if word not in STOP_STEMS:
            padded = f" {word} "
            found += [padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)]
    return found


class Weighted:
    """Vectors over one kind of terms, each text's of length 1.

    A term that was not learned lengthens a text: what is known of it counts for less.
    """

    def __init__(self, analyser: Analyser) -> None:
        self.analyser = analyser

    def fit(self, texts: Sequence[str]) -> Any:
        """Learn which terms there are and how rare they are."""
        from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

        self.counts_ = CountVectorizer(analyzer=self.analyser)
        self.rarity_ = TfidfTransformer(norm=None, sublinear_tf=True)
        self.rarity_.fit(self.counts_.fit_transform(texts))
        self.unknown_ = 1.0 + np.log(1 + len(texts))
        return self.of(texts)

    def of(self, texts: Sequence[str]) -> Any:
        """Vectors of texts, as sparse rows."""
        from scipy.sparse import diags

        weights = self.rarity_.transform(self.counts_.transform(texts))
        known = np.asarray(weights.multiply(weights).sum(axis=1)).ravel()
        terms = self.counts_.vocabulary_
        unknown = [sum(term not in terms for term in set(self.analyser(t))) for t in texts]
        length = np.sqrt(known + np.array(unknown) * self.unknown_**2)
        return diags(1 / np.maximum(length, 1e-9)) @ weights


class Words:
    """Words, concepts, pairs of concepts and letters side by side.

    Args:
        shares: weight of each of the four.
    """

    def __init__(self, shares: tuple[float, float, float, float] = (0.2, 0.45, 0.2, 0.15)) -> None:
        self.shares = shares
        self.kinds = [Weighted(a) for a in (words, meanings, pairings, letters)]

    def fit(self, texts: Sequence[str]) -> Any:
        """Learn from texts; their vectors."""
        return self._beside([kind.fit(texts) for kind in self.kinds])

    def of(self, texts: Sequence[str]) -> Any:
        """Vectors of other texts."""
        return self._beside([kind.of(texts) for kind in self.kinds])

    def _beside(self, parts: list[Any]) -> Any:
        from scipy.sparse import hstack

        return hstack(
            [np.sqrt(share) * part for share, part in zip(self.shares, parts, strict=True)],
            format="csr",
        )
