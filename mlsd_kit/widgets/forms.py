"""Forms of the lessons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets


def prediction_form(
    question: str, unit: str, options: Sequence[str], keep: Callable[[Any], None]
) -> widgets.Widget:
    """A question with a field or a choice, and a button that keeps what was entered.

    Args:
        question: what to predict.
        unit: of the number that is wanted.
        options: to choose from, instead of a number.
        keep: called with the number or the option.
    """
    text = widgets.HTML(f"<b>Predict:</b> {question}")
    field: Any
    if options:
        field = widgets.RadioButtons(options=list(options), value=None, layout={"width": "auto"})
    else:
        field = widgets.Text(placeholder="a number, such as 3e5", layout={"width": "16em"})
    button = widgets.Button(description="Keep", tooltip="Keep this prediction")
    said = widgets.HTML()

    def on_click(_: Any) -> None:
        value = field.value if options else _number(field.value)
        if value is None:
            said.value = "Choose one." if options else "That is not a number."
            return
        keep(value)
        said.value = f"Kept: {value if options else f'{value:g} {unit}'}. Now run the next cells."

    button.on_click(on_click)
    row = widgets.HBox([field, widgets.HTML(unit), button, said])
    return widgets.VBox([text, row])


def html_view(value: str) -> widgets.HTML:
    """A piece of HTML that can be changed later."""
    return widgets.HTML(value)


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").replace("_", "").strip())
    except ValueError:
        return None
