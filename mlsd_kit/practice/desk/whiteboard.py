"""The whiteboard: a design in lines of text, and the drawing that follows it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import traitlets

from mlsd_kit.cases import Case
from mlsd_kit.design import Design, draw
from mlsd_kit.errors import UserError
from mlsd_kit.practice.counted import counted
from mlsd_kit.practice.desk.part import Message, Part, script, shown
from mlsd_kit.practice.interview.proposal import read_design
from mlsd_kit.practice.interview.sketch import KINDS

EXAMPLE = """features: feature_store, 4 replicas, 2 ms
ranker: ranker, 10 replicas, 8 ms
request: client -> features -> ranker"""
HELP = f"""A component is a name, a kind, and what you know of it:
  ranker: ranker, 10 replicas, 8 ms, concurrency 4

A flow is a name and the components it goes through, with what you know of each step; "send"
leaves something behind and does not wait:
  request: client -> features -> ranker (timeout 60 ms, retries 1) -> send log

A flow with a schedule is no request:
  refresh (every 1 h): log (takes 5 min) -> send features

Kinds: {", ".join(KINDS)}

The rate and the latency asked for are the case's. A design in YAML, as in the design playground,
is read as well."""


class Whiteboard(Part):
    """Draws ``text`` when it changes; sends ``{"do": "propose", "text": …}`` at the button.

    Args:
        case: whose rate and latency the design has to keep.
        propose: called with the text.
    """

    _esm = script("whiteboard")
    text = traitlets.Unicode().tag(sync=True)
    proposed = traitlets.Unicode().tag(sync=True)
    """The text that was proposed last; until then it is a draft."""
    picture = traitlets.Unicode().tag(sync=True)
    """The last design that could be read, as SVG in base64; an image runs no script."""
    description = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    """Why the text cannot be drawn, in one line."""
    example = traitlets.Unicode(EXAMPLE).tag(sync=True)
    help = traitlets.Unicode(HELP).tag(sync=True)

    def __init__(self, case: Case, propose: Callable[[str], None], **traits: Any) -> None:
        super().__init__({"propose": self._propose}, **traits)
        self._case, self._done = case, propose
        self.observe(lambda _: self.draw(), "text")

    def _propose(self, message: Message) -> None:
        self._done(message["text"])
        self.proposed = shown(message["text"])

    def draw(self) -> None:
        """Draw the text, or say why it cannot be drawn and leave the drawing as it was."""
        if not self.text.strip():
            self.picture = self.description = self.error = ""
            return
        try:
            design = read_design(self.text, self._case)
            picture = draw(design)
        except UserError as error:
            first, *more = str(error).splitlines() or [""]
            self.error = shown(f"{first} (and {len(more)} more)" if more else first)
            return
        with self.hold_sync():
            self.picture = base64.b64encode(picture.svg.encode("utf-8", "replace")).decode()
            self.description = shown(_described(design))
            self.error = ""


def _described(design: Design) -> str:
    flows = [
        f"{name}: {', then '.join(step.label for step in flow.steps)}"
        for name, flow in design.flows.items()
    ]
    return f"{counted(len(design.components), 'component')}; {'; '.join(flows)}"
