"""Finding the rubric's items in what a candidate says, sentence by sentence."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlsd_kit.errors import MissingExtra
from mlsd_kit.practice.grading.judged import Earned, How
from mlsd_kit.practice.grading.reasoning import FUNCTION_WORDS, gives_reason, sentences
from mlsd_kit.practice.questions.features import Beside, Vectors, Weighted, letters, words
from mlsd_kit.practice.questions.head import Head
from mlsd_kit.practice.questions.vocabulary import plain

WRONG_AT_MOST = 0.06
"""Share of left-out sentences that may be taken for a wrong item."""
UNCLEAR = 0.6
"""Share of the threshold from which on the candidate is asked."""
SHORT = 12
"""Words up to which a sentence is also read together with the next."""
_ORDER: tuple[How, ...] = ("unclear", "named", "reasoned")

Item = tuple[str, str]
"""Stage and id of an item of the rubric."""


class EvidenceFinder:
    """Finds items in sentences, learned from examples of each.

    Args:
        examples: item → sentences that show it.
        others: sentences that show none.
    """

    def __init__(self, examples: dict[Item, list[str]], others: Sequence[str]) -> None:
        self.items = list(examples)
        texts = [text for item in self.items for text in examples[item]]
        classes = [n for n, item in enumerate(self.items) for _ in examples[item]]
        none = [*others, *small_talk()]
        texts += none
        classes += [len(self.items)] * len(none)
        self._vectors = _vectors()
        self._head = Head(len(self.items))
        signs = np.array([_signs(text) for text in texts])
        self._head.fit(self._vectors.fit([plain(t) for t in texts]), np.array(classes), signs)
        likely, right = self._head.left_out_, self._head.best_ == np.array(classes)
        self.threshold = _threshold(likely, right)
        self._known: dict[str, list[tuple[Item, float]]] = {}

    def find(self, text: str) -> dict[Item, Earned]:
        """The best evidence for each item that a text may show."""
        said = sentences(text)
        windows = list(said)
        for first, second in itertools.pairwise(said):
            if min(len(first.split()), len(second.split())) <= SHORT:
                windows.append(f"{first} {second}")
        self._judge([window for window in windows if window not in self._known])
        reasons = [gives_reason(window) for window in windows]
        for n in range(len(said) - 1):  # a reason may follow in the next sentence
            reasons[n] = reasons[n] or (gives_reason(said[n + 1]) and _leans_back(said[n + 1]))
        best: dict[Item, Earned] = {}
        for window, reason in zip(windows, reasons, strict=True):
            for item, likely in self._known[window]:
                how: How = "reasoned" if reason else "named"
                if likely < self.threshold:
                    how = "unclear"
                found = Earned(item[1], window, how, round(likely, 3))
                if item not in best or _rank(found) > _rank(best[item]):
                    best[item] = found
        return best

    def _judge(self, windows: list[str]) -> None:
        if not windows:
            return
        if len(self._known) > 5000:
            self._known.clear()
        vectors = self._vectors.of([plain(window) for window in windows])
        for row, window in enumerate(windows):
            judged = self._head.judge(vectors[row], np.array([_signs(window)]))
            every = zip(judged.facts, judged.likely, strict=True)
            low = UNCLEAR * self.threshold
            self._known[window] = [(self.items[n], p) for n, p in every if p >= low]


def _rank(found: Earned) -> tuple[int, float]:
    return _ORDER.index(found.how), found.confidence


def _leans_back(sentence: str) -> bool:
    """Whether a sentence speaks of the one before it."""
    first = plain(sentence).split(" ")[0]
    return first in {"that", "this", "otherwise", "because", "so", "it", "then", "without", "they"}


def _signs(text: str) -> list[float]:
    said = plain(text).split()
    return [sum(word in FUNCTION_WORDS for word in said) / max(1, len(said)), len(said) / 20]


def _threshold(likely: np.ndarray, right: np.ndarray) -> float:
    order = np.argsort(-likely, kind="stable")
    wrong = np.cumsum(~right[order])
    allowed = np.flatnonzero(wrong <= WRONG_AT_MOST * len(right))
    return float(likely[order[allowed[-1]]]) if len(allowed) else 1.0


def _vectors() -> Vectors:
    by_word: list[tuple[float, Any]] = [(0.6, Weighted(words)), (0.4, Weighted(letters))]
    try:
        from mlsd_kit.practice.questions.sentences import Sentences

        return Beside([(0.8, Sentences()), (0.2, Beside(by_word))])
    except MissingExtra:
        return Beside(by_word)


@functools.cache
def small_talk() -> list[str]:
    """Sentences of an interview that show nothing."""
    lines = Path(__file__).with_name("small_talk.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
