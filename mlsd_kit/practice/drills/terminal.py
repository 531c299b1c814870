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
        self, drill: str, seed: int, count: int, play: Callable[[int], tuple[str, str, float, Any]]
    ) -> list[DrillResult]:
        """Play tasks until there were so many, or the learner leaves; their results.

        Args:
            drill, seed: of the results. count: of tasks.
            play: plays the task of a number; gives its name, its case, the score and the rest.
        """
        results: list[DrillResult] = []
        self.dim(f"seed {seed}; {SKIP} goes on, /quit ends")
        for number in range(count):
            self.say(f"\n{number + 1} of {count}", "bold")
            began = time.monotonic()
            try:
                task, case, score, data = play(number)
            except Quit:
                break
            seconds = round(time.monotonic() - began, 1)
            result = DrillResult(drill, task, case, seed, number, round(score, 3), seconds, data)
            self.keep(result)
            results.append(result)
        if results:
            mean = sum(result.score for result in results) / len(results)
            right = sum(result.score >= 1 for result in results)
            self.say(f"\n{right} of {len(results)} right, mean score {mean:.2f}.", "bold")
        return results

    def estimate(self, seed: int, count: int, case: str | None = None) -> list[DrillResult]:
        """Estimation tasks; the first answer counts, later ones are for learning."""

        def play(number: int) -> tuple[str, str, float, Any]:
            task = estimation_task(seed, number, case)
            self.say(task.situation)
            self.say(task.question, "bold")
            score, data = self._estimated(task)
            for line in task.worked():
                self.say(f"  {line}")
            self.dim(task.remember)
            return task.template, case or "", score, data

        return self.series("estimate", seed, count, play)

    def _estimated(self, task: EstimationTask) -> tuple[float, dict[str, Any]]:
        score, data = 0.0, {"answer": SKIP, "kind": "skipped"}
        tries = 0
        while True:
            text = self.read("estimate> " if not tries else "again, or Enter> ")
            if text == SKIP or (tries and not text):
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

        def play(number: int) -> tuple[str, str, float, Any]:
            task = metric_task(seed, number, case)
            self.say(task.of.situation)
            self.say(task.of.question, "bold")
            for at, option in enumerate(task.options, 1):
                self.say(f"  {at} {option}")
            chosen = self._chosen(task)
            judged = task.judge(chosen)
            self.say(judged.says, "green" if judged.score == 1 else "yellow")
            for option, right, why in task.why():
                self.say(f"  {'+' if right else '-'} {option}: {why}")
            return task.id, task.of.case or "", judged.score, {"answer": chosen}

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

    def say(self, text: str, style: str = "") -> None:
        """Print a text as it is."""
        self.console.print(Text(text), style=style or None, soft_wrap=not self.console.is_terminal)

    def dim(self, text: str) -> None:
        """Print a remark."""
        self.say(text, "dim")
