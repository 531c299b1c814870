"""Gate, re-runs and promotion: P15."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge

Event = tuple[str, str]


@exercise(
    "P15.gate",
    hints=[
        "Lower is better: the bad end of the interval is the upper one.",
        "The margin is a share of the serving model's log loss, so divide by that.",
        "100 · high / serving; at most 100 · margin is “promote”.",
    ],
    also=["E7"],
)
def gate(serving: float, difference: Sequence[float], margin: float) -> Judge:
    """The gate's decision from an interval."""
    estimate, low, high = difference
    upper = 100 * high / serving
    passes = upper <= 100 * margin
    strict = "That would ask for a proof that it is better. The rule asks that it is not worse: "
    wrong = (
        {"stop": f"{strict}up to {100 * margin:g} % is allowed, and the upper end is below."}
        if passes
        else {
            "promote": "The interval reaches further than the margin: it may be worse than is "
            "allowed, and nothing here rules that out."
        }
    )
    return All(
        {
            "upper_percent": Number(
                upper,
                rtol=0.005,
                causes={
                    "That is the good end: log loss is better when it is lower.": 100
                    * low
                    / serving,
                    "That is the estimate, as if it were certain; the rule is about the end of "
                    "the interval.": 100 * estimate / serving,
                    "That is the difference itself; a percentage of the serving model's log loss "
                    "is wanted.": high,
                },
            ),
            "decision": Choice("promote" if passes else "stop", wrong),
        }
    )


@exercise(
    "P15.again",
    hints=[
        "What stands before the change is as it was; its results are found by their keys.",
        "Ask of each step after it whether anything that it reads is another one now.",
        "A step that reads a changed step changes too, and so on to the end.",
    ],
)
def again(reads: Mapping[str, Sequence[str]], changed: str) -> Judge:
    """The steps that run after a change in one of them, by what each reads."""

    def sources(step: str) -> set[str]:
        return {step}.union(*(sources(name) for name in reads[step]))

    after = {name: sorted(set(reads[name])) for name in reads if changed in sources(name)}
    why = {
        name: f"it reads {', '.join(of)}; none of it comes from {changed}" if of else "no data came"
        for name, of in reads.items()
        if name not in after
    }
    return Chosen({name: f"it reads {', '.join(of)}" for name, of in after.items()}, why)


def _serving(history: Sequence[Event]) -> str | None:
    return history[-1][1] if history else None


def _left_by_rollback(history: Sequence[Event], version: str) -> bool:
    versions = [None, *(name for _, name in history)]
    rolled = [event == "rolled back" for event, _ in history]
    return any(back and before == version for back, before in zip(rolled, versions, strict=False))


def _promote(history: Sequence[Event], candidate: str, compared_with: str | None) -> str | None:
    serving = _serving(history)
    may = serving in (compared_with, candidate) and not _left_by_rollback(history, candidate)
    return candidate if may else serving


@exercise(
    "P15.promote",
    hints=[
        "What serves is the version of the last event; with no event nothing serves.",
        "The comparison is worth something only against the model that serves now.",
        "Look at each rollback: the version of the event before it is the one that was left.",
    ],
)
def promote() -> Judge:
    """The version that serves after a candidate came through."""
    first, second = ("promoted", "v1"), ("promoted", "v2")
    back = ("rolled back", "v1")
    inputs = [
        ([first], "v2", "v1"),
        ([first, second], "v2", "v1"),
        ([first, second, back], "v2", "v1"),
        ([first, second, back], "v3", "v1"),
        ([first, second], "v3", "v1"),
        ([], "v1", None),
        ([first, second, back, ("promoted", "v3")], "v4", "v3"),
        ([first, ("promoted", "v3"), second], "v4", "v3"),
    ]
    return Function(
        _promote,
        inputs,
        causes={
            "It always promotes: what if another version serves than the candidate was compared "
            "with?": lambda history, candidate, compared_with: candidate,
            "A version that was rolled back from comes back by itself, with the fault that it was "
            "rolled back for.": lambda history, candidate, compared_with: (
                candidate if _serving(history) in (compared_with, candidate) else _serving(history)
            ),
            "A candidate that was compared with a model that serves no longer is promoted: "
            "somebody promoted another in the meantime, and it may be better.": (
                lambda history, candidate, compared_with: (
                    _serving(history) if _left_by_rollback(history, candidate) else candidate
                )
            ),
            "After any rollback nothing is promoted any more; only the version that was left has "
            "to stay away.": lambda history, candidate, compared_with: (
                _serving(history)
                if any(event == "rolled back" for event, _ in history)
                else _promote(history, candidate, compared_with)
            ),
        },
    )
