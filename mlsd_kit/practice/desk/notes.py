"""Notes for oneself, which the interviewer does not read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mlsd_kit.practice.desk.form import Form
from mlsd_kit.practice.desk.part import shown


def notes_form(keep: Callable[[str], None], draft: str = "") -> Form:
    """A field for a note; those that are kept are listed below it.

    Args:
        keep: called with the note.
        draft: name by which the browser keeps a note that was not kept yet.
    """
    return Form(
        {"keep": lambda message: keep(message["text"])},
        heading="Notes",
        fields=[
            {
                "name": "text",
                "label": "For yourself; the interviewer does not read it",
                "kind": "area",
                "rows": 2,
                "clears": True,
            }
        ],
        buttons=[{"name": "keep", "label": "Keep"}],
        draft=draft,
    )


def show_notes(form: Form, notes: Sequence[str]) -> None:
    """List the notes that are kept, the latest first."""
    form.listed = [shown(note) for note in reversed(notes) if note.strip()]
