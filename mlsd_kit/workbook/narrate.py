"""Prose that follows the numbers: Markdown rendered from computed values."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from IPython.display import Markdown

from mlsd_kit.errors import UserError
from mlsd_kit.units import format_number, format_quantity

if TYPE_CHECKING:
    import pandas as pd


class _Prose(string.Formatter):
    def __init__(self) -> None:
        self.used: set[str] = set()

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if isinstance(key, int):
            raise UserError("say: give each value a name, such as {loss} with loss=0.07")
        if key not in kwargs:
            known = ", ".join(kwargs) or "none"
            raise UserError(f"say: no value for {{{key}}}; there are: {known}")
        self.used.add(key)
        return kwargs[key]

    def format_field(self, value: Any, format_spec: str) -> Any:
        if format_spec.startswith("|"):
            return _choose(value, format_spec)
        if hasattr(value, "magnitude"):
            return format_quantity(value, int(format_spec or 3))
        if not format_spec and isinstance(value, int | float) and not isinstance(value, bool):
            return format_number(value)
        try:
            return format(value, format_spec)
        except ValueError as error:
            raise UserError(f"say: {{…:{format_spec}}} does not fit {value!r}: {error}") from None


def _choose(value: Any, spec: str) -> str:
    words = spec[1:].split("|")
    if len(words) != 2:
        raise UserError(f"say: {{…:{spec}}} needs two choices: {{x:|when true|when false}}")
    return words[0] if value else words[1]


def text_table(frame: pd.DataFrame) -> Markdown:
    """A table of text as Markdown, with every cell in full length.

    >>> import pandas as pd
    >>> print(text_table(pd.DataFrame({"ask": ["How many?"], "answer": ["4,000"]})).data)
    | ask | answer |
    |---|---|
    | How many? | 4,000 |
    """
    rows: list[Any] = [frame.columns, *frame.itertuples(index=False)]
    lines = ["| " + " | ".join(str(value) for value in row) + " |" for row in rows]
    return Markdown("\n".join([lines[0], "|---" * frame.shape[1] + "|", *lines[1:]]))


def say(template: str, /, **values: Any) -> Markdown:
    """Render a sentence from computed values, as Markdown for a notebook.

    ``{x}`` gives three significant digits with thousands separators, and a quantity with its unit;
    ``{x:.1%}`` is any format of Python's; ``{ok:|lies within|lies outside}`` chooses the words by
    whether the value is true, so that a conclusion follows its number.

    Raises:
        UserError: one line for a name without a value, a value that is not used, or a format that
            does not fit.

    >>> gap = 0.031
    >>> say("{n} rows, {gap:.1%} off: it {ok:|holds|fails}.", n=12345, gap=gap, ok=gap < 0.05).data
    '12,300 rows, 3.1% off: it holds.'
    """
    prose = _Prose()
    text = prose.vformat(template, (), values)
    unused = sorted(set(values) - prose.used)
    if unused:
        raise UserError(f"say: {', '.join(unused)} is given and not used in the sentence")
    return Markdown(" ".join(text.split()) if "\n\n" not in text else text)
