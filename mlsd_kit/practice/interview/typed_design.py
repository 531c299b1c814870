"""A design that is typed a line at a time: a wrong line is typed again, the others are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mlsd_kit.cases import Case
from mlsd_kit.errors import UserError
from mlsd_kit.practice.interview.proposal import read_design

END = "."
HOW = "Type the design, a line each, and end with a line that is a dot. /cancel drops it."
NOTHING = "Nothing is drawn yet. Type a line, or /cancel."
GO_ON = "Go on, and end with a line that is a dot. /again begins anew, /cancel drops it."
_LINE = re.compile(r"(?:line |design:)(\d+): ")


@dataclass
class TypedDesign:
    """Takes the lines of a design up to a dot, and asks for a line again that cannot be read.

    Args:
        case: whose rate and latency the design has to keep.
    """

    case: Case
    lines: list[str] = field(default_factory=list)
    wrong: int = 0
    """Number of the line that is asked for again; 0 for none."""
    done: bool = False
    """The design ended and can be read."""

    @property
    def text(self) -> str:
        """What was typed so far."""
        return "\n".join(self.lines)

    def take(self, line: str) -> str:
        """Take a line; what is said of it, mostly nothing."""
        if line.strip() == END:
            return self._read()
        if self.wrong:
            self.lines[self.wrong - 1] = line
            return self._read()
        self.lines.append(line)
        return ""

    def _read(self) -> str:
        """Try to read what is there; what is wrong with it, or nothing."""
        self.wrong = 0
        if not self.text.strip():
            return NOTHING
        try:
            read_design(self.text, self.case)
        except UserError as error:
            return self._fault(str(error).splitlines())
        self.done = True
        return ""

    def _fault(self, mistakes: list[str]) -> str:
        first, *more = mistakes
        others = f" (and {len(more)} more)" if more else ""
        found = _LINE.match(first)
        self.wrong = min(int(found[1]), len(self.lines)) if found else 0
        if not self.wrong:
            return f"I cannot read that drawing yet: {first}{others}\n{GO_ON}"
        return (
            f"I cannot read that drawing yet: {first}{others}\n"
            f"  {self.wrong} | {self.lines[self.wrong - 1]}\n"
            f"Type line {self.wrong} again; the others are kept. "
            "/again begins anew, /cancel drops it."
        )
