"""Questions that an interviewer turns back, as examples to learn from, by the reason."""

from __future__ import annotations

from mlsd_kit.practice.questions.vocabulary import blocks

ELSEWHERE = "elsewhere"
"""About some product or company: of use as long as no fact of the case is near."""
_EVERY = blocks("turned_back.txt")
TURNED_BACK = {why: tuple(texts) for why, texts in _EVERY.items() if why != ELSEWHERE}
"""Why → examples."""
ASKED_ELSEWHERE = tuple(_EVERY[ELSEWHERE])
