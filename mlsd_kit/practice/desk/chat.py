"""The conversation, and the field for questions and answers."""

from __future__ import annotations

import traitlets

from mlsd_kit.practice.desk.part import Part, script


class Chat(Part):
    """Sends ``{"do": "send", "text": …, "number": …}`` when Enter is pressed."""

    _esm = script("chat")
    lines = traitlets.List(traitlets.Dict()).tag(sync=True)
    """What was said so far, as `dialogue.lines` has it."""
    heard = traitlets.Int(0).tag(sync=True)
    """Number of the last text that was answered; those after it are shown as waiting."""
    answering = traitlets.Bool(True).tag(sync=True)
    """Whether there is a field to type in."""
