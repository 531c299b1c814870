"""Texts as vectors: what they name, what they ask for, their words and letters."""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
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

REMEMBERED = 4096
"""Texts whose terms are kept, because several vectors ask for them."""

Analyser = Callable[[str], list[str]]


class Vectors(Protocol):
    """Turns texts into vectors whose dot product says how near two texts are, 1 at most."""

    def fit(self, texts: Sequence[str]) -> Any:
        """Learn from texts; their vectors, one row each."""

    def of(self, texts: Sequence[str]) -> Any:
        """Vectors of other texts."""


@functools.lru_cache(REMEMBERED)
def words(text: str) -> list[str]:
    """Stems that say something, and pairs of neighbouring ones."""
    every = stems(text)
    telling = [stem for stem in every if stem not in STOP_STEMS]
    pairs = [f"{a} {b}" for a, b in itertools.pairwise(every)]
    return telling + pairs


@functools.lru_cache(REMEMBERED)
def meanings(text: str) -> list[str]:
    """Concepts that the text names, and its form."""
    return concepts(stems(text)) + [f"is: {form}" for form in forms(plain(text))]


@functools.lru_cache(REMEMBERED)
def pairings(text: str) -> list[str]:
    """Pairs of what the text names and what it asks for."""
    asked = asks(plain(text))
    named = sorted({*concepts(stems(text)), *asked})
    return [*asked, *(f"{a} + {b}" for i, a in enumerate(named) for b in named[i + 1 :])]


@functools.lru_cache(REMEMBERED)
def letters(text: str) -> list[str]:
    """Runs of three to five letters within the words that say something."""
    found = []
    for word in plain(text).split():
        if word not in STOP_STEMS:
            padded = f" {word} "
            found += [padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)]
    return found


class Weighted:
    """Vectors over one kind of terms, each text's of length 1 at most.

    A term that was not learned lengthens a text: what is known of it counts for less.
    """

    def __init__(self, analyser: Analyser) -> None:
        self.analyser = analyser

    def fit(self, texts: Sequence[str]) -> Any:
        """Learn which terms there are and how rare they are."""
        from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

        counts = CountVectorizer(analyzer=self.analyser)
        rarity = TfidfTransformer(norm=None).fit(counts.fit_transform(texts)).idf_
        self.rarity_ = {term: (at, rarity[at]) for term, at in counts.vocabulary_.items()}
        self.unknown_ = (1.0 + np.log(1 + len(texts))) ** 2
        return self.of(texts)

    def of(self, texts: Sequence[str]) -> Any:
        """Vectors of texts, as sparse rows."""
        from scipy.sparse import csr_matrix

        values: list[float] = []
        columns: list[int] = []
        ends = [0]
        for text in texts:
            square, row = 0.0, []
            for term, times in Counter(self.analyser(text)).items():
                at, rarity = self.rarity_.get(term, (-1, 0.0))
                if at < 0:
                    square += self.unknown_
                    continue
                columns.append(at)
                row.append(rarity * (1 + math.log(times)))
            length = math.sqrt(square + sum(value * value for value in row))
            values += [value / length for value in row]
            ends.append(len(values))
        return csr_matrix((values, columns, ends), shape=(len(texts), len(self.rarity_)))


class Beside:
    """Several kinds of vectors side by side.

    Args:
        parts: each kind with its weight; the weights add up to 1.
    """

    def __init__(self, parts: Sequence[tuple[float, Vectors]]) -> None:
        self.parts = parts

    def fit(self, texts: Sequence[str]) -> Any:
        """Learn from texts; their vectors."""
        return self._beside([part.fit(texts) for _, part in self.parts])

    def of(self, texts: Sequence[str]) -> Any:
        """Vectors of other texts."""
        return self._beside([part.of(texts) for _, part in self.parts])

    def _beside(self, vectors: list[Any]) -> Any:
        from scipy.sparse import hstack

        weighted = zip(self.parts, vectors, strict=True)
        return hstack([np.sqrt(weight) * part for (weight, _), part in weighted], format="csr")


def by_words() -> Beside:
    """Vectors from the vocabulary of such interviews, from words and from letters."""
    return Beside(
        [
            (0.50, Weighted(meanings)),
            (0.20, Weighted(pairings)),
            (0.15, Weighted(words)),
            (0.15, Weighted(letters)),
        ]
    )
