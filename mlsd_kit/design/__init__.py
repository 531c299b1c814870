"""A design as an object that answers back: draw it, criticise it, simulate it, cost it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlsd_kit.lean import later

if TYPE_CHECKING:
    from mlsd_kit.design.design import Design, DesignError, load_design
    from mlsd_kit.design.files import load_designs, load_flaws
    from mlsd_kit.design.plan import loads, plan, visits

__all__ = [
    "Design",
    "DesignError",
    "load_design",
    "load_designs",
    "load_flaws",
    "loads",
    "plan",
    "visits",
]

_LATER = {
    "Design": "design",
    "DesignError": "design",
    "load_design": "design",
    "load_designs": "files",
    "load_flaws": "files",
    "loads": "plan",
    "plan": "plan",
    "visits": "plan",
}


def __getattr__(name: str) -> Any:
    return later(__name__, _LATER, name)
