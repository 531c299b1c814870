"""What the ranking model sees of a pair of query and product."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlsd_kit.models import InvertedIndex

from .judged import Judged
from .retrieval import Retriever
from .simulator import World

SALES_WEIGHT = 1.5
"""How much the ranking in service adds to BM25 for a standard deviation of log sales."""


def pairs(lists: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Lists of products as two columns, query and product, in order of queries and products."""
    query = np.repeat(np.arange(len(lists)), [len(products) for products in lists])
    return query, np.concatenate([np.sort(products) for products in lists])


def lexical(
    world: World, index: InvertedIndex, query: np.ndarray, product: np.ndarray
) -> pd.DataFrame:
    """BM25 of pairs, and the share of the query's words that are in the title, float32.

    Pairs of a query have to stand together.
    """
    found = np.empty((len(query), 2))
    starts, documents = index.postings_.indptr, index.postings_.indices
    for rows in _runs(query):
        words = world.words[query[rows[0]]]
        said = np.zeros(len(index))
        for row in (index.row_[word] for word in words if word in index.row_):
            said[documents[starts[row] : starts[row + 1]]] += 1
        found[rows, 0] = index.scores(words)[product[rows]]
        found[rows, 1] = said[product[rows]] / len(words)
    columns = ["bm25", "words_in_title"]
    return pd.DataFrame(found.round(4).astype(np.float32), columns=columns)


def features(retriever: Retriever, query: np.ndarray, product: np.ndarray) -> pd.DataFrame:
    """Features of pairs, float32: the query's, the product's, and those of both together.

    Pairs of a query have to stand together. A rating is missing (NaN) before the first review.
    """
    world, shown = retriever.world, retriever.world.products.iloc[product]
    price = np.log(shown["price"].to_numpy())
    columns = {
        "cosine": np.einsum("ij,ij->i", retriever.queries[query], retriever.products[product]),
        "query_words": np.array([len(w) for w in world.words])[query],
        "query_frequency": np.log(world.frequency[query]),
        "title_words": np.array([len(t) for t in world.titles])[product],
        "price": price,
        "price_against_rivals": price - _median_of(query, price),
        "rating": shown["rating"].to_numpy(),
        "reviews": np.log1p(shown["reviews"].to_numpy()),
        "sales": np.log1p(shown["sales"].to_numpy()),
        "age_days": shown["age_days"].to_numpy(),
        "photo_score": shown["photo_score"].to_numpy(),
    }
    both = lexical(world, retriever.index, query, product)
    return both.assign(**{name: np.float32(np.round(v, 4)) for name, v in columns.items()})


def present_score(world: World, lexical: np.ndarray, product: np.ndarray) -> np.ndarray:
    """The ranking in service: BM25, and what has sold before."""
    sales = np.log1p(world.products["sales"].to_numpy())
    return np.asarray(lexical + SALES_WEIGHT * ((sales - sales.mean()) / sales.std())[product])


def judge(retriever: Retriever, lists: list[np.ndarray]) -> Judged:
    """Candidates of queries with features, grades and the truth."""
    query, product = pairs(lists)
    return _judged(retriever.world, query, product, features(retriever, query, product))


def served(world: World, index: InvertedIndex, candidates: int) -> Judged:
    """What the search in service ranks: the best by BM25, without vectors or other features yet."""
    query, product = pairs([index.search(words, candidates)[0] for words in world.words])
    return _judged(world, query, product, lexical(world, index, query, product))


def _judged(world: World, query: np.ndarray, product: np.ndarray, X: pd.DataFrame) -> Judged:
    return Judged(
        X,
        query,
        world.grade(query, product),
        world.attraction(query, product),
        world.purchase(product),
        present_score(world, X["bm25"].to_numpy(float), product),
        pd.Series(world.frequency),
        product,
    )


def _runs(query: np.ndarray) -> list[np.ndarray]:
    return np.split(np.arange(len(query)), np.flatnonzero(np.diff(query)) + 1) if len(query) else []


def _median_of(query: np.ndarray, values: np.ndarray) -> np.ndarray:
    return pd.Series(values).groupby(query).transform("median").to_numpy()
