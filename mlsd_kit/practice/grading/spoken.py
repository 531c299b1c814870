"""Quantities as people type them in an interview: "about 1.5 million QPS", "86k req/s"."""

from __future__ import annotations

import re

from mlsd_kit.errors import UserError
from mlsd_kit.units import Q, Quantity

_SIZES = {
    "thousand": "e3", "k": "e3", "million": "e6", "mio": "e6", "mn": "e6", "m": "e6",
    "billion": "e9", "bn": "e9", "b": "e9", "trillion": "e12",
}  # fmt: skip
_SIZE = re.compile(
    r"(?<![\w.])(\d[\d,_]*(?:\.\d+)?)(?:\s*(thousand|million|mio|mn|billion|bn|trillion)|([kMB]))"
    r"(?=\s|[*/×)]|$)",
    re.IGNORECASE,
)
_TIMES_TEN = re.compile(r"(\d(?:\.\d+)?)\s*[x×*]\s*10\s*(?:\^|\*\*)\s*(-?\d+)")
_FILLERS = re.compile(
    r"\b(?:about|around|roughly|approximately|approx|circa|ca|some|nearly|almost|so|it is|that is"
    r"|i get|i guess|i would say|say|total|in total|at the peak|on average|a year of)\b\.?",
    re.IGNORECASE,
)
_EACH = "second|sec|minute|hour|day|week|month|year|request|user"
_UNITS = (
    (re.compile(r"\b(?:qps|rps|tps|req(?:uest)?s?\s*/\s*s(?:ec(?:ond)?)?)\b", re.I), "requests/s"),
    (re.compile(r"\bpreds?\b", re.I), "predictions"),
    (re.compile(rf"\b(?:per|a|each|every)\s+({_EACH})s?\b", re.I), r"/ \1"),
    (re.compile(r"/\s*sec\b", re.I), "/s"),
    (re.compile(r"\b([kKMGTP]?)[bB]ytes?\b"), r"\1B"),
    (re.compile(r"[×·]|(?<=[\d\s])x(?=[\d\s])"), "*"),
    (re.compile(r"÷"), "/"),
)  # fmt: skip
LONGEST = 300


def spoken(text: str) -> Quantity:
    """A quantity, or a product of several, as typed.

    Raises:
        UserError: when it cannot be read.

    >>> print(spoken("about 1.5 million predictions per second"))
    1500000.0 prediction / second
    >>> print(spoken("4k QPS x 250 predictions/request"))
    1000000.0 prediction / second
    """
    plain = text.strip().strip(".;:!~≈= ")[:LONGEST]
    plain = _TIMES_TEN.sub(r"\1e\2", plain)
    plain = _SIZE.sub(lambda m: m[1].replace(",", "") + _SIZES[(m[2] or m[3]).lower()], plain)
    plain = _FILLERS.sub(" ", plain)
    for pattern, instead in _UNITS:
        plain = pattern.sub(instead, plain)
    plain = " ".join(plain.strip("~≈ ").split())
    if not re.search(r"\d", plain):
        raise UserError("there is no number in it")
    return Q(plain)
