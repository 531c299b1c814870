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
FULL = 0.5
"""Share of rows from which on a column is multiplied as one without zeros."""

Analyser = Callable[[str], list[str]]
State = dict[str, np.ndarray]
"""What was learned, as arrays by name."""


class Vectors(Protocol):
    """Turns texts into vectors whose dot product says how near two texts are, 1 at most."""

    def fit(self, texts: Sequence[str]) -> Any:
        """Learn from texts; their vectors, one row each."""

    def of(self, texts: Sequence[str]) -> Any:
        """Vectors of other texts."""

    def state(self) -> State:
        """What was learned."""

    def resume(self, state: State) -> None:
        """Take up what was learned before, in place of `fit`."""


def nearness(rows: Any, others: Any = None) -> np.ndarray:
    """Dot products of sparse rows, shape (n, any), with others, shape (m, any), or each other.

    Returns:
        Shape (n, m), in single precision.
    """
    columns = rows.tocsc()
    full = np.diff(columns.indptr) >= FULL * rows.shape[0]
    dense, few = _parted(columns, full)
    dense_others, few_others = (dense, few) if others is None else _parted(others.tocsc(), full)
    near: np.ndarray = dense @ dense_others.T + (few @ few_others.T).toarray()
    return near


def _parted(columns: Any, full: np.ndarray) -> tuple[np.ndarray, Any]:
    dense = columns[:, full].toarray().astype(np.float32)
    return dense, columns[:, ~full].tocsr().astype(np.float32)


def packed(lines: Sequence[str]) -> np.ndarray:
    """Texts without line breaks as one array of bytes."""
    return np.frombuffer("\n".join(lines).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def unpacked(array: np.ndarray) -> list[str]:
    """The texts of `packed`."""
    text = array.tobytes().decode("utf-8", "surrogatepass")
    return text.split("\n") if text else []


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
        self._know(sorted(counts.vocabulary_), rarity, (1.0 + np.log(1 + len(texts))) ** 2)
        return self.of(texts)

    def state(self) -> State:
        """The terms, how rare each is, and what an unknown one weighs."""
        rarity = [rarity for _, rarity in self.rarity_.values()]
        return {
            "terms": packed(list(self.rarity_)),
            "rarity": np.array(rarity),
            "unknown": np.array(self.unknown_),
        }

    def resume(self, state: State) -> None:
        """Take up the terms that were learned before."""
        self._know(unpacked(state["terms"]), state["rarity"], float(state["unknown"]))

    def _know(self, terms: Sequence[str], rarity: np.ndarray, unknown: float) -> None:
        pairs = zip(terms, enumerate(rarity.tolist()), strict=True)
        self.rarity_ = dict(pairs)
        self.unknown_ = unknown

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

    def state(self) -> State:
        """What each part has learned, under its number."""
        states = [part.state() for _, part in self.parts]
        return {
            f"{n}.{name}": kept for n, state in enumerate(states) for name, kept in state.items()
        }

    def resume(self, state: State) -> None:
        """Take up what each part has learned before."""
        for n, (_, part) in enumerate(self.parts):
            own = {name: kept for name, kept in state.items() if name.startswith(f"{n}.")}
            part.resume({name.partition(".")[2]: kept for name, kept in own.items()})

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
