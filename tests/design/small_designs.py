"""Designs of a few components, for tests of the simulation."""

from __future__ import annotations

from mlsd_kit.design.design import Design

RANKER = {"kind": "ranker", "service": "10 ms"}
CONSTANT = {"mean": "10 ms", "shape": "constant"}


def one(component=None, step=None, rate=70.0, **flow) -> Design:
    """A design with a single step, `ranker`."""
    return made(
        {"ranker": {**RANKER, **(component or {})}},
        [{"call": "ranker", **(step or {})}],
        rate,
        **flow,
    )


def made(components, steps, rate=70.0, **flow) -> Design:
    return Design.from_dict(
        {
            "title": "test",
            "requirement": {"rate": f"{rate!r} requests/s", "latency": "100 ms"},
            "components": components,
            "flows": {"request": {"steps": steps, **flow}},
        }
    )


def counted(result) -> int:
    return result.ok + result.degraded + result.failed
