"""How wide text is in DejaVu Sans, the font of the drawings, without loading it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_REGULAR = {
    275: "'", 278: "ijl", 295: "IJ", 318: " ,.·", 337: "/:;\\|", 352: "f", 361: "-", 390: "()[]",
    392: "t", 401: "!", 411: "r", 460: '"', 500: "*_`–", 521: "s", 525: "z", 531: "?", 550: "c",
    557: "L", 575: "F", 579: "k", 590: "•", 592: "vxy", 603: "P", 611: "TY", 612: "o", 613: "a",
    615: "e", 632: "E", 634: "hnu", 635: "Sbdgpq", 636: "$0123456789{}µ", 637: "√", 656: "K",
    684: "AVΔ", 685: "XZ", 686: "B", 695: "R", 698: "C", 732: "U", 748: "N", 752: "H", 770: "D",
    775: "G", 780: "&", 787: "OQ", 818: "w", 838: "#+<=>^~×≤≥→✓✗≈", 863: "M", 950: "%", 969: "½",
    974: "m", 989: "W", 1000: "@—…",
}  # fmt: skip
_BOLD = {
    306: "'", 343: "ijl", 348: " ", 365: "/\\|", 372: "IJ", 380: ",.·", 400: ":;", 415: "-",
    435: "f", 456: "!", 457: "()[]", 478: "t", 493: "r", 500: "_`–", 521: '"', 523: "*", 580: "?",
    582: "z", 593: "c", 595: "s", 637: "L", 639: "•", 645: "x", 652: "vy", 665: "k", 667: "√",
    675: "a", 678: "e", 682: "T", 683: "EF", 687: "o", 696: "$0123456789", 712: "hnu{}",
    716: "bdgpq", 720: "S", 724: "Y", 725: "Z", 733: "P", 734: "C", 736: "µ", 762: "B", 770: "R",
    771: "X", 774: "AVΔ", 775: "K", 812: "U", 821: "G", 830: "D", 837: "HN", 838: "#+<=>^~×≤≥→✓✗≈",
    850: "OQ", 872: "&", 924: "w", 995: "M", 1000: "@—…", 1002: "%", 1035: "½", 1042: "m",
    1103: "W",
}  # fmt: skip


def _by_character(table: dict[int, str]) -> dict[str, float]:
    return {character: width / 1000 for width, text in table.items() for character in text}


_WIDTHS = {False: _by_character(_REGULAR), True: _by_character(_BOLD)}


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Give the width of a line of text, in the unit of the font size.

    Characters outside ASCII and a few signs are taken as one em wide, marks as nothing.

    >>> round(text_width("ranker", 10), 2)
    32.63
    """
    known = _WIDTHS[bold]
    return size * sum(known.get(c) or (0.0 if unicodedata.combining(c) else 1.0) for c in text)


def fit(text: str, size: float, width: float, bold: bool = False) -> str:
    """Shorten a line so that it is no wider than that; what is cut off shows as ``…``.

    >>> fit("the most popular items", 10, 80)
    'the most pop…'
    """
    text = " ".join(text.split())
    if text_width(text, size, bold) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…", size, bold) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrap(
    parts: Iterable[str], size: float, width: float, between: str = " · ", bold: bool = False
) -> list[str]:
    """Put parts into lines no wider than that; a part that is too long is shortened.

    >>> wrap(["2,000 candidates", "4,000/s", "3 ms"], 10, 150)
    ['2,000 candidates · 4,000/s', '3 ms']
    """
    lines: list[str] = []
    for part in parts:
        joined = f"{lines[-1]}{between}{part}" if lines else ""
        if lines and text_width(joined, size, bold) <= width:
            lines[-1] = joined
        else:
            lines.append(fit(part, size, width, bold))
    return lines
