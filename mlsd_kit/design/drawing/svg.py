"""A sketch written as SVG: one piece of text that needs nothing from outside."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from html import escape

from mlsd_kit.design.drawing.layout import Rect
from mlsd_kit.design.drawing.shapes import Bar, Box, Chip, Path, Sketch, Text

FONT = "DejaVu Sans,Verdana,Geneva,sans-serif"
MARKS = {"added": "#009E73", "removed": "#7F7F7F", "changed": "#E69F00"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(sketch: Sketch) -> str:
    """Write a sketch; the same sketch gives the same text."""
    body = "".join(_body(sketch))
    key = hashlib.sha256(f"{sketch.title}{body}".encode(errors="replace")).hexdigest()[:10]
    width, height = _n(sketch.width), _n(sketch.height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" style="max-width:100%;height:auto" role="img" '
        f'aria-labelledby="mlsd-{key}-title mlsd-{key}-desc" font-family="{FONT}">'
        f'<title id="mlsd-{key}-title">{text_of(sketch.title)}</title>'
        f'<desc id="mlsd-{key}-desc">{text_of(sketch.description)}</desc>'
        f"{body}</svg>"
    )


def text_of(text: str) -> str:
    """Make any text safe in XML; characters that XML does not have become ``�``.

    >>> text_of("<script>")
    '&lt;script&gt;'
    """
    return escape(_NOT_XML.sub("\ufffd", text))


def _body(sketch: Sketch) -> Iterator[str]:
    yield f'<rect width="{_n(sketch.width)}" height="{_n(sketch.height)}" rx="8" fill="#FFFFFF"/>'
    for band in sketch.bands:
        yield _rect(band.rect, f'rx="8" fill="{band.colour}"') + _text(band.label)
    for path in sketch.paths:
        yield _path(path)
    for box in sketch.boxes:
        yield from _box(box)
    for chip in sketch.chips:
        yield _chip(chip)
    for text in sketch.texts:
        yield _text(text)


def _box(box: Box) -> Iterator[str]:
    colour = MARKS.get(box.mark, "#8A8A8A")
    wide = 2.5 if box.mark else 1.2
    dash = ' stroke-dasharray="5 4"' if box.mark == "removed" else ""
    yield f"<g><title>{text_of(box.hint)}</title>"
    if box.marked:
        ring = Rect(box.rect.x - 5, box.rect.y - 5, box.rect.width + 10, box.rect.height + 10)
        yield _rect(ring, 'rx="9" fill="none" stroke="#D55E00" stroke-width="3"')
    yield _rect(box.rect, f'rx="6" fill="#FFFFFF" stroke="{colour}" stroke-width="{wide}"{dash}')
    yield (
        f'<path d="{box.icon}" transform="translate({_n(box.rect.x + 8)} {_n(box.rect.y + 6)})" '
        'fill="none" stroke="#333333" stroke-width="1.1" stroke-linejoin="round"/>'
    )
    if box.bar:
        yield from _bar(box.bar)
    for text in box.texts:
        yield _text(text)
    yield "</g>"


def _bar(bar: Bar) -> Iterator[str]:
    yield _rect(bar.rect, 'rx="2" fill="#E3E3E3"')
    filled = Rect(bar.rect.x, bar.rect.y, bar.rect.width * min(bar.share, 1.0), bar.rect.height)
    if filled.width > 0:
        yield _rect(filled, f'rx="2" fill="{bar.colour}"')


def _chip(chip: Chip) -> str:
    look = f'rx="6.5" fill="#FFFFFF" stroke="{chip.colour}" stroke-width="1.3"'
    return _rect(chip.rect, look) + _text(chip.text)


def _path(path: Path) -> str:
    dash = ' stroke-dasharray="5 4"' if path.dashed else ""
    line = (
        f'<path d="{_rounded(path.points)}" fill="none" stroke="{path.colour}" '
        f'stroke-width="{path.width}"{dash}/>'
    )
    if not path.arrow:
        return line
    x, y = path.points[-1]
    half = 3.5 + path.width / 3
    tip = f"{_n(x - half)},{_n(y - 7)} {_n(x + half)},{_n(y - 7)} {_n(x)},{_n(y)}"
    return f'{line}<polygon points="{tip}" fill="{path.colour}"/>'


def _rounded(points: tuple[tuple[float, float], ...], radius: float = 5.0) -> str:
    """Path data along points, its corners rounded."""
    said = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        enter, leave = _toward(here, before, radius), _toward(here, after, radius)
        said.append(
            f"L{_n(enter[0])} {_n(enter[1])}Q{_n(here[0])} {_n(here[1])} "
            f"{_n(leave[0])} {_n(leave[1])}"
        )
    said.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return "".join(said)


def _toward(
    here: tuple[float, float], there: tuple[float, float], radius: float
) -> tuple[float, float]:
    across, down = there[0] - here[0], there[1] - here[1]
    length = abs(across) + abs(down)
    step = min(radius, length / 2) / length if length else 0.0
    return here[0] + across * step, here[1] + down * step


def _rect(rect: Rect, look: str) -> str:
    return (
        f'<rect x="{_n(rect.x)}" y="{_n(rect.y)}" width="{_n(rect.width)}" '
        f'height="{_n(rect.height)}" {look}/>'
    )


def _text(text: Text) -> str:
    bold = ' font-weight="bold"' if text.bold else ""
    hint = f"<title>{text_of(text.hint)}</title>" if text.hint else ""
    return (
        f'<text x="{_n(text.x)}" y="{_n(text.y)}" font-size="{text.size}" fill="{text.colour}"'
        f"{bold}>{hint}{text_of(text.text)}</text>"
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
