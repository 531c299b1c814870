"""A flashcard: one question, a short answer, and the place that it comes from."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

import mlsd_kit
from mlsd_kit.content import roots
from mlsd_kit.errors import UserError

LONGEST_BACK = 330
"""Letters of an answer beyond which only its first sentences are kept."""
_EMPHASIS = re.compile(r"(?<![\w*])\*{1,2}(?!\s)([^*`]+?)(?<!\s)\*{1,2}(?![\w*])")
_ASIDE = re.compile(r"\s*\((?:(?:see|as in|which|shown)\b[^()]*|[^()]*\b(?:above|below))\)")
_ON_THE_PAGE = re.compile(r"^Shown:")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"`*])")
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Source:
    """Where a card comes from: a cell of a notebook, or a key of a file.

    Args:
        path: relative to the folder that holds ``notebooks`` and ``case_studies``, or, for a file
            of the package, to the folder that holds ``mlsd_kit``.
        cell: id of the notebook's cell.
        key: in the file.
    """

    path: str
    cell: str = ""
    key: str = ""

    @property
    def link(self) -> str:
        """The path with the fragment by which JupyterLab knows the cell.

        >>> Source("notebooks/02_data.ipynb", cell="c019").link
        'notebooks/02_data.ipynb#cell-id=c019'
        """
        return f"{self.path}#cell-id={self.cell}" if self.cell else self.path

    def __str__(self) -> str:
        return self.link if self.cell else f"{self.path}: {self.key}"

    def locate(self) -> Path:
        """The file: a learner's copy first.

        Raises:
            UserError: when it is not there.
        """
        package = Path(mlsd_kit.__file__).resolve().parent.parent
        for root in (*roots(), package):
            if (root / self.path).is_file():
                return root / self.path
        raise UserError(f"{self.path}: is not there; it is the source of a card")


@dataclass(frozen=True)
class Card:
    """One flashcard.

    The id stays the same when the text changes, so that what was learned is kept.
    """

    id: str
    front: str
    back: str
    source: Source
    stage: str
    """Of the framework."""
    items: tuple[str, ...] = ()
    """Of the framework."""
    case: str = ""
    """The case's name; empty for what is true of all."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Case, stage and items, each without spaces."""
        case = (f"case::{self.case}",) if self.case else ()
        return (*case, f"stage::{self.stage}", *(f"item::{item}" for item in self.items))

    @property
    def about(self) -> str:
        """What it is about, in a few words."""
        return " · ".join(part for part in (self.case, self.stage, " ".join(self.items)) if part)


def plain(text: str) -> str:
    """Markdown as text in one line: no emphasis, code still between backticks.

    >>> plain("**Look** at *this*: `2 * 3 * 4`")
    'Look at this: `2 * 3 * 4`'
    """
    return " ".join(_EMPHASIS.sub(r"\1", text).split())


def short(text: str) -> str:
    """An answer without what points elsewhere on a page, cut after a sentence when it is long.

    >>> short("Power (see the table). Shown: the same load twice. And slices.")
    'Power. And slices.'
    """
    kept: list[str] = []
    for sentence in _SENTENCE_END.split(_ASIDE.sub("", plain(text))):
        if kept and len(" ".join([*kept, sentence])) > LONGEST_BACK:
            break
        if not _ON_THE_PAGE.match(sentence):
            kept.append(sentence)
    return " ".join(kept)


def sentence(text: str) -> str:
    """Words as a sentence.

    >>> sentence("its digits name something")
    'Its digits name something.'
    """
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.rstrip('"”').endswith((".", "?", "!")) else f"{text}."


def as_html(text: str) -> str:
    """A card's text as HTML: escaped, with code marked as such.

    >>> as_html("p < 1: `a & b`")
    'p &lt; 1: <code>a &amp; b</code>'
    """
    return _CODE.sub(r"<code>\1</code>", html.escape(text))
