"""Cards of the lessons' exercises: their formulas, and the reasons for and against each option."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlsd_kit.coverage import find_notebooks
from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import Exercise, find_exercise
from mlsd_kit.practice.memory.card import Card, Source, plain, sentence
from mlsd_kit.practice.memory.notebooks import notebook_cells, source_of
from mlsd_kit.practice.memory.wording import Options, wording
from mlsd_kit.practice.verdicts import Judge

WHOLE = "answer"
"""Name of an answer that has no parts."""
_CHECK = re.compile(r"check\(\s*[\"']([^\"']+)[\"']")


def exercise_cards() -> list[Card]:
    """All cards of exercises.

    Raises:
        UserError: for an exercise, or a part of one, that is not there.
    """
    where = _sources()
    return [
        *(_formula(find_exercise(id), where[id]) for id in wording().formulas if id in where),
        *(
            card
            for id, parts in wording().choices.items()
            if id in where
            for name, options in parts.items()
            for card in _options(find_exercise(id), name, options, where[id])
        ),
    ]


def _sources() -> dict[str, Source]:
    """Exercise → the cell that checks it."""
    found: dict[str, Source] = {}
    for name, path in find_notebooks().items():
        for cell in notebook_cells(path) if "/" not in name else []:
            for id in _CHECK.findall(cell["source"]):
                found.setdefault(id, source_of(path, cell["id"]))
    return found


def _formula(exercise: Exercise, source: Source) -> Card:
    words = wording().formulas[exercise.id]
    answer = " ".join(f"{exercise.hints[number].rstrip('.')}." for number in words.hints)
    return _card(exercise, "formula", words.front, plain(answer), source)


def _options(exercise: Exercise, name: str, words: Options, source: Source) -> Iterator[Card]:
    judge: Judge = exercise.judge()
    if isinstance(judge, All):
        judge = judge.parts[name]
    if isinstance(judge, Choice):
        if words.front:
            right = f"{sentence(judge.right)} {judge.because}".strip()
            yield _card(exercise, name, words.front, right, source)
        if words.why_not:
            for option, why in judge.wrong.items():
                front = words.why_not.format(option=option)
                yield _card(exercise, f"{name}.{_slug(option)}", front, sentence(why), source)
    elif isinstance(judge, Chosen):
        for said, reasons in (("Yes", judge.right), ("No", judge.wrong)):
            for option, why in reasons.items():
                if why:
                    front = words.each.format(option=option)
                    back = f"{said}. {sentence(why)}"
                    yield _card(exercise, f"{name}.{_slug(option)}", front, back, source)


def _card(exercise: Exercise, name: str, front: str, back: str, source: Source) -> Card:
    id = f"exercise.{exercise.id}.{name}"
    return Card(id, front, back, source, exercise.stage, exercise.items)


def _slug(option: str) -> str:
    return re.sub(r"\W+", "_", option.casefold()).strip("_")
