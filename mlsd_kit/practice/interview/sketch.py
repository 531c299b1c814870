"""A design as one draws it on a whiteboard: lines of components and arrows.

    gateway: gateway, 3 replicas, 1 ms
    features: feature_store, 4 replicas, 2 ms
    ranker: ranker, 10 replicas, 8 ms, concurrency 4
    events: stream, 3 replicas
    request: client -> gateway -> features -> ranker (timeout 60 ms) -> send events
    refresh (every 1 h): events (takes 5 min) -> send features

``send`` leaves something behind and does not wait. A flow with ``every`` is a batch, or a training
where it also has ``waits_for_labels`` or is called so. What is not said gets the schema's default.
The rate and the latency asked for are the case's.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from mlsd_kit.design.schema import Kind
from mlsd_kit.errors import UserError

KINDS = get_args(Kind)
FLOW_KINDS = ("request", "batch", "training")
LISTS = ("watches", "stores", "promotes_after")
"""Keys whose value is a list: ``watches input drift + quality``."""
ARROW = re.compile(r"\s*(?:->|→|=>)\s*")
_LINE = re.compile(r"^([A-Za-z_]\w*)\s*(?:\(([^()]*)\))?\s*:\s*(.+)$")
_NUMBERED = re.compile(r"^(\d+)\s+(replicas?|zones?|shards?)$")
_TIME = re.compile(r"^\d+(?:\.\d+)?\s*(?:us|µs|ms|s|min|h)$")
_PRICE = re.compile(r"^\$\d+(?:\.\d+)?/h$")
_STEP = re.compile(r"^(send\s+)?([A-Za-z_]\w*)(?:\s*\((.*)\))?$")


def read_sketch(text: str, requirement: Mapping[str, Any], title: str) -> dict[str, Any]:
    r"""A sketch as what a design's YAML would say.

    Args:
        text: the lines.
        requirement: the design's requirement. title: its title.

    Raises:
        UserError: one line for the first line that cannot be read.

    >>> lines = "ranker: ranker, 2 replicas, 8 ms\nrequest: client -> ranker -> send log"
    >>> design = read_sketch(lines, {"rate": "100 requests/s", "latency": "50 ms"}, "A sketch")
    >>> design["flows"]["request"]["steps"]
    [{'call': 'client'}, {'call': 'ranker'}, {'send': 'log'}]
    """
    components: dict[str, Any] = {}
    flows: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.partition("#")[0].strip()
        if not bare:
            continue
        found = _LINE.match(bare)
        if not found:
            raise UserError(
                f"line {number}: {bare[:60]!r} is neither 'name: kind, …' nor 'flow: a -> b'"
            )
        name, about, rest = found.groups()
        if name in components or name in flows:
            raise UserError(f"line {number}: a second {name!r}; give it a name of its own")
        if about is not None or ARROW.search(rest):
            flows[name] = _flow(name, about or "", rest, number)
        else:
            components[name] = _component(rest, number)
    for flow in flows.values():
        for step in flow["steps"]:
            called = step.get("call")
            if called not in components and called in ("client", "app"):
                components[called] = {"kind": "client", "concurrency": "unlimited"}
    return {
        "title": title,
        "requirement": dict(requirement),
        "components": components,
        "flows": flows,
    }


def where_drawn(text: str) -> dict[str, int]:
    r"""Component or flow of a sketch → the number of its line.

    >>> where_drawn("ranker: ranker\n\nrequest: client -> ranker")
    {'ranker': 1, 'request': 3}
    """
    lines = enumerate(text.splitlines(), 1)
    return {found[1]: number for number, line in lines if (found := _LINE.match(line.strip()))}


def _component(text: str, number: int) -> dict[str, Any]:
    kind, *parts = [*_parts(text)] or [""]
    if kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, n=1, cutoff=0)[0]
        raise UserError(f"line {number}: no kind {kind[:40]!r}; the nearest is {near!r}")
    made: dict[str, Any] = {"kind": kind}
    for part in parts:
        if counted := _NUMBERED.match(part):
            made[counted[2].rstrip("s") + "s"] = int(counted[1])
        elif _TIME.match(part):
            made["service"] = part
        elif _PRICE.match(part):
            made["price"] = part
        else:
            key, value = _said(part, number)
            made[key] = value
    return made


def _flow(name: str, about: str, text: str, number: int) -> dict[str, Any]:
    steps = []
    for part in ARROW.split(text):
        found = _STEP.match(part.strip())
        if not found:
            raise UserError(f"line {number}: {part.strip()[:40]!r} is not a component's name")
        sent, component, said = found.groups()
        step: dict[str, Any] = {"send" if sent else "call": component}
        step.update(_said(each, number) for each in _parts(said or ""))
        steps.append(step)
    words = list(_parts(about))
    values = dict(_said(word, number) for word in words if word not in FLOW_KINDS)
    kinds = [word for word in words if word in FLOW_KINDS]
    if name in FLOW_KINDS[1:]:
        kinds.append(name)
    if "every" in values:
        kinds.append("training" if "waits_for_labels" in values else "batch")
    return {"kind": kinds[0] if kinds else "request", **values, "steps": steps}


def _parts(text: str) -> Iterator[str]:
    return filter(None, (part.strip() for part in text.split(",")))


def _said(text: str, number: int) -> tuple[str, Any]:
    """``retries 2`` or ``fallback the last list``: a key of the schema and its value."""
    key, _, value = text.partition(" ")
    value = value.strip().removeprefix("=").strip()
    if not value:
        raise UserError(f"line {number}: {text[:40]!r} says no value, such as 'timeout 50 ms'")
    if key in LISTS:
        return key, [each.strip() for each in value.split("+")]
    if re.fullmatch(r"-?\d+", value):
        return key, int(value)
    if re.fullmatch(r"-?\d*\.\d+", value):
        return key, float(value)
    return key, {"yes": True, "true": True, "no": False, "false": False}.get(value, value)
