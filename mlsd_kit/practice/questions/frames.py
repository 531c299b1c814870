"""How a question is put, whatever it is about: its common words in order, with gaps between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mlsd_kit.practice.questions.features import State, Weighted, packed, unpacked

COMMON = 400
"""The most frequent words are kept; any others in a row are one gap."""
LONGEST = 3
GAP, NUMBER, START, END = "_", "#", "^", "$"


def frame(text: str, common: frozenset[str]) -> list[str]:
    """Runs of one to three words of a text in plain form in which rare words are gaps.

    >>> frame("should i take lambdamart", frozenset({"should", "i", "take"}))[-3:]
    ['should i take', 'i take _', 'take _ $']
    """
    said = [START]
    for word in text.split():
        word = word if word in common else NUMBER if word.isdigit() else GAP
        if word != GAP or said[-1] != GAP:
            said.append(word)
    said.append(END)
    return [
        " ".join(said[i : i + n]) for n in range(1, LONGEST + 1) for i in range(len(said) - n + 1)
    ]


class Frames:
    """Vectors of how texts in plain form are put."""

    def fit(self, texts: Sequence[str]) -> Any:
        """Learn which words are common and which runs of them there are."""
        counts = Counter(word for text in texts for word in text.split())
        self._read([word for word, _ in counts.most_common(COMMON)])
        return self._runs.fit(texts)

    def of(self, texts: Sequence[str]) -> Any:
        """Vectors of texts, as sparse rows of length 1 at most."""
        return self._runs.of(texts)

    def state(self) -> State:
        """The common words, and what was learned of their runs."""
        return {"common": packed(sorted(self._common)), **self._runs.state()}

    def resume(self, state: State) -> None:
        """Take up what was learned before."""
        self._read(unpacked(state["common"]))
        self._runs.resume(state)

    def _read(self, common: Sequence[str]) -> None:
        self._common = frozenset(common)
        self._runs = Weighted(lambda text: frame(text, self._common))
