"""Telling an argument from a list of words, by its form alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FUNCTION = """
    a an the this that these those it its they them their there we you i he she our your my one
    and or but nor so yet if then than when while where which who whom whose what how why whether
    of to in on at by with from for into over under between against within without after before
    during until about through per as is are was were be been being am do does did have has had
    can could will would shall should may might must not no never only also too very more most
    less least all any each every some both either few many much other such same own because since
    therefore otherwise unless although though instead rather even just still already again
"""
FUNCTION_WORDS = frozenset(_FUNCTION.split())
PROSE = 0.28
"""Share of function words from which on a sentence is prose; English prose has 0.4 to 0.5."""
SHORTEST = 6
"""Words of the shortest sentence that can give a reason."""
_REASON = re.compile(
    r"""\b(because|since|so\ that|so|therefore|thus|hence|otherwise|unless|due\ to|thanks\ to
    |which\ means|that\ means|meaning|as\ a\ result|in\ order\ to|to\ (avoid|prevent|keep|make
    |let|see|know|catch|get|stop|protect|reduce|save|tell|find|learn|compare|check|detect|measure)
    |trade[- ]?offs?|at\ the\ (cost|price|expense)|instead\ of|rather\ than|leads?\ to|causes?
    |would|without|whereas|but|however|although|as\ long\ as|even\ if|if|when|until|before|after
    |the\ reason|why|depends|costs?|worth|risk|else|that\ way|then|only|not)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_FIGURE = re.compile(r"\d")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[a-z]\.)(?=[A-Z])")
_CLAUSE = re.compile(r",\s+(?=(?:and|but|so|while|then|which)\b)|\s+(?:–|—|--)\s+|[:;]\s+")
LONG = 40
"""Words from which on a sentence is read clause by clause too."""
MOST = 400
"""Sentences of an answer that are read."""


def sentences(text: str) -> list[str]:
    """The sentences of an answer; a list's points count as sentences.

    >>> sentences("Log loss, as bids need a probability. - A/B test at 1.5 %")
    ['Log loss, as bids need a probability.', 'A/B test at 1.5 %']
    """
    return list(_sentences(text))[:MOST]


def _sentences(text: str) -> Iterator[str]:
    for piece in _SENTENCE.split(text):
        bare = piece.strip().lstrip("-*•·> \t").strip()
        if not re.search(r"\w", bare):
            continue
        yield bare
        if len(bare.split()) > LONG:
            yield from (c.strip() for c in _CLAUSE.split(bare) if len(c.split()) >= SHORTEST)


def is_prose(sentence: str) -> bool:
    """Whether a sentence is built as one, rather than a list of terms.

    >>> is_prose("We need a calibrated probability because it is multiplied by a bid.")
    True
    >>> is_prose("Calibration, log loss, normalised entropy, AUC, A/B test, guards.")
    False
    """
    words = re.findall(r"[a-z']+", sentence.lower())
    if len(words) < SHORTEST:
        return False
    # A word said again and again holds no sentence together.
    function = {word for word in words if word in FUNCTION_WORDS}
    return len(function) / len(set(words)) >= PROSE


def gives_reason(sentence: str) -> bool:
    """Whether a sentence gives a reason, a consequence or a figure, and is prose.

    >>> gives_reason("We split by time, because a random split leaks tomorrow into training.")
    True
    >>> gives_reason("I split the data by time.")
    False
    """
    return is_prose(sentence) and bool(_REASON.search(sentence) or _FIGURE.search(sentence))
