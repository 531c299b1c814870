"""A design to play with: sliders, and the picture, findings and latency that follow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import pandas as pd

from mlsd_kit.design import words
from mlsd_kit.design.closed_forms.estimate import Estimate, estimate, latency_curve
from mlsd_kit.design.design import Design
from mlsd_kit.design.drawing.draw import draw
from mlsd_kit.design.drawing.latency_chart import chart_rates, latency_chart
from mlsd_kit.design.knobs import Knob, kept_options, knobs
from mlsd_kit.design.linting.lint import Finding, LintReport, lint
from mlsd_kit.design.simulation.run import simulate
from mlsd_kit.errors import UserError
from mlsd_kit.units import format_number

if TYPE_CHECKING:
    from mlsd_kit.design.simulation.result import SimulationResult
    from mlsd_kit.design.sizing.search import Quality

__all__ = ["Playground", "playground"]

REQUESTS = 50_000
GROUPS = {
    "load": "Load",
    "replicas": "Replicas",
    "keeps": "Candidates kept",
    "hit_rate": "Cache hit rate",
}


def playground(design: Design, *, quality: Quality | None = None) -> Playground:
    """Open a design with sliders: load, replicas, funnel sizes, hit rates of caches.

    Picture, findings and latency curve follow by closed forms; a button simulates. Where there is
    no browser, the picture and a summary in words are shown.

    Args:
        design: where the sliders begin, and what reset goes back to.
        quality: of funnel sizes, as `search` takes it: a function of {step: keeps}, or a frame of
            measured values with a column for each step and ``quality``; the sliders of its steps
            then have the measured sizes.

    Raises:
        UserError: for a design without request flows.
    """
    return Playground(design, quality)


class Playground:
    """What `playground` opens. The sliders are in ``sliders``, by their paths in the design."""

    def __init__(self, start: Design, quality: Quality | None = None) -> None:
        self.start, self.design, self.quality = start, start, quality
        self.knobs: dict[str, Knob] = {knob.path: knob for knob in knobs(start)}
        self.sliders = {path: _slider(knob, quality) for path, knob in self.knobs.items()}
        self.estimate: Estimate = estimate(start)
        self.report: LintReport = lint(start)
        self.simulation: SimulationResult | None = None
        self._before = frozenset(_key(finding) for finding in self.report.findings)
        self._held = False
        self._status, self._simulated, self._chart, self._findings, self._picture = (
            widgets.HTML() for _ in range(5)
        )
        self._bar = widgets.IntProgress(
            max=100, description="Simulated", tooltip="Share of the simulated span that is done"
        )
        self._simulate_button = widgets.Button(
            description="Simulate",
            icon="play",
            button_style="primary",
            tooltip=f"Send {REQUESTS:,} requests through this design, one by one",
        )
        self._reset_button = widgets.Button(
            description="Reset", icon="undo", tooltip="Set all sliders back to the design"
        )
        for slider in self.sliders.values():
            slider.observe(self._on_slider, "value")
        self._simulate_button.on_click(lambda _: self.simulate())
        self._reset_button.on_click(lambda _: self.reset())
        self.widget = self._arranged()
        self._show()

    @property
    def changes(self) -> dict[str, Any]:
        """What the sliders change, as `Design.change` takes it."""
        found = {path: slider.value for path, slider in self.sliders.items()}
        return {
            path: self.knobs[path].said(value)
            for path, value in found.items()
            if self.knobs[path].changed(value)
        }

    def reset(self) -> None:
        """Set all sliders back."""
        self._held = True
        for path, slider in self.sliders.items():
            slider.value = self.knobs[path].value
        self._held = False
        self._follow()

    def simulate(self, requests: int = REQUESTS, seed: int = 0) -> SimulationResult | None:
        """Simulate the design as the sliders have it, and show what came out beside the estimate.

        Args:
            requests: how many come.
            seed: the same seed and design give the same result.

        Returns:
            The result; None where the simulation cannot be done, which is then shown.
        """
        self._simulate_button.disabled = True
        self._bar.value = 0
        try:
            self.simulation = simulate(
                self.design, requests=requests, seed=seed, progress=self._progress
            )
        except UserError as error:
            self.simulation = None
            self._simulated.value = f"<b>Not simulated:</b> {escape(str(error))}"
            return None
        finally:
            self._simulate_button.disabled = False
        self._bar.value = 100
        self._simulated.value = "".join(self._compared())
        return self.simulation

    def __str__(self) -> str:
        """The summary in words."""
        lines = [self.start.title, *self._told(), f"Findings: {self.report.summary}."]
        lines += [f"{path}: {value}" for path, value in self.changes.items()]
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        view = self.widget._repr_mimebundle_()
        picture = draw(self.design, estimate=self.estimate).html
        return {**view, "text/html": picture, "text/plain": str(self)}

    # following the sliders

    def _on_slider(self, _: Any) -> None:
        if not self._held:
            self._follow()

    def _follow(self) -> None:
        try:
            changes = self.changes
            self.design = self.start.change(changes) if changes else self.start
            self.estimate = estimate(self.design)
        except UserError as error:
            self._status.value = f"<b>Not possible:</b> {escape(str(error))}"
            return
        self.report = lint(self.design)
        self._show()

    def _show(self) -> None:
        told = "<br>".join(map(escape, self._told()))
        self._status.value = f'<div style="line-height:1.5">{told}</div>'
        self._picture.value = draw(self.design, estimate=self.estimate).svg
        busiest = float(self.estimate.utilisation.max())
        rates = chart_rates(self.design.requirement.rate, busiest)
        self._chart.value = latency_chart(self.design, latency_curve(self.design, rates))
        self._findings.value = "".join(self._listed())
        if self.simulation is not None:
            self._simulated.value = "".join(self._compared())

    def _told(self) -> Iterator[str]:
        wanted, worked = self.design.requirement, self.estimate
        latency = worked.latency
        met = "met" if latency <= wanted.latency else "not met"
        tail = f"p{wanted.percentile:g}"
        said = "latency grows without end"
        if math.isfinite(latency):
            middle = words.duration(worked.percentile(50))
            said = f"p50 {middle}, {tail} {words.duration(latency)}"
        yield f"At {format_number(wanted.rate)} requests/s: {said}."
        yield f"Required: {tail} of {words.duration(wanted.latency)}, {met}."
        money = f"{words.price(worked.price)}, ${format_number(worked.per_million)} per million"
        yield f"Cost: {money} requests."
        busy = worked.utilisation.sort_values(ascending=False, kind="stable").head(3)
        shares = [f"{name} {words.percent(share)}" for name, share in busy.items()]
        yield f"Busiest: {', '.join(shares)}."
        for name, share in (("Degraded", worked.degraded), ("Failed", worked.failed)):
            if share > 5e-5:
                yield f"{name}: {words.percent(share)} of requests."
        if worked.saturated:
            yield f"Cannot keep up: {', '.join(worked.saturated)}."
        if self.quality is not None:
            yield f"Quality: {self._quality()}."

    def _quality(self) -> str:
        kept = [(k.step, self.sliders[p].value) for p, k in self.knobs.items() if k.kind == "keeps"]
        sizes = {step: int(count) for step, count in kept}
        if not isinstance(self.quality, pd.DataFrame):
            assert self.quality is not None
            return format_number(float(self.quality(sizes)))
        rows = self.quality
        for step in rows.columns.intersection(list(sizes)):
            rows = rows[rows[step] == sizes[step]]
        return format_number(float(rows["quality"].mean())) if len(rows) else "not measured"

    def _listed(self) -> Iterator[str]:
        yield f"<b>Findings:</b> {escape(self.report.summary)}"
        yield '<ul style="margin:0;padding-left:1.4em;line-height:1.5;overflow-wrap:anywhere">'
        for finding in self.report.findings:
            new = " <b>(new)</b>" if _key(finding) not in self._before else ""
            yield (
                f"<li><b>{finding.severity}</b>{new} <code>{escape(finding.rule)}</code> "
                f"{escape(finding.where)}: {escape(finding.message)}</li>"
            )
        yield "</ul>"
        left = {_key(finding) for finding in self.report.findings}
        gone = sorted(f"{rule} ({where})" for rule, where in self._before - left)
        if gone:
            yield f"<b>No longer found:</b> {escape(', '.join(gone))}"

    # the simulation beside the closed forms

    def _progress(self, share: float) -> None:
        self._bar.value = int(100 * share)

    def _compared(self) -> Iterator[str]:
        result = self.simulation
        if result is None:
            return
        now = result.design == self.design
        worked = self.estimate if now else estimate(result.design)
        percent = result.design.requirement.percentile
        seen = result.latency(50), result.latency(percent)
        rows = [
            ("mean", worked.mean, result.mean),
            ("p50", worked.percentile(50), seen[0]),
            (f"p{percent:g}", worked.percentile(percent), seen[1]),
        ]
        yield f"<b>Simulated</b> {result.arrived:,} requests"
        yield "" if now else " <b>of an earlier design</b>; press Simulate again"
        heads = ("", "closed form", "simulated", "95 % interval")
        row = "".join(f'<th scope="col">{head}</th>' for head in heads)
        yield f'.<table style="line-height:1.4;white-space:nowrap"><thead><tr>{row}</tr></thead>'
        yield "<tbody>"
        for name, formula, found in rows:
            yield _row(
                name,
                words.duration(formula),
                words.duration(found.value),
                f"{words.duration(found.low)} to {words.duration(found.high)}",
            )
        count = max(result.arrived, 1)
        for name, share, number in (
            ("degraded", worked.degraded, result.degraded),
            ("failed", worked.failed, result.failed),
        ):
            yield _row(name, words.percent(share), words.percent(number / count), "")
        yield "</tbody></table>"

    # how it stands on the page

    def _arranged(self) -> widgets.Widget:
        groups = []
        for kind, title in GROUPS.items():
            own = [self.sliders[path] for path, knob in self.knobs.items() if knob.kind == kind]
            if own:
                head = widgets.HTML(f"<b>{title}</b>")
                groups.append(widgets.VBox([head, *own], layout={"margin": "0 16px 8px 0"}))
        controls = widgets.Box(groups, layout=_wrapping())
        buttons = widgets.Box(
            [self._simulate_button, self._reset_button, self._bar], layout=_wrapping()
        )
        told = widgets.VBox([self._status, buttons, self._simulated], layout=_column("1 1 360px"))
        chart = widgets.VBox([self._chart], layout=_column("0 1 420px"))
        followed = widgets.Box([told, chart], layout=_wrapping())
        return widgets.VBox([controls, followed, self._findings, self._picture])


def _slider(knob: Knob, quality: Quality | None) -> Any:
    shared: dict[str, Any] = {
        "description": knob.label,
        "tooltip": f"{GROUPS[knob.kind]}: {knob.path}",
        "style": {"description_width": "120px"},
        "layout": {"width": "330px", "max_width": "100%"},
    }
    if knob.kind == "load":
        return widgets.FloatLogSlider(
            value=knob.value,
            min=math.log10(knob.low),
            max=math.log10(knob.high),
            step=0.02,
            readout_format=",.3r",
            **shared,
        )
    if knob.kind == "keeps":
        measured: list[int] = []
        if isinstance(quality, pd.DataFrame) and knob.step in quality.columns:
            measured = quality[knob.step].unique().tolist()
        options = [(f"{count:,}", count) for count in kept_options(knob, measured)]
        return widgets.SelectionSlider(value=int(knob.value), options=options, **shared)
    if knob.kind == "hit_rate":
        return widgets.FloatSlider(
            value=knob.value, min=knob.low, max=knob.high, step=0.01, readout_format=".0%", **shared
        )
    return widgets.IntSlider(value=int(knob.value), min=int(knob.low), max=int(knob.high), **shared)


def _wrapping() -> dict[str, str]:
    return {"display": "flex", "flex_flow": "row wrap", "align_items": "flex-start"}


def _column(flex: str) -> dict[str, str]:
    return {"flex": flex, "min_width": "0"}


def _row(*cells: str) -> str:
    first, *rest = cells
    inner = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
    return f'<tr><th scope="row">{escape(first)}</th>{inner}</tr>'


def _key(finding: Finding) -> tuple[str, str]:
    return finding.rule, finding.where
