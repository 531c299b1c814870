"""Trials, protocol and record: E10, E11 and E12."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mlsd_kit.evaluation import Trial
from mlsd_kit.practice.choices import Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.verdicts import Judge, Verdict, kind_of, no_answer


@exercise(
    "E11.incomparable",
    hints=[
        "A protocol is what two runs must have in common; a trial is what may differ.",
        "Ask of each change: would the figure of the *same* model move?",
        "Three belong: two change the rows that are tested, one looks at the result first.",
    ],
    also=["E12"],
)
def incomparable() -> Judge:
    """Which changes make two runs incomparable?"""
    return Chosen(
        {
            "test period moved": "the same model scores otherwise on other days",
            "rows filtered before testing": "the easier rows are left",
            "seed chosen after the result": "the best of many draws is not a draw",
        },
        {
            "learning rate": "it is the trial's own choice, and both are tested alike.",
            "fewer training rows": "what a model is trained on is the trial's choice; "
            "the rows that it is tested on are the same.",
            "one feature more": "that is the change one wants to measure.",
        },
    )


@exercise(
    "E10.change",
    hints=[
        "`base.but(settings=…)` gives a changed copy; `base` itself stays.",
        "`settings` is replaced as a whole: start from `{**base.settings, …}`.",
        '`{**base.settings, "learning_rate": base.settings["learning_rate"] / 2, …}`, '
        "and the same for n_estimators times two.",
    ],
)
def change(base: Trial) -> Judge:
    """The same trial with half the learning rate and twice the trees."""
    settings = dict(base.settings)
    settings["learning_rate"] = settings["learning_rate"] / 2
    settings["n_estimators"] = settings["n_estimators"] * 2
    return _Changed(base, base.but(settings=settings))


class _Changed:
    def __init__(self, base: Trial, expected: Trial) -> None:
        self.base, self.expected = base, expected

    def __call__(self, answer: Any) -> Verdict:
        """The verdict."""
        if early := no_answer(answer):
            return early
        if not isinstance(answer, Trial):
            return Verdict(False, f"A trial is wanted, such as base.but(…), not {kind_of(answer)}.")
        if not (off := answer.difference(self.expected)):
            return Verdict(True, "Right: two values differ, and nothing else.")
        if not answer.difference(self.base):
            return Verdict(False, "Nothing is changed: `but` gives a copy, it does not change.")
        lost = [name for name, (mine, _) in off.items() if mine is None]
        if lost:
            return Verdict(
                False, f"{lost[0]} is gone: `settings` is replaced as a whole, start from the old."
            )
        name, (mine, wanted) = next(iter(off.items()))
        if not name.startswith("settings."):
            return Verdict(False, f"{name} has changed too: then you do not know what helped.")
        return Verdict(False, f"{name} is {mine}, not {wanted}.")


@exercise(
    "E12.pick",
    hints=[
        "Which runs were tested alike? Filter before you sort.",
        "`table[table['protocol'] == protocol.id]`, then look at the log loss.",
        "`.sort_values('log loss').index[0]`.",
    ],
    also=["E11"],
)
def pick(table: pd.DataFrame, protocol: str) -> Judge:
    """The id of the run with the best log loss under the protocol."""
    alike = table[table["protocol"] == protocol]
    loss = alike["log loss"]
    reasons = {
        str(id): "There is a run with a lower log loss under this protocol." for id in loss.index
    }
    reasons |= {str(loss.idxmax()): "That is the worst: a lower log loss is better."}
    reasons |= {str(alike["AUC"].idxmax()): "That is the best by AUC; log loss is asked for."}
    reasons |= {
        str(id): "That run was made under another protocol: its rows are others, and so its "
        "log loss cannot be compared."
        for id in table.index.difference(alike.index)
    }
    for id in (best := loss.index[loss == loss.min()]):
        reasons.pop(str(id), None)
    choices = [Choice(str(id), reasons) for id in best]
    return lambda answer: next(
        (verdict for choice in choices if (verdict := choice(answer)).right), choices[0](answer)
    )
