"""The metric-choice drill: situations, the metrics that fit, and why the tempting ones fail."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from mlsd_kit.cases.schema import ItemId, Name, Text
from mlsd_kit.documents import KeyPath
from mlsd_kit.practice.drills.files import DrillError, Part, drill_file
from mlsd_kit.practice.drills.series import nth, source

DRILL = "metric"


class Option(Part):
    """A metric that is offered."""

    right: bool = False
    why: Text
    """It fits, or fails."""


class Situation(Part):
    """A decision that needs a metric."""

    items: Annotated[list[ItemId], Field(min_length=1)]
    case: Name | None = None
    """The case whose situation it is."""
    situation: Text
    question: Text
    options: dict[Text, Option]


class SituationFile(Part):
    """A whole ``metrics.yaml``."""

    situations: Annotated[dict[Name, Situation], Field(min_length=1)]


@functools.cache
def situations() -> dict[str, Situation]:
    """All situations, by name.

    Raises:
        DrillError: one line for each mistake in the file.
    """
    return dict(drill_file("metrics.yaml", SituationFile, _across).situations)


def _across(file: SituationFile) -> Iterable[tuple[KeyPath, str]]:
    for name, situation in file.situations.items():
        right = [option.right for option in situation.options.values()]
        if len(right) < 3:
            yield ("situations", name, "options"), "a choice has at least 3 options"
        elif all(right) or not any(right):
            yield ("situations", name, "options"), "some have to be right and some wrong"
        for option in situation.options:
            if re.search(r"[,;]", option) or option.isdigit():
                keys = ("situations", name, "options", option)
                yield keys, "a metric's name has no comma, as a learner parts names by commas"


@dataclass(frozen=True)
class JudgedChoice:
    """What a choice of metrics is worth.

    ``score`` is the share of the right ones that were chosen, less as much for each wrong one.
    """

    score: float
    right: tuple[str, ...]
    missed: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def says(self) -> str:
        """The verdict in a sentence."""
        if not (self.missed or self.wrong):
            return "Right."
        said = []
        if self.wrong:
            said.append(f"Not {' nor '.join(self.wrong)}.")
        if self.missed:
            said.append(f"{'Also' if self.right else 'But'} {' and '.join(self.missed)}.")
        return " ".join(said)


@dataclass(frozen=True)
class MetricTask:
    """One situation, with its options in an order of its own."""

    id: str
    of: Situation
    options: tuple[str, ...]

    def read(self, text: str) -> list[str]:
        """The options that are meant by numbers, such as ``1 3``, or by names with commas.

        Raises:
            DrillError: for something that is no option.
        """
        parts = re.split(r"[\s,;]+" if re.fullmatch(r"[\d\s,;]+", text) else r"[,;]", text)
        return [self._option(part.strip()) for part in parts if part.strip()]

    def judge(self, chosen: Collection[str]) -> JudgedChoice:
        """Judge the options that were chosen."""
        right = [name for name in self.options if self.of.options[name].right]
        hit = tuple(name for name in right if name in chosen)
        wrong = tuple(name for name in self.options if name in chosen and name not in right)
        missed = tuple(name for name in right if name not in chosen)
        score = max(0.0, (len(hit) - len(wrong)) / len(right))
        return JudgedChoice(score, hit, missed, wrong)

    def why(self) -> list[tuple[str, bool, str]]:
        """Each option, whether it is right, and why; the right ones first."""
        rows = [(name, self.of.options[name]) for name in self.options]
        rows.sort(key=lambda row: not row[1].right)
        return [(name, option.right, option.why) for name, option in rows]

    def _option(self, said: str) -> str:
        if said.isdigit():
            if 1 <= int(said) <= len(self.options):
                return self.options[int(said) - 1]
            raise DrillError(f"there is no option {said}; there are 1 to {len(self.options)}")
        known = {name.casefold(): name for name in self.options}
        begun = [name for low, name in known.items() if low.startswith(said.casefold())]
        near = difflib.get_close_matches(said.casefold(), known, n=1, cutoff=0.8)
        if len(begun) == 1 or near:
            return begun[0] if len(begun) == 1 else known[near[0]]
        raise DrillError(f"{said[:40]!r} is none of the options; name them or give their numbers")


def metric_task(seed: int, number: int, case: str | None = None) -> MetricTask:
    """A task of the endless series of a seed.

    Args:
        seed: of the series. number: of the task in it, from 0.
        case: only situations of this case.

    Raises:
        DrillError: for a case that has no situations.

    >>> task = metric_task(1, 0)
    >>> task.judge([name for name, right, _ in task.why() if right]).says
    'Right.'
    """
    names = sorted(name for name, one in situations().items() if case in (None, one.case))
    if not names:
        cases = sorted({one.case for one in situations().values() if one.case})
        raise DrillError(f"no situation is about {case!r}; there are some on {', '.join(cases)}")
    name = nth(names, DRILL, seed, number)
    options = list(situations()[name].options)
    source(DRILL, seed, number).shuffle(options)
    return MetricTask(name, situations()[name], tuple(options))
