"""The form for estimates: which one, and a quantity or the calculation that leads to it."""

from __future__ import annotations

from collections.abc import Callable

from mlsd_kit.cases import Case
from mlsd_kit.practice.desk.form import Form
from mlsd_kit.practice.grading.judged import JudgedEstimate


def estimate_form(case: Case, give: Callable[[str, str], None]) -> Form:
    """A form with the estimates of a case.

    Args:
        case: of the interview.
        give: called with the estimate's id and what was typed.
    """
    estimates = case.spec.estimates
    return Form(
        {"give": lambda message: give(message["estimate"], message["value"])},
        heading="Estimates",
        fields=[
            {
                "name": "estimate",
                "label": "What",
                "kind": "select",
                "options": [[e.id, e.id.replace("_", " ")] for e in estimates],
                "hint_by": "estimate",
                "hints": {e.id: e.question for e in estimates},
            },
            {
                "name": "value",
                "label": "Your estimate",
                "kind": "text",
                "hint_by": "estimate",
                "hints": {e.id: _hint(e.unit) for e in estimates},
            },
        ],
        buttons=[{"name": "give", "label": "Give"}],
    )


def _hint(unit: str) -> str:
    return f"In {unit}. A calculation may lead to it: 3 × 2e3 = 6,000 {unit}"


def verdict(judged: JudgedEstimate) -> str:
    """What is said of an estimate, with what is said of its steps."""
    return " ".join([judged.says, *judged.steps])
