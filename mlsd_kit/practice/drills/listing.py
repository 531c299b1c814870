"""A design as a short list: its requirement, a line for each component, a line for each flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlsd_kit.design import Design

PROSE = ("kind", "does", "owner", "plane", "failures")
"""Keys of a component that are told in front of it, or that the short list leaves out."""
COUNTED = ("replicas", "zones", "shards")
_NAMES = ("call", "send", "parallel", "name", "on_miss")


def listing(design: Design) -> list[str]:
    """The lines of a design, in the words of the sketch language where it has them.

    What a component does, who owns it and how often it fails is left out.
    """
    data = design.to_dict()
    return [
        f"requirement: {', '.join(_said(data['requirement']))}",
        "",
        *(f"{name}: {_component(part)}" for name, part in data["components"].items()),
        "",
        *(_flow(name, flow) for name, flow in data["flows"].items()),
    ]


def _component(part: Mapping[str, Any]) -> str:
    return ", ".join([part["kind"], *_said(part, PROSE)])


def _flow(name: str, flow: Mapping[str, Any]) -> str:
    about = list(_said(flow, ("kind", "steps")))
    if flow.get("kind", "request") != "request":
        about.insert(0, flow["kind"])
    return f"{name}{_inside(about)}: {_steps(flow['steps'])}"


def _steps(steps: Sequence[Mapping[str, Any]]) -> str:
    return " -> ".join(_step(step) for step in steps)


def _step(step: Mapping[str, Any]) -> str:
    if "parallel" in step:
        return f"[{' | '.join(_steps(branch) for branch in step['parallel'])}]"
    about = [f"name {step['name']}"] if "name" in step else []
    about += _said(step, _NAMES)
    if "on_miss" in step:
        about.append(f"on a miss: {_steps(step['on_miss'])}")
    called = step.get("call") or f"send {step['send']}"
    return f"{called}{_inside(about)}"


def _inside(about: Sequence[str]) -> str:
    return f" ({', '.join(about)})" if about else ""


def _said(values: Mapping[str, Any], apart: Sequence[str] = ()) -> Iterator[str]:
    for key, value in values.items():
        if key in apart:
            continue
        if key == "service":
            yield from _service(value)
        elif key in COUNTED:
            yield f"{value} {key.removesuffix('s') if value == 1 else key}"
        elif key == "price":
            yield value
        else:
            yield f"{key} {_value(value)}"


def _service(value: Any) -> Iterator[str]:
    """The mean alone, and what a candidate adds to it: a flaw is not in the shape."""
    times = {"mean": value} if isinstance(value, str) else value
    if "mean" in times:
        yield times["mean"]
    if "per_candidate" in times:
        yield f"{times['per_candidate']} a candidate"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return " + ".join(map(str, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
