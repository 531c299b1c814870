"""The drills in a terminal: a task, an answer, what it is worth, and why."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

from mlsd_kit.practice.drills.estimation import EstimationTask, estimation_task
from mlsd_kit.practice.drills.files import DrillError
from mlsd_kit.practice.drills.lines import Quit, Read, reader
from mlsd_kit.practice.drills.metrics import MetricTask, metric_task
from mlsd_kit.practice.drills.results import DrillResult, keep_result

SKIP = "/skip"
SKIPPED = "Skipped; it does not count."

Played = tuple[str, str, float | None, Any]
"""A task's name, its case, the score (None when it was skipped) and the rest."""


@dataclass
class DrillTerminal:
    """Plays drills by reading lines and printing what comes of them.

    Args:
        read: gives the next line.
        console: to print on.
        keep: what is done with each result.
    """

    read: Read = field(default_factory=reader)
    console: Console = field(default_factory=Console)
    keep: Callable[[DrillResult], None] = keep_result

    def series(
        self, drill: str, seed: int, count: int, play: Callable[[int], Played]
    ) -> list[DrillResult]:
        """Play tasks until there were so many, or the learner leaves; results of those answered.

        Args:
            drill, seed: of the results. count: of tasks.
            play: plays the task of a number.
        """
        results: list[DrillResult] = []
        skipped = 0
        self.dim(f"seed {seed}; {SKIP} goes on, /quit ends")
        for number in range(count):
            self.say(f"\n{number + 1} of {count}", "bold")
            began = time.monotonic()
            try:
                task, case, score, data = play(number)
            except Quit:
                break
            if score is None:
                skipped += 1
                continue
            seconds = round(time.monotonic() - began, 1)
            result = DrillResult(drill, task, case, seed, number, round(score, 3), seconds, data)
            self.keep(result)
            results.append(result)
        if told := _summary([result.score for result in results], skipped):
            self.say(f"\n{told}", "bold")
        return results

    def estimate(self, seed: int, count: int, case: str | None = None) -> list[DrillResult]:
        """Estimation tasks; the first answer counts, later ones are for learning."""

        def play(number: int) -> Played:
            task = estimation_task(seed, number, case)
            self.say(task.situation)
            self.say(task.question, "bold")
            score, data = self._estimated(task)
            for line in task.worked():
                self.say(f"  {line}")
            self.dim(task.remember)
            return task.template, case or "", score, data

        return self.series("estimate", seed, count, play)

    def _estimated(self, task: EstimationTask) -> tuple[float | None, dict[str, Any]]:
        score: float | None = None
        data: dict[str, Any] = {}
        tries = 0
        while True:
            text = self.read("estimate> " if not tries else "again, or Enter> ")
            if text == SKIP or (tries and not text):
                if not tries:
                    self.dim(SKIPPED)
                return score, data
            if not text:
                continue
            judged = task.judge(text)
            self.say(judged.says, "green" if judged.kind == "right" else "yellow")
            for step in judged.steps:
                self.say(step)
            if judged.kind == "unreadable":
                continue
            if not tries:
                score, data = judged.score, {"answer": text, "kind": judged.kind}
            tries += 1
            if judged.kind == "right":
                return score, data

    def metric(self, seed: int, count: int, case: str | None = None) -> list[DrillResult]:
        """Metric-choice tasks."""

        def play(number: int) -> Played:
            task = metric_task(seed, number, case)
            self.say(task.of.situation)
            self.say(task.of.question, "bold")
            for at, option in enumerate(task.options, 1):
                self.say(f"  {at} {option}")
            chosen = self._chosen(task)
            judged = task.judge(chosen)
            score = judged.score if chosen else None
            self.verdict(judged.says, score)
            for option, right, why in task.why():
                self.say(f"  {'+' if right else '-'} {option}: {why}")
            return task.id, task.of.case or "", score, {"answer": chosen}

        return self.series("metric", seed, count, play)

    def _chosen(self, task: MetricTask) -> list[str]:
        while True:
            text = self.read("one or several, such as 1 3> ")
            if text == SKIP:
                return []
            try:
                if chosen := task.read(text):
                    return chosen
            except DrillError as error:
                self.say(str(error), "yellow")

    def choose(self, prompt: str, options: list[str]) -> str:
        """One of several options, by its number or its first letters; "" when it is skipped."""
        for at, option in enumerate(options, 1):
            self.say(f"  {at} {option}")
        while True:
            text = self.read(prompt).casefold()
            if text == SKIP:
                return ""
            begun = [option for option in options if text and option.casefold().startswith(text)]
            if text.isdigit() and 1 <= int(text) <= len(options):
                return options[int(text) - 1]
            if len(begun) == 1:
                return begun[0]
            self.say(f"One of 1 to {len(options)}.", "yellow")

    def verdict(self, says: str, score: float | None) -> None:
        """Print what an answer is worth, or that there was none."""
        if score is None:
            self.dim(SKIPPED)
        else:
            self.say(says, "green" if score == 1 else "yellow")

    def say(self, text: str, style: str = "") -> None:
        """Print a text as it is."""
        self.console.print(Text(text), style=style or None, soft_wrap=not self.console.is_terminal)

    def dim(self, text: str) -> None:
        """Print a remark."""
        self.say(text, "dim")


def _summary(scores: list[float], skipped: int) -> str:
    """How a series went; what was skipped is told apart.

    >>> _summary([1.0, 0.5], 1), _summary([], 2), _summary([], 0)
    ('1 of 2 right, mean score 0.75; 1 skipped.', '2 skipped.', '')
    """
    told = []
    if scores:
        right = sum(score >= 1 for score in scores)
        told.append(f"{right} of {len(scores)} right, mean score {sum(scores) / len(scores):.2f}")
    if skipped:
        told.append(f"{skipped} skipped")
    return f"{'; '.join(told)}." if told else ""
