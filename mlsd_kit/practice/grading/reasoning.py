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
"""Share of function words from which on a text is prose; English prose has 0.4 to 0.5."""
SHORTEST = 6
"""Words of the shortest sentence that can give a reason."""
_STRONG = re.compile(
    r"""\b(because|so\ that|therefore|thus|hence|otherwise|unless|due\ to|thanks\ to|as\ a\ result
    |which\ means|that\ means|meaning\ that|in\ order\ to|the\ reason|(which|that)(\ is|'s)\ why
    |at\ the\ (cost|price|expense)|leads?\ to|(?<!ever\ )since)\b
    |(?<=\w)[,.;:]?\s+so\b(?!\ (far|on|much|many|called|fast|well)\b)
    |,\s+(as|for)\ (?!well\b|soon\b|example\b|instance\b|long\ as)
    |,\s+which\ (then\ |only\ |just\ )?(would|will|can|could|may|might|\w+s)\b
    |\b(to|would|will)\ (avoid|prevent|protect|make\ sure|keep\ \w+\ from)\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""Says that one thing follows from another."""
_WEAK = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"if|when|whenever|once|until|before|as long as|even if|even though|as soon as",
        r"but|whereas|while|however|although|though|instead of|rather than|without|yet",
        r"more|less|fewer|better|worse|\w+er than|too \w+|enough|most|nearly|hardly|nothing",
        r"(?<!i )(?<!we )would|could|cannot|can't|never|nobody|no longer",
        r"trade[- ]?offs?|trades?|costs?|risk|price|worth|depends on|tells?|shows?|decides?"
        r"|means|makes?|follows from|gives?",
        r"^so|^that way",
    )
)
"""Each hints at a reason: a condition, a contrast, a comparison, a consequence."""
HINTS = 2
"""Hints of different kinds that make up a reason."""
_NUMBER = re.compile(
    r"""(?<![\w@])\d[\d,.]*(?![\w@]*[A-Za-z]\d)
    |\b(two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|sixty|ninety|hundred
    |thousand|million|half|third|quarter|fifth|tenth|twice)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[a-z]\.)(?=[A-Z])")
_CLAUSE = re.compile(r",\s+(?=(?:and|but|so|while|then|which)\b)|\s+(?:–|—|--)\s+|[:;]\s+")
LONG = 20
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


def is_sentence(text: str) -> bool:
    """Whether a text is built as a sentence, rather than a list of terms.

    >>> is_sentence("We use interleaving.")
    True
    >>> is_sentence("Calibration, log loss, normalised entropy, AUC, A/B test, guards.")
    False
    """
    words = set(re.findall(r"[a-z']+", text.lower()))
    # A word said again and again holds no sentence together.
    return bool(words) and len(words & FUNCTION_WORDS) / len(words) >= PROSE


def gives_reason(sentence: str) -> bool:
    """Whether a sentence gives a reason, a consequence or a calculation, and is no list of terms.

    A word such as "because" does, and so do two figures, or two hints of different kinds: a figure,
    a condition, a contrast, a comparison, a consequence. That something is denied is no reason.

    >>> gives_reason("We split by time, because a random split leaks tomorrow into training.")
    True
    >>> gives_reason("I split the data by time and not at random.")
    False
    >>> gives_reason("If the store is slow the rules decide, but each such answer is counted.")
    True
    """
    if len(sentence.split()) < SHORTEST or not is_sentence(sentence):
        return False
    figures = len(_NUMBER.findall(sentence))
    if figures >= HINTS or _STRONG.search(sentence):
        return True
    return sum(bool(kind.search(sentence)) for kind in _WEAK) + figures >= HINTS
