"""A design as an object that answers back: draw it, criticise it, simulate it, cost it."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mlsd_kit.lean import later

if TYPE_CHECKING:
    from mlsd_kit.design.curve_plot import plot_latency_curve
    from mlsd_kit.design.design import Design, DesignError, load_design
    from mlsd_kit.design.draw import Picture, draw
    from mlsd_kit.design.estimate import estimate, latency_curve
    from mlsd_kit.design.files import load_designs, load_flaws
    from mlsd_kit.design.inject import CacheFlushed, ReplicaDies, Slow, TrafficTimes
    from mlsd_kit.design.lint import RULES, LintReport, explain, lint, rules_markdown
    from mlsd_kit.design.pareto_plot import plot_pareto
    from mlsd_kit.design.plan import loads, plan, visits
    from mlsd_kit.design.search import SearchResult, search
    from mlsd_kit.design.simulate import simulate
    from mlsd_kit.design.simulation_plots import (
        plot_latency_over_time,
        plot_latency_tail,
        plot_where_time_goes,
    )
    from mlsd_kit.design.simulation_table import compare_simulations
    from mlsd_kit.design.simulation_result import Estimate, SimulationResult
    from mlsd_kit.design.traffic import Burst, Daily, Poisson, Replay

__all__ = [
    "RULES",
    "Burst",
    "CacheFlushed",
    "Daily",
    "Design",
    "DesignError",
    "Estimate",
    "LintReport",
    "Picture",
    "Poisson",
    "Replay",
    "ReplicaDies",
    "SearchResult",
    "SimulationResult",
    "Slow",
    "TrafficTimes",
    "compare_simulations",
    "draw",
    "estimate",
    "explain",
    "latency_curve",
    "lint",
    "load_design",
    "load_designs",
    "load_flaws",
    "loads",
    "plan",
    "plot_latency_curve",
    "plot_latency_over_time",
    "plot_latency_tail",
    "plot_pareto",
    "plot_where_time_goes",
    "rules_markdown",
    "search",
    "simulate",
    "visits",
]

_LATER = {
    "Picture": "draw",
    "draw": "draw",
    "plot_pareto": "pareto_plot",
    "search": "search",
    "SearchResult": "search",
    "plot_latency_curve": "curve_plot",
    "latency_curve": "estimate",
    "estimate": "estimate",
    "LintReport": "lint",
    "RULES": "lint",
    "explain": "lint",
    "lint": "lint",
    "rules_markdown": "lint",
    "Design": "design",
    "DesignError": "design",
    "load_design": "design",
    "load_designs": "files",
    "load_flaws": "files",
    "loads": "plan",
    "plan": "plan",
    "visits": "plan",
    "CacheFlushed": "inject",
    "ReplicaDies": "inject",
    "Slow": "inject",
    "TrafficTimes": "inject",
    "simulate": "simulate",
    "compare_simulations": "simulation_table",
    "plot_latency_over_time": "simulation_plots",
    "plot_latency_tail": "simulation_plots",
    "plot_where_time_goes": "simulation_plots",
    "Estimate": "simulation_result",
    "SimulationResult": "simulation_result",
    "Burst": "traffic",
    "Daily": "traffic",
    "Poisson": "traffic",
    "Replay": "traffic",
}


def __getattr__(name: str) -> Any:
    return later(__name__, _LATER, name)


class _Package(ModuleType):
    """A package in which a function that shares its module's name is not hidden by the module."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (isinstance(value, ModuleType) and name in _LATER):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
