"""Batch or online: what the requirements rule out, and what the rest costs."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from mlsd_kit.errors import UserError
from mlsd_kit.requirements.quantities import converted, quantity
from mlsd_kit.units import Quantity, format_quantity

Figure = Quantity | str


@dataclass(frozen=True)
class Workload:
    """What decides how predictions are served; each figure is a quantity or a text with a unit."""

    freshness: Figure
    """How old a prediction may be when it is used."""
    latency: Figure
    """The time allowed for the predictions of a request."""
    requests: Figure
    """Mean rate of requests, not the peak: costs follow the mean."""
    per_request: Figure
    """Predictions that a request needs when they are made online."""
    scoring: Figure
    """Time that the model takes for the predictions of a request."""
    entities: Figure
    """For how many, such as users, a batch job predicts."""
    per_entity: Figure
    """Predictions that a batch job makes for each of them."""
    batch_cost: Figure
    """Of a prediction in a batch job."""
    online_cost: Figure
    """Of a prediction at a request, spare capacity for the peak included."""
    known_before: bool = True
    """Whether all that a prediction depends on is known before the request."""
    active: float = 1.0
    """Share of the entities that come before the next run; for the others it was in vain."""
    period: Figure = "1 day"
    """Time from one run of the batch job to the next."""


@dataclass(frozen=True)
class Serving:
    """The decision: ``choice`` is "batch", "online" or "hybrid"; ``reasons`` say why."""

    choice: str
    reasons: pd.DataFrame
    """Criterion → the figures of batch and of online, what it rules out, and why."""
    batch_cost: Quantity
    """Dollars a day."""
    online_cost: Quantity
    """Dollars a day."""

    @property
    def ruled_out(self) -> list[str]:
        """What the requirements rule out, whatever it costs."""
        return sorted({way for way in self.reasons["rules out"] if way})


def cost_of_prediction(rate: Figure, core_hour: Figure, busy: float = 1.0) -> Quantity:
    """Give the cost of a prediction from what a core does in a second, and what the core costs.

    Args:
        rate: predictions of one core, such as ``"200000 predictions/s"``.
        core_hour: its price, such as ``"0.05 dollars/hour"``.
        busy: share of the time that the core is used; the spare time is paid for as well.

    >>> cost_of_prediction("1e6 predictions/s", "0.036 dollars/hour", busy=0.5).magnitude
    2e-11
    """
    if not 0 < busy <= 1:
        raise UserError(f"busy is a share above 0, up to 1, not {busy}")
    price = quantity(core_hour) / (quantity(rate) * busy)
    return converted(price, "dollars/prediction", "price ÷ rate")


def predictions_per_day(workload: Workload) -> tuple[Quantity, Quantity]:
    """Give the predictions a day of a batch job, and of answering each request online."""
    runs = quantity(workload.entities) * quantity(workload.per_entity) / quantity(workload.period)
    asked = quantity(workload.requests) * quantity(workload.per_request)
    return (
        converted(runs, "predictions/day", "entities × predictions for each ÷ period"),
        converted(asked, "predictions/day", "requests × predictions for each"),
    )


def decide_serving(workload: Workload) -> Serving:
    """Decide between batch and online, with the reasons.

    Inputs that are known only at the request, or a freshness below the batch job's period, rule
    out batch; a model slower than the latency rules out online. Of what is left the cheaper is
    chosen. When both are ruled out, the choice is "hybrid": precompute what does not depend on the
    request, and finish at the request.

    Raises:
        UnitError: when a figure has the wrong kind of unit.

    >>> lists = Workload(
    ...     freshness="1 day", latency="50 ms", requests="10000 requests/s",
    ...     per_request="150 predictions/request", scoring="5 ms", entities="5e7 users",
    ...     per_entity="150 predictions/user", batch_cost="1e-10 dollars/prediction",
    ...     online_cost="4e-10 dollars/prediction",
    ... )
    >>> decide_serving(lists).choice
    'batch'
    """
    fresh = converted(workload.freshness, "s", "freshness")
    period = converted(workload.period, "s", "period")
    allowed = converted(workload.latency, "ms", "latency")
    taken = converted(workload.scoring, "ms", "scoring")
    batch, online = predictions_per_day(workload)
    batch_cost = converted(batch * quantity(workload.batch_cost), "dollars/day", "batch cost")
    online_cost = converted(online * quantity(workload.online_cost), "dollars/day", "online cost")
    dearer, times = _compared(batch_cost, online_cost)
    known = workload.known_before
    rows = [
        ("inputs", "known" if known else "not known yet", "known", "" if known else "batch",
         "all that a prediction depends on has to be there when it is made"),
        ("freshness", f"up to {format_quantity(period)} old", "new",
         "batch" if fresh < period else "", f"may be {format_quantity(fresh)} old"),
        ("latency", "a look-up", format_quantity(taken), "online" if taken > allowed else "",
         f"{format_quantity(allowed)} allowed"),
        ("predictions", format_quantity(batch), format_quantity(online), "",
         f"{1 - workload.active:.0%} of the batch's are for nobody"),
        ("cost", format_quantity(batch_cost), format_quantity(online_cost), "",
         f"{dearer} costs {times:,.3g} times as much"),
    ]  # fmt: skip
    columns = ["criterion", "batch", "online", "rules out", "because"]
    reasons = pd.DataFrame(rows, columns=columns).set_index("criterion")
    left = {"batch", "online"} - set(reasons["rules out"])
    choice = "hybrid" if not left else ({"batch", "online"} - {dearer} if len(left) == 2 else left)
    return Serving(
        choice if isinstance(choice, str) else choice.pop(), reasons, batch_cost, online_cost
    )


def _compared(batch: Quantity, online: Quantity) -> tuple[str, float]:
    ratio = float((online / batch).to("dimensionless").magnitude)
    return ("online", ratio) if ratio >= 1 else ("batch", 1 / ratio)
