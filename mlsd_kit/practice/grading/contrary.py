"""Telling a claim that is dismissed or turned round from an argument, by its wording alone.

Sentence vectors hardly see the difference between "an interval is needed" and "no interval is
needed". How a claim is worded tells it in every case alike, so all cases are learned from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

DOUBTED_AT_MOST = 0.02
"""Share of right sentences, left out of learning, that may be doubted."""
FOLDS = 5
STRENGTH = 10.0
WORD = r"[\w']+|[,;]"


class Contrary:
    """Doubts sentences that are worded like claims of the contrary, learned from examples.

    Args:
        right: sentences that show or name an item.
        wrong: sentences with a reason that sound like an item and claim something else.
    """

    def __init__(self, right: Iterable[str], wrong: Iterable[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        kinds = dict.fromkeys(right, False) | dict.fromkeys(wrong, True)
        texts, contrary = list(kinds), np.array(list(kinds.values()))
        self._vectors = TfidfVectorizer(
            ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=WORD
        )
        rows = self._vectors.fit_transform(texts)
        self._model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000)
        doubts = np.empty(len(texts))
        fold = np.arange(len(texts)) % FOLDS
        for number in range(FOLDS):
            self._model.fit(rows[fold != number], contrary[fold != number])
            doubts[fold == number] = self._model.decision_function(rows[fold == number])
        self._model.fit(rows, contrary)
        self.bound = float(np.quantile(doubts[~contrary], 1 - DOUBTED_AT_MOST))
        self._left_out = dict(zip(texts, doubts, strict=True))

    def doubts(self, texts: Sequence[str]) -> np.ndarray:
        """Whether each text is doubted, shape (n,)."""
        if not texts:
            return np.zeros(0, dtype=bool)
        found: np.ndarray = self._model.decision_function(self._vectors.transform(texts))
        return found > self.bound

    def left_out(self, texts: Sequence[str]) -> np.ndarray:
        """Whether each would be doubted had it not been learned from; others are not doubted."""
        return np.array([self._left_out.get(text, -np.inf) for text in texts]) > self.bound
