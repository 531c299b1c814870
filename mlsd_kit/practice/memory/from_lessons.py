"""Cards of the notebooks: what interviewers ask next, and what shows an item of the framework."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsd_kit import framework
from mlsd_kit.cases import load_case
from mlsd_kit.coverage import find_notebooks
from mlsd_kit.practice.memory.card import Card, plain, sentence, short
from mlsd_kit.practice.memory.notebooks import notebook_cells, source_of
from mlsd_kit.practice.memory.wording import wording

LEAST_WORDS = 3
"""A question of a case that has no more of them is not understood alone."""
_MARKER = re.compile(r"^\*\*(?:They ask next|What an interviewer asks next)\.\*\* ", re.M)
_QUESTION = re.compile(r"\*([^*\s][^*]*[?.])\*")
_CODE_IN_QUESTION = re.compile(r"\*\s+(`[^`]*`)\s*\*([?.])\*")
_HEADING = re.compile(r"^#+ +(.*)$", re.M)


@dataclass(frozen=True)
class Asked:
    """A question with its answer, in a cell of a notebook."""

    notebook: str
    """Short name, as `find_notebooks` gives it."""
    path: Path
    cell: str
    number: int
    """In the cell, from 1."""
    heading: str
    question: str
    answer: str
    stage: str
    items: tuple[str, ...]

    @property
    def key(self) -> str:
        """By which `wording` knows it."""
        return f"{self.notebook}/{self.cell}/{self.number}"


def lesson_cards() -> list[Card]:
    """All cards of the lessons' and cases' notebooks.

    Raises:
        UserError: for a notebook that cannot be read.
    """
    books = {name: (path, notebook_cells(path)) for name, path in find_notebooks().items()}
    cards = []
    for name, (path, cells) in books.items():
        title = load_case(_case_of(name)).title if _case_of(name) else ""
        found = (_asked_card(asked, title) for asked in _asked(name, path, cells))
        cards += [card for card in found if card]
    return [*cards, *_item_cards(books)]


def _asked(name: str, path: Path, cells: list[dict[str, Any]]) -> Iterator[Asked]:
    heading, stage, items = "", framework.STAGE_NAMES[0], []
    for cell in cells:
        for tag in cell["metadata"].get("tags", []):
            if tag.startswith("stage:"):
                stage = tag.removeprefix("stage:")
            elif tag in framework.ITEMS:
                items.append(tag)
        if cell["cell_type"] != "markdown":
            continue
        before, marker, text = _split_at_marker(cell["source"])
        for found in _HEADING.findall(before):
            heading, items = plain(found).strip('"“”'), []
        if marker:
            for number, (question, answer) in enumerate(_pairs(text), 1):
                yield Asked(
                    name, path, cell["id"], number, heading, question, answer, stage,
                    tuple(dict.fromkeys(items)),
                )  # fmt: skip
        for found in _HEADING.findall(text):
            heading, items = plain(found).strip('"“”'), []


def _split_at_marker(source: str) -> tuple[str, bool, str]:
    found = _MARKER.search(source)
    if not found:
        return source, False, ""
    return source[: found.start()], True, source[found.end() :]


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Questions with the answers that follow them, of the first paragraph."""
    paragraph = _CODE_IN_QUESTION.sub(r" \1\2*", text.split("\n\n")[0])
    found = list(_QUESTION.finditer(paragraph))
    for match, end in zip(found, [*(m.start() for m in found[1:]), len(paragraph)], strict=True):
        answer = paragraph[match.end() : end].strip()
        yield plain(match[1]), re.sub(r"\s+[Aa]nd$", "", answer)


def _asked_card(asked: Asked, title: str) -> Card | None:
    """The card of a question; none where it is left out. The title is that of the case, if any."""
    begin = f"{title}:" if title else asked.heading
    front: str | None = f"{begin} {sentence(asked.question)}"
    front = wording().asked.get(asked.key, front)
    back = short(re.sub(r"^See [^:;.]*[:;] ", "", asked.answer))
    if front is None or not back or (title and _leans_back(asked.question)):
        return None
    return Card(
        id=f"asked.{asked.key.replace('/', '.')}",
        front=front,
        back=sentence(back),
        source=source_of(asked.path, asked.cell),
        stage=asked.stage,
        items=asked.items,
        case=_case_of(asked.notebook),
    )


def _leans_back(question: str) -> bool:
    """Whether a question means something only after what stands above it."""
    words = question.casefold().strip("?. ").split()
    return len(words) <= LEAST_WORDS or words[0] == "and" or words[-1] in ("that", "this", "it")


def _case_of(notebook: str) -> str:
    """The case of a notebook's short name; empty for a lesson."""
    return notebook.partition("/")[0] if "/" in notebook else ""


def _item_cards(books: dict[str, tuple[Path, list[dict[str, Any]]]]) -> Iterator[Card]:
    """A card for each item of the framework, over the first cell of a lesson that shows it."""
    seen: set[str] = set()
    for name, (path, cells) in books.items():
        for cell in cells if "/" not in name else []:
            for tag in cell["metadata"].get("tags", []):
                if tag not in framework.ITEMS or tag in seen:
                    continue
                seen.add(tag)
                item = framework.ITEMS[tag]
                yield Card(
                    id=f"item.{tag}",
                    front=f"{item.stage.capitalize()}: you claim to have answered “{item.title}”. "
                    "What do you show for it?",
                    back=sentence(item.shown_by),
                    source=source_of(path, cell["id"]),
                    stage=item.stage,
                    items=(tag,),
                )
