"""The find-the-flaw and the requirement drill in a terminal."""

from __future__ import annotations

import random
from dataclasses import dataclass

from mlsd_kit.cases import discover, load_case
from mlsd_kit.content import workspace
from mlsd_kit.practice.counted import counted
from mlsd_kit.practice.drills.flaw_words import named_flaw, named_place
from mlsd_kit.practice.drills.flaws import FlawTask, label
from mlsd_kit.practice.drills.lines import Quit, TimeUp, minutes
from mlsd_kit.practice.drills.listing import listing
from mlsd_kit.practice.drills.planting import flaw_task
from mlsd_kit.practice.drills.requirements import (
    SECONDS,
    Brought,
    RequirementRound,
    good_order,
    question,
    requirement_round,
)
from mlsd_kit.practice.drills.results import DrillResult
from mlsd_kit.practice.drills.terminal import SKIP, DrillTerminal, Played

YAML = "/yaml"
OWN_WORDS = 3
"""Words beside the place's name from which on a line tells the flaw too."""


@dataclass
class DesignTerminal(DrillTerminal):
    """Plays the drills over a case's design and its facts."""

    def flaw(self, seed: int, count: int, case: str | None = None) -> list[DrillResult]:
        """Find-the-flaw tasks."""

        def play(number: int) -> Played:
            task = flaw_task(seed, number, case)
            self._show(task)
            place, rule, text = self._named(task)
            judged = task.judge(place, rule)
            score = None if text == SKIP else judged.score
            self.verdict(judged.says, score)
            for where, flaw, message, advice in task.answer():
                self.say(f"  {where}: {flaw}: {message}")
                self.dim(f"    {advice}")
            for path, row in task.reference.diff(task.design).head(6).iterrows():
                if not str(path).startswith(("story", "title")):
                    self.say(f"  {path}: {row['before']} → {row['after']}")
            for reason in task.reasons():
                self.dim(f"  Why: {reason}")
            data = {"answer": text, "place": place, "flaw": rule}
            return task.name, task.case, score, data

        return self.series("flaw", seed, count, play)

    def _show(self, task: FlawTask) -> None:
        from mlsd_kit.design import draw

        self.say(f"{load_case(task.case).title}. {task.design.title}: {task.story}")
        for line in listing(task.design):
            self.say(line)
        picture = workspace() / ".mlsd" / "flaw.svg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        draw(task.design).save(picture)
        self.dim(f"drawing: {picture}; {YAML} shows the whole design")

    def _named(self, task: FlawTask) -> tuple[str, str, str]:
        """The place and the rule that are named, and the words; empty when it is skipped."""
        self.say("Where is the flaw, and what is it? In your own words, or only the place.", "bold")
        known = [*task.places, *task.steps]
        while True:
            text = self.read("place and flaw> ")
            if text == SKIP:
                return "", "", text
            if text == YAML:
                self.say(task.yaml)
                continue
            if place := named_place(text, known):
                break
            self.say(f"Name one of: {', '.join(task.places)}.", "yellow")
        others = [word for word in text.split() if word.casefold() not in place.casefold()]
        if len(others) >= OWN_WORDS:
            rule = named_flaw(text, place).rule
            if rule and self._meant(rule, place):
                return place, rule, text
            self.say("Choose the flaw that you mean.", "yellow")
        options = {label(rule): rule for rule in task.flaws}
        chosen = self.choose("flaw> ", list(options))
        return place, options.get(chosen, ""), text

    def _meant(self, rule: str, place: str) -> bool:
        self.say(f"I read that as {label(rule)}, at {place}.")
        return not self.read("Enter if so, n if not> ").casefold().startswith("n")

    def requirements(self, seed: int, count: int, case: str | None = None) -> list[DrillResult]:
        """Rounds of five minutes of questions."""
        slugs = [load_case(case).slug] if case else list(discover())

        def play(number: int) -> Played:
            slug = random.Random(f"requirements {seed} {number}").choice(slugs)
            self.dim("One moment, the interviewer is reading the case …")
            round_ = requirement_round(load_case(slug))
            self.say(f"{round_.case.spec.prompt} You have {minutes(SECONDS)} minutes; ask.", "bold")
            self._ask(round_)
            skipped = not round_.asked and round_.left > 0
            brought = round_.result()
            self._told(round_, brought)
            data = {
                "asked": [asked.question for asked in round_.asked],
                "told": [fact.id for fact in brought.told],
                "turned_back": brought.turned_back,
            }
            return slug, slug, None if skipped else brought.score, data

        return self.series("requirements", seed, count, play)

    def _ask(self, round_: RequirementRound) -> None:
        while round_.left > 0:
            try:
                text = self.read("ask> ", lambda: round_.left)
            except TimeUp:
                self.say("Time is up.", "yellow")
                return
            except Quit:
                if round_.asked:
                    return
                raise
            if text in ("/done", SKIP):
                return
            if text:
                self.say(round_.ask(text).reply, "cyan")

    def _told(self, round_: RequirementRound, brought: Brought) -> None:
        told = counted(len(brought.told), "fact")
        back = counted(brought.turned_back, "question")
        self.say(f"Score {brought.score:.2f}: {told} brought out, {back} turned back.", "bold")
        for fact in brought.told:
            self.say(f"  + {fact.id.replace('_', ' ')} (weight {brought.weight[fact.id]:.1f})")
        self.say("What you did not ask, the weightiest first:")
        for fact in brought.missed[:8]:
            weight = brought.weight[fact.id]
            self.say(f"  - {question(fact)} {fact.answer} (weight {weight:.1f})")
        self.say("A good order:")
        for at, fact in enumerate(good_order(round_.case), 1):
            mark = "+" if fact in brought.told else " "
            self.say(f"  {at} {mark} {question(fact)}")
