"""The box of one component: sign, kind, name, servers, how busy it is, what it costs."""

from __future__ import annotations

from mlsd_kit.design import words
from mlsd_kit.design.drawing.icons import ICONS
from mlsd_kit.design.drawing.layout import Rect
from mlsd_kit.design.drawing.shapes import GREY, INK, Bar, Box, Text
from mlsd_kit.design.drawing.text_width import fit, text_width
from mlsd_kit.design.schema import Component
from mlsd_kit.style import PALETTE

BOX_HEIGHT = 54.0
BUSY, FULL = PALETTE[1], PALETTE[4]


def box(name: str, component: Component, rect: Rect, busy: float, mark: str, marked: bool) -> Box:
    """Put a component's texts and its utilisation bar into its rectangle.

    Args:
        name: of the component.
        component: what is shown.
        rect: where.
        busy: its utilisation; 0 shows no bar.
        mark: added, removed, changed or nothing.
        marked: whether it is pointed at.
    """
    servers, ends = _servers(component), rect.right - 8.0
    kind = component.kind.replace("_", " ").upper()
    kind_room = rect.width - 40 - text_width(servers, 9.5)
    name_room = rect.width - 24 - text_width(mark, 9.5, True)
    texts = [
        Text(rect.x + 24, rect.y + 15, fit(kind, 8.5, kind_room), 8.5, False, GREY),
        Text(rect.x + 8, rect.y + 32, fit(name, 12.5, name_room, True), 12.5, True),
    ]
    if servers:
        texts.append(Text(ends - text_width(servers, 9.5), rect.y + 15, servers, 9.5))
    if mark:
        texts.append(Text(ends - text_width(mark, 9.5, True), rect.y + 32, mark, 9.5, True))
    price = words.price(component.hourly_price) if component.hourly_price else ""
    if price:
        texts.append(Text(ends - text_width(price, 9.5), rect.y + 47, price, 9.5, False, GREY))
    bar = None
    if busy > 0 and component.concurrency != "unlimited":
        colour = PALETTE[0] if busy < 0.7 else BUSY if busy < 1 else FULL
        bar = Bar(Rect(rect.x + 8, rect.y + 40, 60, 7), busy, colour)
        said = f"{words.percent(float(f'{busy:.2g}'))} busy"
        texts.append(Text(rect.x + 73, rect.y + 47, said, 9.5, busy >= 1, INK))
    hint = f"{name} ({component.kind.replace('_', ' ')})"
    hint += f": {component.does}" if component.does else ""
    return Box(name, rect, ICONS[component.kind], tuple(texts), bar, mark, marked, hint)


def _servers(component: Component) -> str:
    if not component.model_fields_set & {"replicas", "concurrency", "shards"}:
        return ""
    if component.concurrency == "unlimited":
        return "unlimited"
    side = f"{component.replicas:,} × {component.concurrency:,}"
    return f"{component.shards:,} shards × {side}" if component.shards > 1 else side
