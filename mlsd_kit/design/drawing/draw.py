"""Draw a design: its planes, its flows with their figures, and its critical path."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from mlsd_kit.design import words
from mlsd_kit.design.design import Design
from mlsd_kit.design.drawing.compose import Content, compose
from mlsd_kit.design.drawing.picture import Picture
from mlsd_kit.design.drawing.stops import Latency, Stop, critical_path, described, stops
from mlsd_kit.design.planning import hourly_price, loads
from mlsd_kit.errors import UserError
from mlsd_kit.units import format_number

if TYPE_CHECKING:
    from mlsd_kit.design.closed_forms.estimate import Estimate

__all__ = ["Picture", "draw"]

MOST_CHANGES = 12


def draw(
    design: Design,
    *,
    estimate: Estimate | None = None,
    against: Design | None = None,
    highlight: Sequence[str] = (),
) -> Picture:
    """Draw a design.

    Serving, data and training planes stand side by side; each line ends with the number of its
    step, the candidates, the calls per second and the latency. The critical path is the steps
    that a request waits for longest.

    Args:
        design: what to draw.
        estimate: for latencies with their tail, and what is predicted at the estimate's rate.
            Without it, latencies are mean service times.
        against: another design; what this one has more, less or otherwise is marked and listed.
        highlight: components and steps to point at, by name (``ranker``, ``request.ranker``) or
            by a path as `lint` and `Design.change` have it.

    Raises:
        UserError: for a name to point at that the design does not have.

    >>> picture = draw(Design.from_yaml('''
    ... title: One service
    ... requirement: {rate: 100 requests/s, latency: 50 ms}
    ... components: {app: {kind: client, concurrency: unlimited}, ranker: {kind: ranker}}
    ... flows: {request: {candidates: 2000, steps: [{call: app}, {call: ranker}]}}
    ... '''))
    >>> "2,000" in picture.svg
    True
    """
    latency = _latency(estimate)
    found = stops(design, latency)
    path = critical_path(design, latency)
    components = dict(design.components)
    marks: dict[str, str] = {}
    foot: tuple[str, ...] = ()
    changed: set[tuple[str, str]] = set()
    if against is not None:
        components |= {n: c for n, c in against.components.items() if n not in components}
        marks = _marks(design, against)
        changed = _changed_steps(design, against)
        foot = tuple(_changes(design, against))
    marked, marked_steps = _pointed_at(design, highlight)
    content = Content(
        title=design.title,
        description=described(design, found, path),
        components=components,
        stops=found,
        utilisation=_utilisation(design, estimate),
        critical=_pairs(found, path),
        marks=marks,
        marked=marked,
        marked_steps=marked_steps | changed,
        head=tuple(_head(design, estimate)),
        foot=foot,
        flows=tuple(_flows(design)),
    )
    return Picture(compose(content))


def _latency(estimate: Estimate | None) -> Latency:
    if estimate is None:
        return {}
    steps = estimate.steps
    return dict(zip(steps.index, zip(steps["mean"], steps["p99"], strict=True), strict=True))


def _utilisation(design: Design, estimate: Estimate | None) -> dict[str, float]:
    busy = loads(design)["utilisation"] if estimate is None else estimate.utilisation
    return {str(name): float(share) for name, share in busy.items()}


def _pairs(found: list[Stop], path: list[tuple[str, str]]) -> set[tuple[int, int]]:
    index = {(stop.visit.flow, stop.visit.label): n for n, stop in enumerate(found)}
    return {(index[first], index[second]) for first, second in pairwise(path)}


def _head(design: Design, estimate: Estimate | None) -> Iterator[str]:
    wanted = design.requirement
    said = [f"p{wanted.percentile:g} ≤ {words.duration(wanted.latency)} at {_rate(wanted.rate)}"]
    if wanted.availability is not None:
        said.append(f"{words.percent(wanted.availability, 5)} available")
    if wanted.freshness is not None:
        said.append(f"≤ {words.duration(wanted.freshness)} old")
    if wanted.budget is not None:
        said.append(f"≤ {words.price(wanted.budget)}")
    yield f"Required: {', '.join(said)}."
    if estimate is None:
        yield f"Price: {words.price(hourly_price(design))}."
        return
    at = "" if estimate.rate == wanted.rate else f" at {_rate(estimate.rate)}"
    yield f"Predicted{at}: {', '.join(_predicted(design, estimate))}."


def _predicted(design: Design, estimate: Estimate) -> Iterator[str]:
    wanted, latency = design.requirement, estimate.latency
    if math.isfinite(latency):
        met = "met" if latency <= wanted.latency else "not met"
        yield f"p{wanted.percentile:g} {words.duration(latency)} ({met})"
    for said, share in (("degraded", estimate.degraded), ("failed", estimate.failed)):
        if share > 5e-5:
            yield f"{words.percent(share)} {said}"
    if estimate.saturated:
        yield f"{' and '.join(estimate.saturated)} cannot keep up"
    yield words.price(estimate.price)


def _rate(rate: float) -> str:
    return f"{format_number(rate)} requests/s"


def _flows(design: Design) -> Iterator[str]:
    if len(design.flows) < 2:
        return
    for name, stop in _first_stops(design).items():
        letter = stop.number.rstrip("0123456789")
        flow = design.flows[name]
        when = f", {words.every(flow.every)}" if flow.every else ""
        yield f"{letter}: {name}{when}"


def _first_stops(design: Design) -> dict[str, Stop]:
    first: dict[str, Stop] = {}
    for stop in stops(design, {}):
        first.setdefault(stop.visit.flow, stop)
    return first


def _marks(design: Design, against: Design) -> dict[str, str]:
    marks = {}
    for name in {**design.components, **against.components}:
        if name not in against.components:
            marks[name] = "added"
        elif name not in design.components:
            marks[name] = "removed"
        elif design.components[name] != against.components[name]:
            marks[name] = "changed"
    return marks


def _changed_steps(design: Design, against: Design) -> set[tuple[str, str]]:
    before = {(s.visit.flow, s.visit.label): s.visit.step for s in stops(against, {})}
    now = {(s.visit.flow, s.visit.label): s.visit.step for s in stops(design, {})}
    return {at for at, step in now.items() if before.get(at) != step}


def _changes(design: Design, against: Design) -> Iterator[str]:
    table = against.diff(design).drop(index=["title", "story"], errors="ignore")
    said = []
    for path, row in table.iterrows():
        first, _, rest = str(path).partition(".")
        name = rest.partition(".")[0]
        if first == "components" and name not in against.components:
            said.append(f"{name}: added")
        elif first == "components" and name not in design.components:
            said.append(f"{name}: removed")
        else:
            said.append(f"{path}: {row['before']} → {row['after']}")
    said = list(dict.fromkeys(said))
    count = f"{len(said)} {'difference' if len(said) == 1 else 'differences'}"
    yield f"Compared with {against.title!r}: {count}."
    yield from said[:MOST_CHANGES]
    if len(said) > MOST_CHANGES:
        yield f"… and {len(said) - MOST_CHANGES} more"


def _pointed_at(design: Design, highlight: Sequence[str]) -> tuple[set[str], set[tuple[str, str]]]:
    steps = {(s.visit.flow, s.visit.label): s.visit.name for s in stops(design, {})}
    boxes: set[str] = set()
    at: set[tuple[str, str]] = set()
    for name in highlight:
        first, *rest = name.split(".")
        if first == "components" and rest:
            first, rest = rest[0], []
        elif first == "flows" and len(rest) > 1:
            first, rest = rest[0], rest[1:]
        if rest and (first, rest[0]) in steps:
            at.add((first, rest[0]))
            boxes.add(steps[first, rest[0]])
        elif first in design.components:
            boxes.add(first)
        elif first not in (*type(design).model_fields, *design.flows):
            known = [*design.components, *(".".join(step) for step in steps)]
            near = difflib.get_close_matches(name, known, 1, 0)[0]
            raise UserError(f"nothing {name!r} to point at; the nearest is {near!r}")
    return boxes, at
