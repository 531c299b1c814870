"""A design as one draws it on a whiteboard: lines of components and arrows.

    gateway: gateway, 3 replicas, 1 ms
    features: feature_store, 4 replicas, 2 ms
    ranker: ranker, 10 replicas, 8 ms, concurrency 4
    request: client -> gateway -> features -> ranker (timeout 60 ms, fallback yesterday's order)

What is not said gets the schema's default. The rate and the latency asked for are the case's.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, get_args

from mlsd_kit.design.schema import Kind
from mlsd_kit.errors import UserError

KINDS = get_args(Kind)
ARROW = re.compile(r"\s*(?:->|→|=>)\s*")
_COMPONENT = re.compile(r"^\s*([A-Za-z_]\w*)\s*:\s*(.+)$")
_NUMBERED = re.compile(r"^(\d+)\s+(replicas?|zones?|shards?)$")
_TIME = re.compile(r"^\d+(?:\.\d+)?\s*(?:us|µs|ms|s|min|h)$")
_PRICE = re.compile(r"^\$\d+(?:\.\d+)?/h$")
_STEP = re.compile(r"^([A-Za-z_]\w*)(?:\s*\((.*)\))?$")
_TIMED = ("training", "batch")


def read_sketch(text: str, requirement: Mapping[str, Any], title: str) -> dict[str, Any]:
    r"""A sketch as what a design's YAML would say.

    Args:
        text: the lines.
        requirement: the design's requirement. title: its title.

    Raises:
        UserError: one line for the first line that cannot be read.

    >>> lines = "ranker: ranker, 2 replicas, 8 ms\nrequest: client -> ranker"
    >>> design = read_sketch(lines, {"rate": "100 requests/s", "latency": "50 ms"}, "A sketch")
    >>> design["flows"]["request"]["steps"]
    [{'call': 'client'}, {'call': 'ranker'}]
    """
    components: dict[str, Any] = {}
    flows: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.partition("#")[0].strip()
        if not bare:
            continue
        found = _COMPONENT.match(bare)
        if not found:
            raise UserError(
                f"line {number}: {bare[:60]!r} is neither 'name: kind, …' nor 'flow: a -> b'"
            )
        name, rest = found.groups()
        if ARROW.search(rest):
            flows[name] = _flow(name, rest, number)
        else:
            components[name] = _component(rest, number)
    for flow in flows.values():
        for step in flow["steps"]:
            called = step["call"]
            if called not in components and called in ("client", "app"):
                components[called] = {"kind": "client", "concurrency": "unlimited"}
    return {
        "title": title,
        "requirement": dict(requirement),
        "components": components,
        "flows": flows,
    }


def _component(text: str, number: int) -> dict[str, Any]:
    kind, *parts = [part.strip() for part in text.split(",")]
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


def _flow(name: str, text: str, number: int) -> dict[str, Any]:
    steps = []
    for part in ARROW.split(text):
        found = _STEP.match(part.strip())
        if not found:
            raise UserError(f"line {number}: {part.strip()[:40]!r} is not a component's name")
        step: dict[str, Any] = {"call": found[1]}
        for said in filter(None, (s.strip() for s in (found[2] or "").split(","))):
            key, value = _said(said, number)
            step[key] = value
        steps.append(step)
    kind = name if name in _TIMED else "request"
    return {"kind": kind, "steps": steps}


def _said(text: str, number: int) -> tuple[str, Any]:
    """``retries 2`` or ``fallback the last list``: a key of the schema and its value."""
    key, _, value = text.partition(" ")
    value = value.strip().removeprefix("=").strip()
    if not value:
        raise UserError(f"line {number}: {text[:40]!r} says no value, such as 'timeout 50 ms'")
    if re.fullmatch(r"-?\d+", value):
        return key, int(value)
    if re.fullmatch(r"-?\d*\.\d+", value):
        return key, float(value)
    return key, {"yes": True, "true": True, "no": False, "false": False}.get(value, value)
