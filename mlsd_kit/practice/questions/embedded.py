"""Finds the fact that a question asks for, offline, from the case's phrasings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mlsd_kit.errors import UserError
from mlsd_kit.practice.questions.asides import bare, parts, sentences
from mlsd_kit.practice.questions.features import Beside, Vectors, by_words
from mlsd_kit.practice.questions.head import Head
from mlsd_kit.practice.questions.match import Askable, Kind, Match, Near
from mlsd_kit.practice.questions.topics import known_stems, word_topics
from mlsd_kit.practice.questions.turned_back import TURNED_BACK
from mlsd_kit.practice.questions.vocabulary import STOP_STEMS, forms, is_broad, plain, stems

WRONG_AT_MOST = 0.03
"""Share of the left-out questions that may get a wrong fact. They are harder than real ones, since
each phrasing of a fact is meant to differ from the others."""
SEVERAL = 1.1
"""Each of several facts has to be so much surer than one."""
TIE = 0.8
"""A fact that is nearly as likely as the best makes the question unclear."""
NEAR = 0.1
REASONS = tuple(TURNED_BACK)
OFF_TOPIC = "off topic"
NEVER = {"ask about me": "solution", "propose": "statement"}
"""Forms that are turned back whatever they are about."""
UNSURE = ("ask for solution", "ask for a term")


class WordMatcher:
    """Finds facts by words: those of the phrasings, of the field's vocabulary and of its topics.

    Args:
        facts: what may be asked, as in a case's ``spec.facts``.
        vectors: how texts are compared; by words unless told.
        turned_back: questions about the case that none of the facts answers.

    Raises:
        UserError: when there is nothing to ask.

    >>> from mlsd_kit.cases import load_case
    >>> matcher = WordMatcher(load_case("ctr_prediction").spec.facts)
    >>> matcher.match("Ok. And what QPS do we expect?").fact
    'traffic'
    >>> matcher.match("Which model should I use?").kind
    'unrelated'
    """

    def __init__(
        self,
        facts: Sequence[Askable],
        vectors: Vectors | None = None,
        turned_back: Sequence[str] = (),
    ) -> None:
        if not facts:
            raise UserError("a matcher needs facts that one may ask for")
        self.facts = [fact.id for fact in facts]
        self.vectors = vectors or Beside([(0.3, by_words()), (0.7, word_topics())])
        texts = [bare(text) for fact in facts for text in fact.ask]
        classes = [number for number, fact in enumerate(facts) for _ in fact.ask]
        self._known = {text: self.facts[n] for text, n in zip(texts, classes, strict=True)}
        self._heard = Counter(stem for text in texts for stem in set(stems(text)))
        signs = [self._signs(text, own=1) for text in texts]
        own = [bare(text) for text in turned_back]
        for number, (reason, known) in enumerate(TURNED_BACK.items(), len(facts)):
            examples = [*known, *own] if reason == OFF_TOPIC else known
            texts += examples
            classes += [number] * len(examples)
            signs += [self._signs(text) for text in examples]
        self._head = Head(len(facts))
        self._head.fit(self.vectors.fit(texts), np.array(classes), np.array(signs))
        self.threshold = _threshold(self._head.left_out_, self._head.best_ == np.array(classes))

    def match(self, question: str) -> Match:
        """What the question asks for."""
        asked = sentences(question)
        if not asked:
            return Match("vague", why="empty")
        every = [match for sentence in asked for match in self._sentence(sentence)]
        if len(asked) > 1 and not any(match.facts for match in every):
            every.append(self._single(bare(question[-400:])))
        return _together(every)

    def _sentence(self, sentence: str) -> list[Match]:
        """One match, or one for each question that the sentence joins."""
        whole = self._single(sentence)
        pieces = parts(sentence)
        if len(pieces) < 2 or sentence in self._known:
            return [whole]
        each = [self._single(piece) for piece in pieces]
        clear = [m for m in each if m.facts and m.confidence >= self.threshold * SEVERAL]
        if len({m.fact for m in clear}) > 1:
            return clear
        return [max([whole, *clear], key=lambda m: (bool(m.facts), m.confidence))]

    def _single(self, text: str) -> Match:
        """The match of one question in plain form."""
        if text in self._known:
            return Match("fact", (self._known[text],), 1.0)
        shapes = forms(text)
        judged = self._head.judge(self.vectors.of([text]), np.array([self._signs(text)]))
        best, sure = self.facts[judged.facts[0]], judged.likely[0]
        every = zip(judged.facts, judged.likely, strict=True)
        near = [Near(self.facts[fact], round(p, 3)) for fact, p in every if p >= NEAR]
        near.sort(key=lambda n: -n.confidence)
        others = tuple(n for n in near if n.fact != best)
        never = [why for form, why in NEVER.items() if form in shapes]
        if never or is_broad(text):
            why = never[0] if never else "vague"
        elif sure >= self.threshold and all(n.confidence <= TIE * sure for n in others):
            return Match("fact", (best,), sure, others)
        else:
            why = self._reason(judged.turned_back, sure, shapes)
        kind: Kind = "vague" if why in ("vague", "unclear") else "unrelated"
        return Match(kind, (), sure, tuple(near), why)

    def _reason(self, turned_back: int, sure: float, shapes: list[str]) -> str:
        if any(shape in UNSURE for shape in shapes):
            return "solution"
        return "unclear" if sure >= self.threshold / 2 else REASONS[turned_back]

    def _signs(self, text: str, own: int = 0) -> list[float]:
        """Whether the form is doubtful, and how much of the text was never heard of."""
        telling = [stem for stem in set(stems(text)) if stem not in STOP_STEMS]
        strange = [
            stem for stem in telling if stem not in known_stems() and self._heard[stem] <= own
        ]
        shapes = forms(plain(text))
        return [
            *(float(shape in shapes) for shape in UNSURE),
            float(len(strange)),
            len(strange) / max(1, len(telling)),
        ]


def _together(every: list[Match]) -> Match:
    """One match from those of the questions in a text."""
    facts = {m.fact: m for m in every if m.fact is not None}
    if not facts:
        return max(every, key=lambda m: m.confidence)
    found = list(facts.values())
    near = tuple(n for m in found for n in m.near if n.fact not in facts)
    sure = min(m.confidence for m in found)
    left = len(every) - sum(bool(m.facts) for m in every)
    note = "" if not left else "I answer what is clear to me; ask the rest on its own."
    kind: Kind = "several" if len(found) > 1 else "fact"
    return Match(kind, tuple(m.facts[0] for m in found), sure, near, "", note)


def _threshold(likely: np.ndarray, right: np.ndarray) -> float:
    """Lowest probability from which on few of all left-out questions get a wrong fact."""
    order = np.argsort(-likely, kind="stable")
    wrong = np.cumsum(~right[order])
    allowed = np.flatnonzero(wrong <= WRONG_AT_MOST * len(right))
    return float(likely[order[allowed[-1]]]) if len(allowed) else 1.0
