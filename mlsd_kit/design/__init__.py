"""A design as an object that answers back: draw it, criticise it, simulate it, cost it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlsd_kit.lean import later

if TYPE_CHECKING:
    from mlsd_kit.design.closed_forms.curve_plot import plot_latency_curve
    from mlsd_kit.design.closed_forms.estimate import Estimate, estimate, latency_curve
    from mlsd_kit.design.design import Design, DesignError, load_design
    from mlsd_kit.design.drawing.draw import Picture, draw
    from mlsd_kit.design.files import load_designs, load_flaws
    from mlsd_kit.design.linting.lint import RULES, LintReport, explain, lint, rules_markdown
    from mlsd_kit.design.load import by_load, highest_rate, plot_by_load
    from mlsd_kit.design.planning import loads, plan, visits
    from mlsd_kit.design.simulation.inject import CacheFlushed, ReplicaDies, Slow, TrafficTimes
    from mlsd_kit.design.simulation.plots import (
        plot_latency_over_time,
        plot_latency_tail,
        plot_where_time_goes,
    )
    from mlsd_kit.design.simulation.result import Interval, SimulationResult
    from mlsd_kit.design.simulation.run import simulate
    from mlsd_kit.design.simulation.table import compare_simulations
    from mlsd_kit.design.simulation.traffic import Burst, Daily, Poisson, Replay
    from mlsd_kit.design.sizing.pareto_plot import plot_pareto
    from mlsd_kit.design.sizing.search import SearchResult, search

__all__ = [
    "RULES",
    "Burst",
    "CacheFlushed",
    "Daily",
    "Design",
    "DesignError",
    "Estimate",
    "Interval",
    "LintReport",
    "Picture",
    "Poisson",
    "Replay",
    "ReplicaDies",
    "SearchResult",
    "SimulationResult",
    "Slow",
    "TrafficTimes",
    "by_load",
    "compare_simulations",
    "draw",
    "estimate",
    "explain",
    "highest_rate",
    "latency_curve",
    "lint",
    "load_design",
    "load_designs",
    "load_flaws",
    "loads",
    "plan",
    "plot_by_load",
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
    "by_load": "load",
    "highest_rate": "load",
    "plot_by_load": "load",
    "Picture": "drawing.draw",
    "draw": "drawing.draw",
    "plot_pareto": "sizing.pareto_plot",
    "search": "sizing.search",
    "SearchResult": "sizing.search",
    "plot_latency_curve": "closed_forms.curve_plot",
    "latency_curve": "closed_forms.estimate",
    "estimate": "closed_forms.estimate",
    "LintReport": "linting.lint",
    "RULES": "linting.lint",
    "explain": "linting.lint",
    "lint": "linting.lint",
    "rules_markdown": "linting.lint",
    "Design": "design",
    "DesignError": "design",
    "load_design": "design",
    "load_designs": "files",
    "load_flaws": "files",
    "loads": "planning",
    "plan": "planning",
    "visits": "planning",
    "CacheFlushed": "simulation.inject",
    "ReplicaDies": "simulation.inject",
    "Slow": "simulation.inject",
    "TrafficTimes": "simulation.inject",
    "simulate": "simulation.run",
    "compare_simulations": "simulation.table",
    "plot_latency_over_time": "simulation.plots",
    "plot_latency_tail": "simulation.plots",
    "plot_where_time_goes": "simulation.plots",
    "Estimate": "closed_forms.estimate",
    "Interval": "simulation.result",
    "SimulationResult": "simulation.result",
    "Burst": "simulation.traffic",
    "Daily": "simulation.traffic",
    "Poisson": "simulation.traffic",
    "Replay": "simulation.traffic",
}


def __getattr__(name: str) -> Any:
    return later(__name__, _LATER, name)
