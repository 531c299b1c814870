"""The playground without a browser: sliders are set, what it shows is read."""

import re
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from mlsd_kit.design import Design
from mlsd_kit.design.closed_forms.estimate import estimate, latency_curve
from mlsd_kit.design.drawing.draw import draw
from mlsd_kit.design.drawing.latency_chart import chart_rates, latency_chart
from mlsd_kit.design.knobs import kept_options, knobs
from mlsd_kit.design.linting.lint import lint
from mlsd_kit.errors import UserError
from mlsd_kit.widgets.playground import playground

YAML = """
title: A funnel with a cache
requirement: {rate: 1000 requests/s, latency: 60 ms, budget: $9/h}
components:
  app: {kind: client, concurrency: unlimited}
  cache: {kind: cache, service: 1 ms, hit_rate: 0.8, concurrency: 8, price: $0.1/h}
  store: {kind: feature_store, service: 5 ms, concurrency: 8, price: $0.2/h}
  index: {kind: retrieval_index, service: 4 ms, shards: 4, replicas: 2, concurrency: 4}
  ranker: {kind: ranker, service: {mean: 1 ms, per_candidate: 20 µs}, replicas: 8, price: $1/h}
  events: {kind: stream, service: 0.2 ms}
flows:
  request:
    candidates: 50000
    steps:
      - {call: app}
      - {call: cache, on_miss: [{call: store}]}
      - {call: index, ask: all, keeps: 200}
      - {call: ranker, keeps: 20}
      - {send: events}
"""
RANKERS = "components.ranker.replicas"
KEPT = "flows.request.index.keeps"
HITS = "components.cache.hit_rate"
LOAD = "requirement.rate"


@pytest.fixture
def design():
    return Design.from_yaml(YAML)


@pytest.fixture
def ground(design):
    return playground(design)


def shown(ground):
    return {
        "status": ground._status.value,
        "picture": ground._picture.value,
        "chart": ground._chart.value,
        "findings": ground._findings.value,
    }


def test_sliders_for_what_can_be_turned(ground):
    assert list(ground.sliders) == [
        LOAD,
        "components.cache.replicas",
        "components.store.replicas",
        "components.index.replicas",
        RANKERS,
        KEPT,
        "flows.request.ranker.keeps",
        HITS,
    ]
    for path, slider in ground.sliders.items():
        assert slider.description
        assert path in slider.tooltip
        assert slider.value == pytest.approx(ground.knobs[path].value)


def test_it_opens_with_the_design_as_it_is(ground, design):
    assert ground.changes == {}
    assert ground.design == design
    assert shown(ground)["picture"] == draw(design, estimate=estimate(design)).svg


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [(RANKERS, 9, 9), (KEPT, 100, 100), (HITS, 0.5, 0.5), (LOAD, 500.0, "500 requests/s")],
)
def test_everything_follows_a_slider(ground, design, path, value, said):
    before = shown(ground)
    ground.sliders[path].value = value
    assert ground.changes == {path: said}
    assert ground.design == design.change({path: said})
    after = shown(ground)
    worked = estimate(ground.design)
    assert after["picture"] == draw(ground.design, estimate=worked).svg
    assert after["picture"] != before["picture"]
    assert f"p99 {worked.latency * 1000:.3g} ms" in after["status"]
    assert f"${worked.price:.2f}/h" in after["status"]


def test_findings_follow_and_new_ones_are_told(ground, design):
    assert "saturated" not in lint(design).rules
    ground.sliders[RANKERS].value = 4
    assert "saturated" in ground.report.rules
    assert re.search(r"<b>\(new\)</b> <code>saturated</code>", ground._findings.value)
    assert "Cannot keep up: ranker." in ground._status.value
    ground.reset()
    assert "(new)" not in ground._findings.value


def test_what_is_put_right_is_told(design):
    ground = playground(design.change({RANKERS: 4}))
    ground.sliders[RANKERS].value = 10
    assert "No longer found:" in ground._findings.value
    assert f"saturated ({RANKERS})" in ground._findings.value


def test_reset_goes_back_and_follows_once(ground, design, monkeypatch):
    ground.sliders[RANKERS].value = 9
    ground.sliders[KEPT].value = 100
    first = shown(playground(design))
    calls = []
    monkeypatch.setattr("mlsd_kit.widgets.playground.lint", lambda d: calls.append(d) or lint(d))
    ground._reset_button.click()
    assert ground.changes == {}
    assert len(calls) == 1
    assert shown(ground) == first


def test_simulate_shows_the_result_beside_the_closed_form_and_runs_again(ground):
    result = ground.simulate(requests=3000)
    assert result is ground.simulation
    assert ground._bar.value == 100
    assert "closed form" in ground._simulated.value
    assert f"{result.arrived:,} requests" in ground._simulated.value
    assert f"{result.latency(99).value * 1000:.3g} ms" in ground._simulated.value
    again = ground.simulate(requests=3000)
    assert again.latency(99) == result.latency(99)
    ground.sliders[RANKERS].value = 10
    assert "of an earlier design" in ground._simulated.value
    ground.simulate(requests=3000)
    assert "of an earlier design" not in ground._simulated.value
    assert not ground._simulate_button.disabled


def test_the_button_simulates_and_says_when_it_cannot(ground, monkeypatch):
    def refuse(*args, progress, **more):
        progress(0.4)
        assert ground._bar.value == 40
        raise UserError("more than <50> events")

    monkeypatch.setattr("mlsd_kit.widgets.playground.simulate", refuse)
    ground._simulate_button.click()
    assert "Not simulated:</b> more than &lt;50&gt; events" in ground._simulated.value
    assert not ground._simulate_button.disabled


def test_without_a_browser_it_shows_the_picture_and_a_summary(design):
    first, second = playground(design), playground(design)
    bundle, other = first._repr_mimebundle_(), second._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"] == other["text/html"]
    assert bundle["text/plain"] == other["text/plain"]
    worked = estimate(design)
    assert bundle["text/plain"].splitlines()[:2] == [
        "A funnel with a cache",
        f"At 1,000 requests/s: p50 {worked.percentile(50) * 1000:.3g} ms, "
        f"p99 {worked.latency * 1000:.3g} ms.",
    ]


def test_quality_of_the_funnel_sizes(design):
    ground = playground(design, quality=lambda sizes: 0.5 + sizes["index"] / 1000)
    assert "Quality: 0.7." in ground._status.value
    ground.sliders[KEPT].value = 100
    assert "Quality: 0.6." in ground._status.value


def test_measured_quality_gives_the_slider_its_sizes(design):
    measured = pd.DataFrame({"index": [100, 100, 500], "quality": [0.6, 0.8, 0.9]})
    ground = playground(design, quality=measured)
    assert [size for _, size in ground.sliders[KEPT].options] == [100, 200, 500]
    assert "Quality: not measured." in ground._status.value
    ground.sliders[KEPT].value = 100
    assert "Quality: 0.7." in ground._status.value


def test_user_text_stays_text(design):
    data = design.to_dict()
    data["title"] = "<img src=x onerror=alert(1)>"
    ground = playground(Design.from_dict(data))
    assert not any("<img" in value for value in shown(ground).values())


def test_components_without_waiting_have_no_slider(design):
    free = design.change({"components.ranker.concurrency": "unlimited"})
    assert RANKERS not in [knob.path for knob in knobs(free)]


def test_every_knob_can_be_turned_to_its_ends(design):
    for knob in knobs(design):
        for value in (knob.low, knob.high):
            assert design.change({knob.path: knob.said(value)})


def test_options_hold_the_own_value():
    knob = next(k for k in knobs(Design.from_yaml(YAML.replace("200", "217"))) if k.path == KEPT)
    assert 217 in kept_options(knob)
    assert kept_options(knob) == sorted(kept_options(knob))


def points(svg):
    lines = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}polyline")
    return [[tuple(map(float, p.split(","))) for p in line.get("points").split()] for line in lines]


def test_the_chart_shows_the_curve_and_leaves_at_the_top(design):
    rates = chart_rates(1000.0, 0.625)
    curve = latency_curve(design, rates)
    median, tail = points(latency_chart(design, curve))
    assert len(median) >= len(tail) > 2
    for low, high in zip(median, tail, strict=False):
        assert low[0] == high[0]
        assert low[1] >= high[1]
    assert tail[-1][1] == min(y for _, y in tail)
    required = 2 * design.requirement.latency
    bottom, top = 226.0, 46.0
    first = bottom - (bottom - top) * curve["p99"].iloc[0] / required
    assert tail[0][1] == pytest.approx(first, abs=0.1)


def test_the_chart_marks_loads_that_degrade(design):
    step = "flows.request.ranker"
    guarded = design.change({f"{step}.timeout": "30 ms", f"{step}.fallback": "by the index"})
    rates = chart_rates(1000.0, 0.625)
    assert "degraded or failed" in latency_chart(guarded, latency_curve(guarded, rates))
    low = [100.0, 200.0]
    assert "degraded or failed" not in latency_chart(guarded, latency_curve(guarded, low))
