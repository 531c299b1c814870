"""Clarifying questions as a checklist: which of a learner's questions cover which items."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from mlsd_kit import framework
from mlsd_kit.errors import UserError

NEAR = 0.15
"""Cosine from which on a question is taken for one that is known."""

_SAME = {
    "request": "traffic load qps rps throughput volume peak",
    "latency": "fast quick quickly budget ms millisecond response slow respond",
    "goal": "objective optimise optimising optimize optimizing optimisation business kpi aim",
    "worse": "guard guardrail secondary constraint harm",
    "fresh": "freshness stale staleness often retrain retrained retraining refresh refreshed",
    "new": "cold start cold-start",
    "label": "feedback chargeback",
    "delay": "delayed arrive late",
    "positive": "imbalance imbalanced rare",
    "test": "experiment a/b ab release released online-test",
    "history": "log logged logs past",
    "wrong": "error clean dirty missing quality fail fails failure down",
    "present": "today baseline existing current currently place",
    "candidate": "scored score",
    "catalogue": "large size big",
}  # fmt: skip
SAME = {word: name for name, words in _SAME.items() for word in words.split()}
"""Words that mean the same in such questions."""

_STOP = """
    a an the is are was be been do does did we you they it its this that these of for to in on at by
    with from and or our your there have has how what which when who why where much many long can
    could should would will must may per any some us one not no if into as than
"""
STOP = frozenset(_STOP.split())
"""Words that say nothing about what a question is after."""


class Askable(Protocol):
    """Something that the interviewer tells when asked, as a case's facts are."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def ask(self) -> list[str]:
        """Ways to ask for it."""

    @property
    def answer(self) -> str:
        """What is told."""

    @property
    def items(self) -> list[str]:
        """Items of the framework that it belongs to."""


class Checklist:
    """Matches questions with what may be asked, by their words.

    The words are weighted by how rare they are (TF-IDF) and compared by cosine with each known
    phrasing, and with all that is known of the fact. Words that mean the same in such questions are
    one word. It knows no more than words: a question in quite different ones is not recognised, or
    taken for another, and the answer shows which.

    Args:
        facts: what may be asked, as in a case's ``spec.facts``.

    Raises:
        UserError: when there is nothing to ask.

    >>> from mlsd_kit.cases import load_case
    >>> asked = Checklist(load_case("ctr_prediction").spec.facts)
    >>> asked.answers(["What is the traffic?"])["fact"].tolist()
    ['traffic']
    """

    def __init__(self, facts: Sequence[Askable]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        if not facts:
            raise UserError("a checklist needs facts that one may ask for")
        self.facts = list(facts)
        self._owner = np.repeat(range(len(self.facts)), [len(fact.ask) for fact in self.facts])
        self._words = TfidfVectorizer(analyzer=words, sublinear_tf=True)
        whole = [" ".join([fact.id.replace("_", " "), *fact.ask, fact.answer]) for fact in facts]
        self._whole = self._words.fit_transform(whole)
        self._phrases = self._words.transform([text for fact in facts for text in fact.ask])

    def match(self, question: str) -> Askable | None:
        """The fact that a question asks for, or None when it is not recognised."""
        asked = self._words.transform([question]).T
        phrase = (self._phrases @ asked).toarray().ravel()
        near = (self._whole @ asked).toarray().ravel()
        np.maximum.at(near, self._owner, (near[self._owner] + phrase) / 2)
        best = int(near.argmax())
        return self.facts[best] if near[best] >= NEAR else None

    def answers(self, questions: Sequence[str]) -> pd.DataFrame:
        """Each question with the fact that it asks for, its answer and its items."""
        rows = []
        for question in questions:
            fact = self.match(question)
            rows.append(
                {
                    "question": question,
                    "fact": fact.id if fact else "",
                    "answer": fact.answer if fact else "(not recognised)",
                    "items": " ".join(fact.items) if fact else "",
                }
            )
        return pd.DataFrame(rows, columns=["question", "fact", "answer", "items"])

    def coverage(self, questions: Sequence[str]) -> pd.DataFrame:
        """Each item that the facts belong to: what was asked, and what one could still ask."""
        asked = {fact.id for q in questions if (fact := self.match(q)) is not None}
        rows = []
        for item in framework.ITEMS:
            about = [fact for fact in self.facts if item in fact.items]
            if about:
                rows.append(
                    {
                        "item": item,
                        "title": framework.item(item).title,
                        "facts": len(about),
                        "asked": sum(fact.id in asked for fact in about),
                        "still to ask": next((f.ask[0] for f in about if f.id not in asked), ""),
                    }
                )
        columns = ["item", "title", "facts", "asked", "still to ask"]
        return pd.DataFrame(rows, columns=columns).set_index("item")

    def missed(self, questions: Sequence[str]) -> list[Askable]:
        """The facts that no question asks for."""
        asked = {fact.id for q in questions if (fact := self.match(q)) is not None}
        return [fact for fact in self.facts if fact.id not in asked]


def words(text: str) -> list[str]:
    """The words of a question that say what it is about, each in one form.

    >>> words("How fast must it answer?"), words("What are the latencies?")
    (['latency', 'answer'], ['latency'])
    """
    found = []
    for word in re.findall(r"[a-z][a-z/-]*", text.lower()):
        if word in STOP:
            continue
        word = SAME.get(word, word)
        if word.endswith("ies"):
            word = f"{word[:-3]}y"
        elif word.endswith("s") and not word.endswith("ss"):
            word = word[:-1]
        found.append(SAME.get(word, word))
    return found
