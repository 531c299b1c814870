from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from mlsd_kit.design.design import Design
from mlsd_kit.design.simulation.inject import ReplicaDies
from mlsd_kit.design.simulation.plots import (
    plot_latency_over_time,
    plot_latency_tail,
    plot_where_time_goes,
)
from mlsd_kit.design.simulation.run import simulate


@pytest.fixture(scope="module")
def result():
    design = Design.from_yaml("""
title: Two steps
requirement: {rate: 100 requests/s, latency: 50 ms}
components:
  gateway: {kind: gateway, service: 1 ms}
  ranker: {kind: ranker, service: 10 ms, replicas: 2}
flows:
  request: {steps: [{call: gateway}, {call: ranker, timeout: 80 ms}]}
""")
    return simulate(design, seconds=100, failures=[ReplicaDies("ranker", 50, 10)])


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def texts(legend) -> list[str]:
    return [text.get_text() for text in legend.get_texts()]


def test_latency_over_time_shows_the_limit_and_the_losses(result):
    ax = plot_latency_over_time(result)
    assert texts(ax.get_legend()) == ["p99", "p50", "required p99"]
    losses = ax.figure.axes[1]
    assert texts(losses.get_legend()) == ["failed", "degraded"]
    p99 = dict(zip(*ax.lines[0].get_data(), strict=True))
    assert max(p99, key=p99.get) == pytest.approx(55, abs=6)


def test_where_time_goes_adds_up(result):
    _, ax = plt.subplots()
    assert plot_where_time_goes(result, ax) is ax
    assert [text.get_text() for text in ax.get_yticklabels()] == ["gateway", "ranker"]
    bars = sum(bar.get_width() for bar in ax.patches)
    spent = result.steps()[["wait", "service", "lost"]].to_numpy().sum()
    assert bars == pytest.approx(1000 * spent)


def test_the_tail_falls_through_the_percentiles(result):
    ax = plot_latency_tail(result)
    x, share = ax.lines[0].get_data()
    at = x[abs(share - 0.01).argmin()]
    assert at == pytest.approx(1000 * result.latency(99).value, rel=0.02)


def test_a_run_in_which_nothing_is_answered_can_be_drawn(result):
    design = result.design.change({"components.ranker.errors": 1.0})
    nothing = simulate(design, requests=500)
    assert nothing.ok == 0
    for plot in (plot_latency_over_time, plot_where_time_goes, plot_latency_tail):
        plot(nothing).figure.canvas.draw()
