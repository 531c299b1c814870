"""Finds the fact that a question asks for, offline, from the case's phrasings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np

from mlsd_kit.errors import UserError
from mlsd_kit.practice.questions.asides import bare, has_lead, parts, sentences
from mlsd_kit.practice.questions.curved import CurvedHead
from mlsd_kit.practice.questions.features import (
    Beside,
    State,
    Vectors,
    by_words,
    nearness,
    packed,
    unpacked,
)
from mlsd_kit.practice.questions.frames import Frames
from mlsd_kit.practice.questions.match import Askable, Kind, Match, Near
from mlsd_kit.practice.questions.topics import known_stems, word_topics
from mlsd_kit.practice.questions.turned_back import ASKED_ELSEWHERE, TURNED_BACK
from mlsd_kit.practice.questions.vocabulary import STOP_STEMS, forms, is_broad, stems

SURE = 0.76
"""Probability from which on a fact is told."""
TOO_NEAR = 0.7
"""Nearness to a phrasing from which on a question asked elsewhere may be one for the fact."""
ENOUGH = 300
"""Questions about the case itself from which on those asked elsewhere add nothing."""
SEVERAL = 1.1
"""Each of several facts has to be so much surer than one."""
TIE = 0.8
"""A fact that is nearly as likely as the best makes the question unclear."""
NEAR = 0.1
LONGEST_LEAD = 400
"""Letters that are read as one where other sentences lead to the question."""
REASONS = tuple(TURNED_BACK)
OFF_TOPIC = "off topic"
NEVER = {"give orders": "solution"}
"""Forms that are turned back whatever they are about."""
UNSURE = {
    "ask for solution": "solution",
    "ask for a term": "solution",
    "ask about me": "solution",
    "propose": "statement",
}
"""Forms that facts are seldom asked for in, and the reason to turn them back."""


class WordMatcher:
    """Finds facts by words: those of the phrasings, of the field's vocabulary and of its topics.

    Args:
        facts: what may be asked, as in a case's ``spec.facts``.
        turned_back: questions about the case that none of the facts answers.
        vectors: how texts are compared, in place of the usual vectors.

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
        turned_back: Sequence[str] = (),
        vectors: Vectors | None = None,
    ) -> None:
        if not facts:
            raise UserError("a matcher needs facts that one may ask for")
        self.facts = [fact.id for fact in facts]
        self.vectors = vectors or self.usual_vectors()
        texts = [bare(text) for fact in facts for text in fact.ask]
        n_asked = len(texts)
        classes = [number for number, fact in enumerate(facts) for _ in fact.ask]
        self._known = {text: self.facts[n] for text, n in zip(texts, classes, strict=True)}
        self._heard = Counter(stem for text in texts for stem in set(stems(text)))
        signs = [self._signs(text, own=1) for text in texts]
        own = [bare(text) for text in turned_back]
        seen = {*texts, *own}
        others = () if len(own) >= ENOUGH else ASKED_ELSEWHERE
        elsewhere = [text for text in map(bare, others) if text not in seen]
        for number, (reason, known) in enumerate(TURNED_BACK.items(), len(facts)):
            examples = [*known, *own, *elsewhere] if reason == OFF_TOPIC else known
            texts += examples
            classes += [number] * len(examples)
            signs += [self._signs(text) for text in examples]

        rows: Any = self.vectors.fit(texts)
        use = np.arange(len(texts))
        if elsewhere:
            other = len(texts) - len(elsewhere)
            near = nearness(rows[other:], rows[:n_asked]).max(axis=1)
            use = np.r_[use[:other], other + np.flatnonzero(near < TOO_NEAR)]
        self._head = CurvedHead(len(facts))
        self._head.fit(rows[use], np.array(classes)[use], np.array(signs)[use])
        self.threshold = SURE

    @classmethod
    def usual_vectors(cls) -> Vectors:
        """Words beside topics and how a question is put."""
        return Beside([(0.3, by_words()), (0.6, word_topics()), (0.1, Frames())])

    def state(self) -> State:
        """What was learned, as arrays that can be kept."""
        known = {"texts": packed(list(self._known)), "of": packed(list(self._known.values()))}
        heard = {"heard": packed(list(self._heard)), "times": np.array([*self._heard.values()])}
        return {
            "facts": packed(self.facts),
            **known,
            **heard,
            **{f"vectors.{name}": kept for name, kept in self.vectors.state().items()},
            **{f"head.{name}": kept for name, kept in self._head.state().items()},
        }

    @classmethod
    def resumed(cls, state: State) -> Self:
        """The matcher that had this state; nothing is learned."""

        def part(name: str) -> State:
            return {key.removeprefix(name): state[key] for key in state if key.startswith(name)}

        self = cls.__new__(cls)
        self.facts = unpacked(state["facts"])
        self.vectors = cls.usual_vectors()
        self.vectors.resume(part("vectors."))
        self._known = dict(zip(unpacked(state["texts"]), unpacked(state["of"]), strict=True))
        times = zip(unpacked(state["heard"]), state["times"].tolist(), strict=True)
        self._heard = Counter(dict(times))
        self._head = CurvedHead(len(self.facts))
        self._head.resume(part("head."))
        self.threshold = SURE
        return self

    def match(self, question: str) -> Match:
        """What the question asks for."""
        asked = sentences(question)
        if not asked:
            return Match("vague", why="empty")
        every = [match for sentence in asked for match in self._sentence(sentence)]
        told = {fact for match in every for fact in match.facts}
        if len(told) < 2 and has_lead(question):
            whole = self._single(bare(question[-LONGEST_LEAD:]))
            if not told:
                every.append(whole)
            elif whole.facts and not told & set(whole.facts):
                return replace(whole, kind="vague", facts=(), why="unclear")
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
        for shape, why in UNSURE.items():
            if shape in shapes:
                return why
        return "unclear" if sure >= self.threshold / 2 else REASONS[turned_back]

    def _signs(self, text: str, own: int = 0) -> list[float]:
        """What a text's form and its words tell of whether it can be answered.

        Args:
            text: in plain form.
            own: times that each of its words was heard in the text itself.
        """
        telling = {stem for stem in stems(text) if stem not in STOP_STEMS}
        unheard = [stem for stem in telling if self._heard[stem] <= own]
        strange = [stem for stem in unheard if stem not in known_stems()]
        shapes = forms(text)
        return [
            *(float(shape in shapes) for shape in UNSURE),
            float(is_broad(text)),
            float(len(strange)),
            len(strange) / max(1, len(telling)),
            len(unheard) / max(1, len(telling)),
            math.log1p(len(text.split())),
            float(len(telling)),
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
