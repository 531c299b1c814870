"""The vocabulary of such interviews: words that mean the same, and the form of a question.

A term of a concept may be several words. Words are compared by their stems, so ``delay`` stands for
``delayed`` and ``delays`` too. A word may belong to several concepts.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path


def blocks(name: str) -> dict[str, list[str]]:
    """The lines of a text file under their ``[headings]``."""
    found: dict[str, list[str]] = {}
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


FORMS = {
    name: re.compile("|".join(f"(?:{line})" for line in lines))
    for name, lines in blocks("forms.txt").items()
}
"""Forms of questions; those named ``asks: …`` say what is asked for."""

_STOP = """
    a an the is are was be been do does did we you they it its this that these those of for to in on
    at by with from and or our your i me my there have has had how what which when who where much
    many can could should would will must may per any some us one not no if into as than so please
    then also about just really exactly get gets got us them their his her he she here kind sort of
    like am were being more most very too s t re ve ll d let need want make makes
"""
STOP = frozenset(_STOP.split())

_CONTRACTIONS = (
    (re.compile(r"[’`´]"), "'"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bcan't\b"), "can not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(i|we|you|they)'d\b"), r"\1 would"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"\blet's\b"), "let us"),
    (re.compile(r"\b(what|who|where|when|how|there|that|it|here)'s\b"), r"\1 is"),
    (re.compile(r"'s\b"), ""),
    (re.compile(r"\ba\s*/\s*b\b|\ba-b\b"), "ab"),
    (re.compile(r"(?<=[a-z])i[sz](?=(e|es|ed|er|ers|ing|ation|ations)\b)"), "is"),
    (re.compile(r"[^\w\s]|_"), " "),
)
_SUFFIXES = (
    "ations",
    "ation",
    "ings",
    "ing",
    "edly",
    "ied",
    "ies",
    "ed",
    "ers",
    "er",
    "ly",
    "es",
    "s",
)
_PLAIN = {"ies": "y", "ied": "y"}


@functools.lru_cache(4096)
def plain(text: str) -> str:
    """Lower case without punctuation, contractions written out, one spelling of -ise.

    >>> plain("What's the A/B set-up — are we optimizing?")
    'what is the ab set up are we optimising'
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    for pattern, instead in _CONTRACTIONS:
        text = pattern.sub(instead, text)
    return " ".join(text.split())


@functools.lru_cache(16384)
def stem(word: str) -> str:
    """A word without its ending, the same for its usual forms.

    >>> [stem(word) for word in ("delays", "delayed", "countries", "country", "optimising")]
    ['delay', 'delay', 'country', 'country', 'optimis']
    """
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            word = word[: -len(suffix)] + _PLAIN.get(suffix, "")
            break
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word


def stems(text: str) -> list[str]:
    """The stems of a text's words, in order."""
    return [stem(word) for word in plain(text).split()]


def _terms() -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for concept, lines in blocks("concepts.txt").items():
        for term in " ".join(lines).split(","):
            names = found.setdefault(tuple(stems(term)), [])
            if concept not in names:
                names.append(concept)
    return found


TERMS = _terms()
"""Stems of a term → the concepts that it stands for."""
LONGEST = max(map(len, TERMS))
STOP_STEMS = frozenset(map(stem, STOP))


def concepts(stemmed: list[str]) -> list[str]:
    """The concepts that a text's stems stand for; of terms that begin alike the longest counts.

    >>> concepts(stems("Is there position bias on top?"))
    ['position', 'position']
    """
    found, start = [], 0
    while start < len(stemmed):
        for length in range(min(LONGEST, len(stemmed) - start), 0, -1):
            names = TERMS.get(tuple(stemmed[start : start + length]))
            if names:
                found += names
                break
        start += length
    return found


_BROAD = """
    data dataset user model system scale scaling requirement constraint limitation infrastructure
    performance quality detail information product problem context situation metric feature
    everything something anything fact business case project design background overview
    assumption scope number
"""
_OPENERS = """
    tell talk say discuss describe give share know explain elaborate other special important
    specific more else good necessary possible think start begin hear ask go question wait
    interesting overall
"""
_OPEN = {f"asks: {what}" for what in ("case", "leave", "kinds", "duty")}
BROAD = frozenset(map(stem, _BROAD.split()))
OPENERS = frozenset(map(stem, _OPENERS.split()))


def is_broad(text: str) -> bool:
    """Whether a plain text names nothing but a field as wide as "the data".

    >>> is_broad("what about the data"), is_broad("how many users")
    (True, False)
    """
    left = [word for word in stems(text) if word not in STOP_STEMS and word not in OPENERS]
    return set(asks(text)) <= _OPEN and set(left) <= BROAD


def asks(text: str) -> list[str]:
    """What a plain text asks for: a count, a moment, leave to do something.

    >>> asks("how many of them are there")
    ['asks: count']
    """
    return [form for form in _every_form(text) if form.startswith("asks: ")]


def forms(text: str) -> list[str]:
    """Which forms a plain text has that a question about a fact seldom has."""
    return [form for form in _every_form(text) if not form.startswith("asks: ")]


@functools.lru_cache(4096)
def _every_form(text: str) -> list[str]:
    return [name for name, pattern in FORMS.items() if pattern.search(text)]
