"""What the parts of the desk share: a script in the browser, its style, and its messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from mlsd_kit.errors import UserError

_BROWSER = Path(__file__).parent / "browser"

Message = Mapping[str, Any]
Handlers = Mapping[str, Callable[[Message], None]]
"""What a part does → what is called with the message that the browser sends for it."""


def script(name: str) -> str:
    """The script of a part, with what all parts share before it."""
    return "\n".join((_BROWSER / f"{n}.js").read_text(encoding="utf-8") for n in ("common", name))


def shown(text: str) -> str:
    """A text that a browser can be sent: half of a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


class Part(anywidget.AnyWidget):
    """A part of the desk.

    Args:
        handlers: what to call for each message; a `UserError` of theirs is shown in ``says``.
        traits: of the widget.
    """

    _css = (_BROWSER / "desk.css").read_text(encoding="utf-8")
    says = traitlets.Unicode().tag(sync=True)
    """One line under the part, which a screen reader reads out."""
    wants_focus = traitlets.Bool(False).tag(sync=True)
    draft = traitlets.Unicode().tag(sync=True)
    """Name by which the browser keeps what was typed and not sent; empty where it is not kept."""

    def __init__(self, handlers: Handlers, **traits: Any) -> None:
        super().__init__(**traits)
        self._handlers = handlers
        self.on_msg(self._on_message)

    def _on_message(self, _: Any, message: Message, __: Any) -> None:
        try:
            self._handlers[message["do"]](message)
        except UserError as error:
            self.says = shown(str(error))
