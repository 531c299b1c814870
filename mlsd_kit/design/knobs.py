"""What can be turned at a design while it is looked at: load, replicas, funnel sizes, hit rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from mlsd_kit.design.design import Design
from mlsd_kit.design.planning import visits
from mlsd_kit.design.schema import Step, walk

MOST_HIT_RATE = 0.99


@dataclass(frozen=True)
class Knob:
    """One value of a design that can be turned.

    ``path`` is its path for `Design.change`, ``value`` what the design has, ``low`` and ``high``
    how far it can be turned. Load is in requests/s.
    """

    path: str
    label: str
    kind: Literal["load", "replicas", "keeps", "hit_rate"]
    value: float
    low: float
    high: float

    @property
    def step(self) -> str:
        """The step or component that it turns."""
        return self.path.split(".")[-2]

    def said(self, value: float) -> Any:
        """Give a value as `Design.change` takes it.

        >>> Knob("requirement.rate", "load", "load", 100.0, 10.0, 1000.0).said(250.0)
        '250 requests/s'
        """
        if self.kind == "load":
            return f"{float(f'{value:.3g}'):.15g} requests/s"
        return float(f"{value:.4g}") if self.kind == "hit_rate" else int(value)

    def changed(self, value: float) -> bool:
        """Whether a value is not the design's own, within what a slider can be set to."""
        if self.kind == "load":
            return abs(value / self.value - 1) > 1e-3
        return abs(value - self.value) > 1e-9


def knobs(design: Design) -> list[Knob]:
    """Give the knobs of a design's request flows.

    The load; the replicas of each component that requests come to and can wait for; how many
    candidates each step keeps; the hit rate of each cache.

    >>> from mlsd_kit.design.linting.rules.example import example
    >>> [knob.path for knob in knobs(example())][:2]
    ['requirement.rate', 'components.balancer.replicas']
    """
    rate = design.requirement.rate
    found = [Knob("requirement.rate", "Load (requests/s)", "load", rate, rate / 10, rate * 10)]
    waited = {visit.name: visit for visit in visits(design) if visit.waits}
    for name, visit in waited.items():
        component = visit.component
        if component.concurrency != "unlimited" and visit.work > 0:
            most = max(10, 3 * component.replicas)
            path = f"components.{name}.replicas"
            found.append(Knob(path, name, "replicas", component.replicas, 1, most))
    for flow_name, flow in design.flows.items():
        if flow.kind == "request":
            found += _kept(design, flow_name, [step for _, step in walk(flow.steps)])
    for name, visit in waited.items():
        if visit.component.hit_rate is not None:
            path, value = f"components.{name}.hit_rate", visit.component.hit_rate
            found.append(Knob(path, name, "hit_rate", value, 0.0, max(MOST_HIT_RATE, value)))
    return found


def _kept(design: Design, flow: str, steps: list[Step]) -> list[Knob]:
    several = sum(flow.kind == "request" for flow in design.flows.values()) > 1
    count = Counter(step.label for step in steps)
    found = []
    for step in steps:
        if step.keeps is not None and count[step.label] == 1:
            label = f"{flow}: {step.label}" if several else step.label
            path = f"flows.{flow}.{step.label}.keeps"
            high = max(step.keeps, min(10 * step.keeps, 10**9))
            found.append(Knob(path, label, "keeps", step.keeps, 1, high))
    return found


def kept_options(knob: Knob, measured: Iterable[int] = ()) -> list[int]:
    """Give the numbers of candidates to choose from, with the design's own.

    Those that were measured, else round numbers from 1 to the most.

    >>> ranker = Knob("flows.f.ranker.keeps", "ranker", "keeps", 30, 1, 300)
    >>> kept_options(ranker)
    [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300]
    >>> kept_options(ranker, [50, 20])
    [20, 30, 50]
    """
    steps = (1, 1.5, 2, 3, 5, 7)
    round_ones = {int(step * 10**power) for power in range(10) for step in steps}
    chosen = {int(n) for n in measured} or {n for n in round_ones if knob.low <= n <= knob.high}
    return sorted(chosen | {int(knob.value)})
