"""Retrieval over the simulated catalogue: by words, by vectors learned from clicks, and fused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from mlsd_kit.models import InvertedIndex, reciprocal_rank_fusion

from .simulator import World

DIMENSIONS = 64
RAREST = 5
"""A word of fewer titles gets no vector."""


@dataclass(frozen=True)
class TermVectors:
    """A vector for each common word; queries and titles are weighted means of their words'."""

    row: dict[str, int]
    vectors: np.ndarray
    weight: np.ndarray

    def encode(self, texts: Sequence[Sequence[str]]) -> np.ndarray:
        """Unit vectors of tokenised texts, float32 (n, d); 0 where no word is known."""
        sums = (_bag(texts, self.row) * self.weight) @ self.vectors
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(sums / np.maximum(norms, 1e-12), dtype=np.float32)

    def near(self, word: str, k: int = 5) -> dict[str, float]:
        """The words with the highest cosine, best first."""
        unit = self.vectors / np.linalg.norm(self.vectors, axis=1, keepdims=True).clip(1e-12)
        cosine = unit @ unit[self.row[word]]
        names = list(self.row)
        order = [i for i in np.argsort(-cosine, kind="stable") if names[i] != word][:k]
        return {names[i]: float(cosine[i]) for i in order}


def learn_vectors(
    titles: Sequence[Sequence[str]],
    index: InvertedIndex,
    clicked: tuple[list[list[str]], list[list[str]], np.ndarray] | None = None,
    share: float = 1.0,
) -> TermVectors:
    """Learn word vectors from titles, and from the titles clicked for queries.

    Words that occur together are counted: in titles, and across query and clicked title. Positive
    pointwise mutual information of the counts is factorised (Levy and Goldberg, NIPS 2014). So
    *couch* comes near *sofa* because both go with *cushions*, and because people who ask for one
    click on the other.

    Args:
        titles: tokens of each product.
        index: over the same titles; its document frequencies are used.
        clicked: query tokens, title tokens and clicks of each pair; titles alone by default.
        share: weight of the clicks' counts against the titles'.
    """
    common = [t for t, n in index.statistics_.document_frequency.items() if n >= RAREST]
    row = {token: i for i, token in enumerate(sorted(common))}
    bag = _bag(titles, row)
    together = np.asarray((bag.T @ bag).todense(), dtype=float)
    np.fill_diagonal(together, 0)
    if clicked is not None:
        queries, products, clicks = clicked
        across = _bag(queries, row).T @ sparse.diags_array(np.log1p(clicks)) @ _bag(products, row)
        across = np.asarray(across.todense(), dtype=float)
        across = across + across.T
        together = together / together.sum() + share * across / max(across.sum(), 1e-12)
    expected = np.outer(together.sum(axis=1), together.sum(axis=0)) / together.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.log(together / expected)
    information = np.where(np.isfinite(information) & (information > 0), information, 0)
    values, vectors = np.linalg.eigh(information)
    top = np.argsort(-values)[:DIMENSIONS]
    largest = np.abs(vectors[:, top]).argmax(axis=0)
    sign = np.sign(vectors[largest, top])  # which of ±v is found depends on the machine
    scaled = vectors[:, top] * sign * np.sqrt(values[top].clip(0))
    idf = np.array([index.statistics_.idf(token) for token in row])
    return TermVectors(row, scaled, idf)


@dataclass(frozen=True)
class Retriever:
    """The k best products of every query, by words, by vectors, and by both."""

    world: World
    index: InvertedIndex
    terms: TermVectors
    products: np.ndarray
    """Vectors of all titles."""
    queries: np.ndarray

    @classmethod
    def build(cls, world: World, index: InvertedIndex, terms: TermVectors) -> Retriever:
        """Encode all titles and queries."""
        return cls(world, index, terms, terms.encode(world.titles), terms.encode(world.words))

    def by_words(self, k: int) -> list[np.ndarray]:
        """BM25."""
        return [self.index.search(words, k)[0] for words in self.world.words]

    def by_vectors(self, k: int) -> list[np.ndarray]:
        """The highest cosines, found exactly; none for a query without a known word."""
        found: list[np.ndarray] = []
        for part in np.array_split(self.queries, max(1, len(self.queries) // 250)):
            cosine = (part @ self.products.T).round(5)
            best = np.argpartition(-cosine, k - 1, axis=1)[:, :k]
            order = np.lexsort((best, -np.take_along_axis(cosine, best, 1)), axis=1)
            found.extend(np.take_along_axis(best, order, 1))
        known = np.asarray(self.queries.any(axis=1))
        return [row if ok else row[:0] for row, ok in zip(found, known, strict=True)]

    def lists(self, k: int) -> dict[str, list[np.ndarray]]:
        """The k best by each way; fused: reciprocal rank fusion of the two lists, cut at k."""
        words, vectors = self.by_words(k), self.by_vectors(k)
        pairs = zip(words, vectors, strict=True)
        fused = [reciprocal_rank_fusion(pair, k)[0] for pair in pairs]
        return {"BM25": words, "vectors": vectors, "fused": fused}


def recall(world: World, lists: Sequence[np.ndarray], k: int) -> np.ndarray:
    """Full matches found by each query over those that could be among k, shape (queries,)."""
    found = np.empty(len(lists))
    for query, products in enumerate(lists):
        wanted = world.full_matches(query)
        found[query] = np.isin(products[:k], wanted).sum() / max(1, min(k, len(wanted)))
    return found


def _bag(texts: Sequence[Sequence[str]], row: dict[str, int]) -> sparse.csr_array:
    """Which words each text has, (texts, words)."""
    known = [[row[token] for token in text if token in row] for text in texts]
    text = np.repeat(np.arange(len(texts)), [len(words) for words in known])
    word = np.array([w for words in known for w in words], dtype=np.int64)
    shape = (len(texts), len(row))
    bag = sparse.csr_array((np.ones(len(word)), (text, word)), shape=shape)
    bag.sum_duplicates()
    bag.data[:] = 1.0
    return bag
