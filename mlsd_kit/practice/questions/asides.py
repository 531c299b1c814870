"""The questions within what a candidate says: asides are dropped, two questions are parted."""

from __future__ import annotations

import re

from mlsd_kit.practice.questions.vocabulary import plain

LONGEST = 2000
"""Letters of a text that are read: its last ones, where the question stands."""
MOST_PARTS = 6
_ASIDES = re.compile(
    r"""^((ok|okay|so|well|great|good|right|thanks|thank\ you|perfect|sure|hi|hello|hey|alright
    |all\ right|and|but|also|then|now|next|first|maybe|actually|um|uh|hmm|yes|yeah|cool|please
    |sorry|excuse\ me|just|one\ more\ thing|another\ question|quick\ question|to\ start
    |to\ begin\ with|before\ (we|i)\ (start|begin|go\ on|continue|design\ anything)
    |i\ was\ wondering|i\ wonder|i\ am\ wondering|i\ am\ curious
    |i\ (would\ like|want|need)\ to\ (know|ask|understand|clarify)|let\ me\ (ask|clarify)
    |(can|may|could)\ i\ ask|(can|could|would)\ you\ (please\ )?(tell\ me|clarify|say)
    |do\ you\ (happen\ to\ )?know|do\ we\ know|(please\ )?tell\ me
    |just\ to\ (clarify|confirm|be\ sure)|to\ clarify|out\ of\ curiosity
    |if\ (i|we)(\ may|\ can|\ could)?\ ask|for\ my\ understanding)\ )+(?=.)""",
    re.VERBOSE,
)
_ENDS = re.compile(r"[.!?;\n]+")
_JOINS = re.compile(
    r",? \b(?:and also|and|as well as|plus|also)\b |, (?=what|how|which|when|is|are|do)"
)
_OPENS = (
    "what", "how", "which", "when", "where", "who", "is", "are", "do", "does", "can", "could",
    "may", "must", "should", "will", "would", "did", "has", "have",
)  # fmt: skip
_HEAD = re.compile(
    r"^(how (?:many|much|large|big|often|long|fast)|what (?:is|are) (?:the|our)|is there (?:a|an)|"
    r"are there|do we have(?: a| an)?|what|which)\b"
)
_LEANS_ON = re.compile(
    r"(on|with|for|in|at|by|to|of|from|until|since) (what|which|how|whom)\b"
    r"|(how|which|what)( \w+)?$|.*\b(it|they|them|those|these|this)\b"
)
"""A part that cannot be asked on its own."""
_PAIR = re.compile(r"\b(between|both|either|whether)\b.* (and|or) ")
"""Joins two things in one question."""


def bare(text: str) -> str:
    """A text in plain form without polite words around the question.

    >>> bare("Ok thanks. Could you tell me how many users we have, please?")
    'how many users we have'
    """
    text = plain(text).removesuffix(" please")
    return _ASIDES.sub("", text)


def sentences(text: str) -> list[str]:
    """The sentences that ask, without the asides; all of them where none asks."""
    found = _marked(text[-LONGEST:])
    asking = [part for part, mark in found if "?" in mark or bare(part).split(" ")[0] in _OPENS]
    return [bare(part) for part in asking or [part for part, _ in found]][-MOST_PARTS:]


def has_lead(text: str) -> bool:
    """Whether other sentences stand around the one that asks.

    >>> has_lead("Labels may come late. Is it so here?"), has_lead("Hi. Are there delays?")
    (True, False)
    """
    return len([part for part, _ in _marked(text[-LONGEST:]) if not _is_aside(part)]) > 1


def _is_aside(sentence: str) -> bool:
    return not _ASIDES.sub("", f"{plain(sentence)} .").strip(" .")


def _marked(text: str) -> list[tuple[str, str]]:
    pieces = _ENDS.split(text)
    marks = [*_ENDS.findall(text), ""]
    return [(part, mark) for part, mark in zip(pieces, marks, strict=True) if plain(part)]


def parts(sentence: str) -> list[str]:
    """The questions that a sentence joins by "and", each made whole.

    >>> parts("how many users and items are there"), parts("clicks or revenue")
    (['how many users', 'how many items are there'], ['clicks or revenue'])
    >>> parts("can we run experiments and on how many users")
    ['can we run experiments and on how many users']
    """
    pieces = [piece for piece in _JOINS.split(sentence) if piece and piece.strip()]
    if _PAIR.search(sentence) or any(_LEANS_ON.match(piece) for piece in pieces[1:]):
        return [sentence]
    head = _HEAD.match(sentence)
    whole = []
    for piece in pieces:
        opens = piece.split(" ")[0] in _OPENS
        whole.append(
            f"{head[0]} {piece}" if head and not opens and piece is not pieces[0] else piece
        )
    return whole[:MOST_PARTS]
