"""A simulated product search whose truth is known: what attracts, what is bought, who looks where.

Assumptions, none of them measured:

- *Products* are of a kind (sofa, kettle …); frequencies of kinds are Zipf with exponent 0.7. A
  title has the brand, a style, material and colour (each left out 15 % of the time), one word for
  the kind, two words that go with it, and a series number.
- *Synonyms*: sellers and buyers each prefer one of the words for a kind, not always the same one.
- *Queries* name a kind and up to four attributes, or (8 %) a brand and a series number: one
  product. Frequencies are Zipf with exponent 0.8; shorter queries tend to be the frequent ones.
- *Match* is 0 for another kind, 1 for the kind, 2 for at least half of the wishes, 3 for all.
- *Attraction*, the probability of a click on a result that is looked at, rises with match, quality
  and the photo's appeal and falls with price. *Purchase*, given a click, rises with quality and
  falls with price and with appeal: a photo that promises too much.
- *Judges* see the match, and give one grade more (4) to a full match of good quality.
- *Sales* so far grow with age and only weakly with quality, so they favour what is old.
- *Looks*: rank k is examined with probability 1 / k^η, whatever stands above it (position-based
  model): no trust in the first rank, no search given up. Every search shows ten results.
- New products come at a constant rate; a quarter of the queries for a series ask for one of the
  last three days.
- Sellers' sizes are Zipf with exponent 0.8; the ten largest of 400 are cheaper than the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .vocabulary import COLOURS, KINDS, MATERIALS, STYLES, SYLLABLES

ETA = 1.0
"""Examination falls with the rank as 1 / k^ETA."""
PLACES = 10
NEW_PER_DAY = 0.02
SELLERS, LARGE = 400, 10
ATTRACTION = np.array([0.01, 0.05, 0.15, 0.35])
WISHES = ("colour", "material", "style", "brand")
GOOD = 0.3
"""Quality (standard deviations) above which a full match is of grade 4."""

KIND_WORDS = [words.split() for kinds in KINDS.values() for words, _ in kinds]
CONTEXT = [words.split() for kinds in KINDS.values() for _, words in kinds]
ATTRIBUTES = {"colour": COLOURS.split(), "material": MATERIALS.split(), "style": STYLES.split()}
DEPARTMENT = np.repeat(np.arange(len(KINDS)), [len(kinds) for kinds in KINDS.values()])


def examination(eta: float = ETA) -> np.ndarray:
    """Probability that each of the ten places is looked at, shape (10,)."""
    return np.arange(1, PLACES + 1) ** -eta


@dataclass
class World:
    """A catalogue and the queries asked of it; the same seed gives the same world."""

    seed: int
    n_products: int = 20_000
    n_queries: int = 1_500
    products: pd.DataFrame = field(init=False, repr=False)
    """One row a product, as the shop knows it."""
    queries: pd.DataFrame = field(init=False, repr=False)
    """One row a distinct query: its text, share of the traffic and band."""
    titles: list[list[str]] = field(init=False, repr=False)
    words: list[list[str]] = field(init=False, repr=False)
    """The tokens of each query."""

    def __post_init__(self) -> None:
        rng = np.random.default_rng([self.seed, 0])
        self._make_products(rng)
        self._make_queries(np.random.default_rng([self.seed, 1]))

    @property
    def frequency(self) -> np.ndarray:
        """Share of the traffic of each query, shape (n_queries,)."""
        return self.queries["share"].to_numpy()

    def _make_products(self, rng: np.random.Generator) -> None:
        n, kinds = self.n_products, len(KIND_WORDS)
        parts = SYLLABLES.split()
        brands = [a + b + c for a in parts for b in parts for c in ("n", "ra", "x")]
        self.names: dict[str, Sequence[str]] = {
            **ATTRIBUTES,
            "brand": [brands[i] for i in rng.permutation(len(brands))[:150]],
        }
        popular = rng.permutation(np.arange(1, kinds + 1) ** -0.7)
        self.kind = _sample(rng, popular, n)
        self._kind_share = popular
        self.wish = {
            "colour": _sample(rng, np.arange(1, len(self.names["colour"]) + 1) ** -0.5, n),
            "material": rng.integers(0, len(self.names["material"]), n),
            "style": rng.integers(0, len(self.names["style"]), n),
            "brand": _sample(rng, np.arange(1, len(self.names["brand"]) + 1) ** -0.6, n),
        }
        self.quality, self.appeal = rng.normal(size=n), rng.normal(size=n)
        seller = _sample(rng, np.arange(1, SELLERS + 1) ** -0.8, n)
        self.price_z = rng.normal(size=n) - 0.8 * (seller < LARGE)
        self.age_days = rng.uniform(0, 1 / NEW_PER_DAY, n)
        reviews = rng.poisson(0.4 * self.age_days * np.exp(0.3 * rng.normal(size=n)))
        rating = 3.8 + 0.6 * self.quality + 1.2 * rng.normal(size=n) / np.sqrt(reviews + 1)
        sales = np.log1p(self.age_days) + 0.25 * self.quality + 0.9 * rng.normal(size=n)
        self.series = np.array([f"{chr(97 + i % 26)}{i:05d}" for i in rng.permutation(n)])
        self.titles = self._titles(rng)
        base = rng.uniform(2.5, 6.0, kinds)
        self.products = pd.DataFrame(
            {
                "title": [" ".join(title) for title in self.titles],
                "price": np.exp(base[self.kind] + 0.35 * self.price_z).round(2),
                "rating": np.where(reviews > 0, rating.clip(1, 5).round(1), np.nan),
                "reviews": reviews,
                "sales": np.expm1(sales.clip(0)).round().astype(int),
                "age_days": self.age_days.round(2),
                "seller": seller,
                "photo_score": (self.appeal + 0.5 * rng.normal(size=n)).round(2),
                "department": np.array(list(KINDS))[DEPARTMENT[self.kind]],
            }
        )

    def _titles(self, rng: np.random.Generator) -> list[list[str]]:
        said = {wish: rng.random(self.n_products) > 0.15 for wish in WISHES}
        self._sellers_word = [rng.permutation(len(words)) for words in KIND_WORDS]
        choice = rng.random(self.n_products)
        pair = rng.integers(0, 3, self.n_products)
        titles = []
        for i, kind in enumerate(self.kind):
            title = [self.names[w][self.wish[w][i]] for w in reversed(WISHES) if said[w][i]]
            title.append(_preferred(KIND_WORDS[kind], self._sellers_word[kind], choice[i]))
            context = CONTEXT[kind]
            titles.append([*title, context[pair[i]], context[(pair[i] + 1) % 3], self.series[i]])
        return titles

    def _make_queries(self, rng: np.random.Generator) -> None:
        n = self.n_queries
        buyers_word = [rng.permutation(len(words)) for words in KIND_WORDS]
        kind = _sample(rng, self._kind_share, 4 * n)
        wanted = rng.random((4 * n, len(WISHES))) < (0.45, 0.35, 0.25, 0.2)
        example = np.array([rng.choice(np.flatnonzero(self.kind == k)) for k in kind])
        target = np.where(rng.random(4 * n) < 0.08, example, -1)
        fresh = np.flatnonzero(self.age_days < 3)
        target = np.where(
            (target >= 0) & (rng.random(4 * n) < 0.25), rng.choice(fresh, 4 * n), target
        )
        choice = rng.random(4 * n)
        rows: dict[str, tuple[int, int, list[str]]] = {}
        for i in range(4 * n):
            if target[i] >= 0:
                brand = self.names["brand"][self.wish["brand"][target[i]]]
                words = [brand, self.series[target[i]]]
            else:
                words = [
                    self.names[wish][self.wish[wish][example[i]]]
                    for j, wish in enumerate(WISHES) if wanted[i, j]
                ]  # fmt: skip
                words.append(_preferred(KIND_WORDS[kind[i]], buyers_word[kind[i]], choice[i]))
            rows.setdefault(" ".join(words), (i, len(words), words))
        kept = list(rows.items())[:n]
        length = np.array([row[1] for _, row in kept])
        order = np.argsort(length + 1.2 * rng.normal(size=len(kept)), kind="stable")
        kept = [kept[i] for i in order]
        source = np.array([row[0] for _, row in kept])
        self.words = [row[2] for _, row in kept]
        self.target = target[source]
        self.query_kind = np.where(self.target >= 0, self.kind[self.target], kind[source])
        self._query_wish = np.column_stack(
            [
                np.where(wanted[source, j], self.wish[w][example[source]], -1)
                for j, w in enumerate(WISHES)
            ]
        )
        share = np.arange(1, len(kept) + 1) ** -0.8
        self.queries = pd.DataFrame(
            {
                "query": [text for text, _ in kept],
                "words": [len(words) for words in self.words],
                "share": share / share.sum(),
            }
        )
        self.queries["band"] = _bands(self.queries["share"].to_numpy())

    def match(self, query: np.ndarray, product: np.ndarray) -> np.ndarray:
        """How far products are what queries ask for, 0 to 3, for pairs of shape (n,)."""
        kind = self.kind[product] == self.query_kind[query]
        wished, met = np.zeros(len(query)), np.zeros(len(query))
        for j, wish in enumerate(WISHES):
            value = self._query_wish[query, j]
            wished += value >= 0
            met += (value >= 0) & (value == self.wish[wish][product])
        level = np.where(met >= wished, 3, np.where(2 * met >= wished, 2, 1))
        target = self.target[query]
        brand = self.wish["brand"][product] == self.wish["brand"][target]
        named = np.where(product == target, 3, np.where(brand, 2, 1))
        return np.where(kind, np.where(target >= 0, named, level), 0)

    def attraction(self, query: np.ndarray, product: np.ndarray) -> np.ndarray:
        """True probability of a click on a result that is looked at."""
        base = ATTRACTION[self.match(query, product)]
        odds = np.log(base / (1 - base)) + 0.6 * self.quality[product]
        return _sigmoid(odds + 0.5 * self.appeal[product] - 0.5 * self.price_z[product])

    def purchase(self, product: np.ndarray) -> np.ndarray:
        """True probability that a click leads to a purchase."""
        return _sigmoid(
            -3
            + 0.8 * self.quality[product]
            - 0.3 * self.price_z[product]
            - 0.6 * self.appeal[product]
        )

    def grade(self, query: np.ndarray, product: np.ndarray) -> np.ndarray:
        """The grade that a judge gives, 0 to 4."""
        level = self.match(query, product)
        return level + ((level == 3) & (self.quality[product] > GOOD))

    def full_matches(self, query: int) -> np.ndarray:
        """Every product that meets all wishes of a query."""
        same = np.flatnonzero(self.kind == self.query_kind[query])
        return same[self.match(np.full(len(same), query), same) == 3]

    def searches(self, n: int, stream: int = 0) -> np.ndarray:
        """Queries drawn as they are asked, shape (n,)."""
        rng = np.random.default_rng([self.seed, 2, stream])
        return _sample(rng, self.frequency, n)


def _bands(share: np.ndarray) -> pd.Categorical[str]:
    """Head, torso and tail: the most frequent third of the searches, the next, the last."""
    before = np.cumsum(share) - share
    codes = np.minimum((3 * before).astype(int), 2)
    return pd.Categorical.from_codes(codes, pd.Index(["head", "torso", "tail"]))


def _preferred(words: list[str], order: np.ndarray, draw: float) -> str:
    """One of the words: the first in the order 70 % of the time, else one of the others."""
    rest = len(words) - 1
    return words[order[0 if draw < 0.7 else 1 + int((draw - 0.7) / 0.3 * rest)]]


def _sample(rng: np.random.Generator, weight: np.ndarray, n: int) -> np.ndarray:
    edges = np.cumsum(weight)
    return np.searchsorted(edges / edges[-1], rng.random(n), side="right")


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))
