"""Finding the rubric's items in what a candidate says, sentence by sentence."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from mlsd_kit.errors import MissingExtra
from mlsd_kit.practice.grading.contrary import Contrary
from mlsd_kit.practice.grading.judged import Earned, How
from mlsd_kit.practice.grading.reasoning import FUNCTION_WORDS, gives_reason, is_sentence, sentences
from mlsd_kit.practice.questions.features import Beside, Vectors, Weighted, letters, words
from mlsd_kit.practice.questions.head import Head
from mlsd_kit.practice.questions.vocabulary import plain

WRONG_AT_MOST = 0.08
"""Share of left-out sentences that may be taken for a wrong item."""
UNCLEAR = 0.6
"""Share of the threshold from which on the candidate is asked."""
SHORT = 12
"""Words up to which a sentence is also read together with the next."""
ENOUGH = 20
"""Words from which on a longer sentence shows no more for being longer."""
AT_ONCE = 2
"""Items that a sentence may show: one about everything shows nothing."""
MOST = 800
"""Sentences and pairs of an interview that are read."""
REMEMBERED = 5000
"""Sentences whose items are kept for the next answer."""
_ORDER: tuple[How, ...] = ("unclear", "named", "reasoned")
_LEANS_BACK = {"that", "this", "otherwise", "because", "so", "it", "then", "without", "they"}
"""First words of a sentence that speaks of the one before it."""

Item = tuple[str, str]
"""Stage and id of an item of the rubric."""


class EvidenceFinder:
    """Finds items in sentences, learned from examples of each.

    Args:
        examples: item → sentences that show it.
        others: sentences that sound like an item and show nothing, or the contrary.
        contrary: doubts what is worded like a claim of the contrary; such a sentence is unclear at
            best.
        vectors: how sentences are compared; by the best that is installed unless told.
    """

    def __init__(
        self,
        examples: Mapping[Item, Sequence[str]],
        others: Sequence[str],
        vectors: Vectors | None = None,
        contrary: Contrary | None = None,
    ) -> None:
        self.items = list(examples)
        groups = [*(examples[item] for item in self.items), [*others, *small_talk()]]
        self.texts = [text for group in groups for text in group]
        self.classes = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        self._vectors = vectors or _vectors()
        self._head = Head(len(self.items))
        signs = np.array([_signs(text) for text in self.texts])
        self._head.fit(self._vectors.fit([plain(t) for t in self.texts]), self.classes, signs)
        self._contrary = contrary
        self._left_out = self._head.left_out_
        if contrary:
            self._left_out = np.where(contrary.left_out(self.texts), 0.0, self._left_out)
        self.threshold = _threshold(self._left_out, self._head.best_ == self.classes)
        self._known: dict[str, list[tuple[Item, float]]] = {}
        self._doubts: dict[str, bool] = {}

    def left_out(self) -> tuple[np.ndarray, np.ndarray]:
        """How each sentence learned from would be judged by what was learned from the others.

        Returns:
            The class that it is taken for, -1 for none, and its own, shape (n,) each; the classes
            of `items` come first, in their order.
        """
        taken = np.where(self._left_out >= self.threshold, self._head.best_, -1)
        return taken, self.classes

    def find(self, text: str) -> dict[Item, Earned]:
        """The best evidence for each item that a text may show; each line is an answer of its own.

        A list of terms shows nothing.
        """
        windows = [window for line in text.splitlines() for window in _windows(line)][:MOST]
        if len(self._known) > REMEMBERED:
            self._known.clear()
            self._doubts.clear()
        self._judge([said for said, _, _ in windows if said not in self._known])
        self._doubt(list({part for _, _, parts in windows for part in parts} - self._doubts.keys()))
        best: dict[Item, Earned] = {}
        for said, reason, parts in windows:
            for item, likely in self._known[said]:
                how: How = "reasoned" if reason else "named"
                if likely < self.threshold or any(self._doubts[part] for part in parts):
                    how = "unclear"
                found = Earned(item[1], said, how, round(likely, 3))
                if item not in best or _rank(found) > _rank(best[item]):
                    best[item] = found
        return best

    def _doubt(self, said: list[str]) -> None:
        doubts = self._contrary.doubts(said).tolist() if self._contrary else [False] * len(said)
        self._doubts.update(zip(said, doubts, strict=True))

    def _judge(self, windows: list[str]) -> None:
        if not windows:
            return
        vectors = self._vectors.of([plain(window) for window in windows])
        for row, window in enumerate(windows):
            judged = self._head.judge(vectors[row], np.array([_signs(window)]))
            every = list(zip(judged.facts, judged.likely, strict=True))[:AT_ONCE]
            low = UNCLEAR * self.threshold
            self._known[window] = [(self.items[n], p) for n, p in every if p >= low]


def _rank(found: Earned) -> tuple[int, float]:
    return _ORDER.index(found.how), found.confidence


def _windows(line: str) -> Iterator[tuple[str, bool, tuple[str, ...]]]:
    """The sentences of an answer, and pairs with a short one.

    Each with whether a reason is given, and the sentences that it is made of.

    The reason for a sentence may stand in the next one, when that speaks of it or both are short.
    """
    said = sentences(line)
    for first, second in itertools.zip_longest(said, said[1:], fillvalue=""):
        leans = plain(second).split(" ")[0] in _LEANS_BACK
        if is_sentence(first):
            reason = gives_reason(first) or (leans and gives_reason(second))
            yield first, reason, (first,)
        words = sorted((len(first.split()), len(second.split())))
        if second and words[0] <= SHORT and is_sentence(pair := f"{first} {second}"):
            reason = (leans or words[1] <= SHORT) and gives_reason(pair)
            yield pair, reason, (first, second)


def _signs(text: str) -> list[float]:
    said = plain(text).split()
    function = sum(word in FUNCTION_WORDS for word in said) / max(1, len(said))
    return [function, min(1.0, len(said) / ENOUGH)]


def _threshold(likely: np.ndarray, right: np.ndarray) -> float:
    order = np.argsort(-likely, kind="stable")
    wrong = np.cumsum(~right[order])
    allowed = np.flatnonzero(wrong <= WRONG_AT_MOST * len(right))
    return float(likely[order[allowed[-1]]]) if len(allowed) else 1.0


def by_terms() -> Beside:
    """Vectors from words and letters."""
    return Beside([(0.6, Weighted(words)), (0.4, Weighted(letters))])


def _vectors() -> Vectors:
    try:
        from mlsd_kit.practice.questions.sentences import Sentences

        return Beside([(0.8, Sentences()), (0.2, by_terms())])
    except MissingExtra:
        return by_terms()


@functools.cache
def small_talk() -> list[str]:
    """Sentences of an interview that show nothing."""
    lines = Path(__file__).with_name("small_talk.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
