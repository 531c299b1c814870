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


def features(retriever: Retriever, query: np.ndarray, product: np.ndarray) -> pd.DataFrame:
    """Features of pairs, float32: the query's, the product's, and those of both together.

    Pairs of a query have to stand together. A rating is missing (NaN) before the first review.
    """
    world, shown = retriever.world, retriever.world.products
    words = world.words
    lexical, overlap = np.empty(len(query)), np.empty(len(query))
    title_words = [set(title) for title in world.titles]
    for rows in _runs(query):
        asked = words[query[rows[0]]]
        lexical[rows] = retriever.index.scores(asked)[product[rows]]
        overlap[rows] = [
            sum(w in title_words[p] for w in asked) / len(asked) for p in product[rows]
        ]
    price = np.log(shown["price"].to_numpy()[product])
    columns = {
        "bm25": lexical,
        "cosine": np.einsum("ij,ij->i", retriever.queries[query], retriever.products[product]),
        "words_in_title": overlap,
        "query_words": np.array([len(w) for w in words])[query],
        "query_frequency": np.log(world.frequency[query]),
        "title_words": np.array([len(t) for t in world.titles])[product],
        "price": price,
        "price_against_rivals": price - _median_of(query, price),
        "rating": shown["rating"].to_numpy()[product],
        "reviews": np.log1p(shown["reviews"].to_numpy()[product]),
        "sales": np.log1p(shown["sales"].to_numpy()[product]),
        "age_days": shown["age_days"].to_numpy()[product],
        "photo_score": shown["photo_score"].to_numpy()[product],
    }
    return pd.DataFrame({name: np.float32(np.round(v, 4)) for name, v in columns.items()})


def bm25_by_hand(world: World, index: InvertedIndex, query: int, product: np.ndarray) -> np.ndarray:
    """BM25 of products for one query, word by word from the formula: what the index must give."""
    known = index.statistics_
    found = np.zeros(len(product))
    for i, p in enumerate(product):
        title = world.titles[p]
        norm = index.k1 * (1 - index.b + index.b * len(title) / known.mean_length)
        for word in world.words[query]:
            times = title.count(word)
            found[i] += known.idf(word) * times * (index.k1 + 1) / (times + norm)
    return found


def present_score(world: World, lexical: np.ndarray, product: np.ndarray) -> np.ndarray:
    """The ranking in service: BM25, and what has sold before."""
    sales = np.log1p(world.products["sales"].to_numpy())
    return np.asarray(lexical + SALES_WEIGHT * ((sales - sales.mean()) / sales.std())[product])


def judge(retriever: Retriever, lists: list[np.ndarray]) -> Judged:
    """Candidates of queries with features, grades and the truth."""
    world = retriever.world
    query, product = pairs(lists)
    X = features(retriever, query, product)
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
