"""An inverted index with BM25 scores, whole or split over shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd
from scipy import sparse


@dataclass(frozen=True)
class CollectionStatistics:
    """What BM25 needs to know of the whole collection; shards that share it score alike."""

    documents: int
    mean_length: float
    document_frequency: dict[str, int]

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]]) -> CollectionStatistics:
        """Count the documents, their mean length in tokens, and how many have each token.

        >>> CollectionStatistics.of([["red", "sofa"], ["sofa"]]).document_frequency["sofa"]
        2
        """
        lengths = [len(document) for document in documents]
        counts = Counter(chain.from_iterable(map(set, documents)))
        return cls(len(lengths), float(np.mean(lengths)) if lengths else 0.0, dict(counts))

    def idf(self, token: str) -> float:
        """log(1 + (N − n + ½) / (n + ½)) of a token that n of N documents have; never negative."""
        n = self.document_frequency.get(token, 0)
        return float(np.log1p((self.documents - n + 0.5) / (n + 0.5)))


class InvertedIndex:
    """Documents by token, with the BM25 weight of each pair stored in the postings.

    A document's score is the sum over the query's tokens of idf · tf (k1 + 1) / (tf + k1 (1 − b +
    b · length / mean length)) (Robertson and Zaragoza, "The Probabilistic Relevance Framework",
    2009; the idf is Lucene's, which is never negative).

    Args:
        k1: how soon further occurrences of a token stop to count.
        b: how far long documents are marked down, 0 to 1.

    >>> index = InvertedIndex().fit([["red", "sofa"], ["blue", "sofa"], ["red", "rug"]])
    >>> index.search(["red", "sofa"], k=2)[0].tolist()
    [0, 1]
    """

    def __init__(self, k1: float = 1.2, b: float = 0.75) -> None:
        self.k1 = k1
        self.b = b

    def fit(
        self,
        documents: Sequence[Sequence[str]],
        statistics: CollectionStatistics | None = None,
    ) -> InvertedIndex:
        """Index tokenised documents; document i is number i.

        Args:
            documents: the tokens of each document.
            statistics: of the whole collection, where this is one shard of it; by default those
                of the documents given.

        Raises:
            ValueError: when there is no document.
        """
        if not len(documents):
            raise ValueError("an index needs at least one document")
        self.statistics_ = statistics or CollectionStatistics.of(documents)
        lengths = np.array([len(document) for document in documents])
        rows = np.repeat(np.arange(len(documents)), lengths)
        codes, tokens = pd.factorize(np.array(list(chain.from_iterable(documents)), dtype=object))
        self.row_ = {token: row for row, token in enumerate(tokens)}
        shape = (len(tokens), len(documents))
        counts = sparse.coo_array((np.ones(len(rows)), (codes, rows)), shape=shape).tocsr()
        idf = np.array([self.statistics_.idf(token) for token in tokens])
        relative = lengths / max(self.statistics_.mean_length, 1e-12)
        norm = self.k1 * (1 - self.b + self.b * relative[counts.indices])
        of_token = np.repeat(idf, np.diff(counts.indptr))
        counts.data = of_token * counts.data * (self.k1 + 1) / (counts.data + norm)
        self.postings_ = counts
        return self

    def __len__(self) -> int:
        return self.postings_.shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes of the postings: document numbers, weights and where each token's begin."""
        p = self.postings_
        return int(p.indices.nbytes + p.data.nbytes + p.indptr.nbytes)

    def scores(self, query: Sequence[str]) -> np.ndarray:
        """BM25 score of every document, shape (n,); a token that is said twice counts twice."""
        total = np.zeros(len(self))
        starts, documents, weights = (
            self.postings_.indptr, self.postings_.indices, self.postings_.data,
        )  # fmt: skip
        for token in query:
            row = self.row_.get(token)
            if row is not None:
                posting = slice(starts[row], starts[row + 1])
                total[documents[posting]] += weights[posting]
        return total

    def search(self, query: Sequence[str], k: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and scores of the k best documents, best first; only those with a token of it.

        Of equal scores the lower number comes first.
        """
        return best(self.scores(query), k)


def best(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and values of the k largest positive scores; of equal ones the first."""
    found = np.flatnonzero(scores > 0)
    if len(found) > k:
        least = np.partition(scores[found], len(found) - k)[len(found) - k]
        above = found[scores[found] > least]
        level = found[scores[found] == least][: k - len(above)]
        found = np.concatenate([above, level])
    found = found[np.lexsort((found, -scores[found]))]
    return found, scores[found]


def merge_shards(
    answers: Sequence[tuple[np.ndarray, np.ndarray]], k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k best of what shards answered: global numbers and scores, as `InvertedIndex.search`.

    >>> first, second = (np.array([4, 7]), np.array([2.0, 1.0])), (np.array([1]), np.array([2.0]))
    >>> merge_shards([first, second], k=2)[0].tolist()
    [1, 4]
    """
    numbers = np.concatenate([numbers for numbers, _ in answers])
    scores = np.concatenate([scores for _, scores in answers])
    order = np.lexsort((numbers, -scores))[:k]
    return numbers[order], scores[order]
