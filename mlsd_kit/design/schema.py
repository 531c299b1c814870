"""What a design may say: a requirement, components, and the flows that go through them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, model_validator

from mlsd_kit.design.amounts import Bytes, HourlyPrice, RequestRate, Seconds, Share
from mlsd_kit.documents.validate import Mistake, Mistakes

Kind = Literal[
    "client", "network", "load_balancer", "gateway", "service", "ranker", "retrieval_index",
    "feature_store", "cache", "database", "queue", "stream", "log", "warehouse", "batch_job",
    "trainer", "model_registry", "monitor", "experiment", "human_review", "rules",
]  # fmt: skip
Plane = Literal["serving", "data", "training"]
PLANES: dict[str, Plane] = {
    "stream": "data", "log": "data", "warehouse": "data", "batch_job": "data", "queue": "data",
    "trainer": "training", "model_registry": "training",
}  # fmt: skip
Check = Literal[
    "holdout", "parity", "fairness", "calibration", "feature_tests", "data_validation", "shadow",
    "canary", "ab_test", "rollback",
]  # fmt: skip
T = TypeVar("T")
Several = Annotated[tuple[T, ...], Strict(False)]
Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1, le=10**12)]


def _name(text: str) -> str:
    if not text.isidentifier():
        raise ValueError(f"{text!r} is not a name; use letters, digits and '_', such as 'ranker'")
    return text


Name = Annotated[str, AfterValidator(_name)]


class Part(BaseModel):
    """A part of a design; unknown keys are refused, parts never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ServiceTime(Part):
    """How long a server is busy with one call.

    ``exponential`` has a coefficient of variation of 1, ``constant`` of 0; ``lognormal`` and
    ``gamma`` have the one given as ``cv``; ``measured`` draws from ``sample``, whose mean must be
    ``mean`` (leave ``mean`` out to have it computed). A call that looks at n candidates takes n
    times ``per_candidate`` longer on average; the whole time varies alike.
    """

    mean: Seconds = 0.0
    shape: Literal["exponential", "constant", "lognormal", "gamma", "measured"] = "exponential"
    cv: Annotated[float, Field(ge=0.001, le=100)] | None = None
    per_candidate: Seconds = 0.0
    sample: Several[Seconds] = ()

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        return {"mean": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _fits(self) -> ServiceTime:
        varied = self.shape in ("lognormal", "gamma")
        if varied and self.cv is None:
            raise Mistakes([(("cv",), f"is missing: {self.shape} needs it, such as 'cv: 0.5'")])
        if self.cv is not None and not varied:
            raise Mistakes([(("cv",), f"goes with lognormal or gamma, not with {self.shape}")])
        if bool(self.sample) != (self.shape == "measured"):
            raise Mistakes([(("sample",), "goes with 'shape: measured', and that needs it")])
        if self.sample and self.mean == 0.0:
            object.__setattr__(self, "mean", sum(self.sample) / len(self.sample))
        return self

    @property
    def variation(self) -> float:
        """The coefficient of variation: standard deviation over mean."""
        if self.shape == "measured":
            mean = sum(self.sample) / len(self.sample)
            square = sum((value - mean) ** 2 for value in self.sample) / len(self.sample)
            return float(square**0.5 / mean) if mean else 0.0
        return {"exponential": 1.0, "constant": 0.0}.get(self.shape, self.cv or 0.0)


class Failures(Part):
    """How often one replica dies, on average, and how long until it is back."""

    every: Seconds
    repair: Seconds


class Component(Part):
    """A part of the system with servers of its own.

    ``shards`` split the data; each shard has ``replicas``, each of which serves ``concurrency``
    calls side by side (``unlimited``: nobody waits). ``queue`` is how many calls may wait at a
    shard, nothing said is no limit. ``balancing`` is one queue per shard (``shared``) or one per
    replica (``random``). Prices are for one replica.
    """

    kind: Kind
    does: Text | None = None
    plane: Plane | None = None
    owner: Text | None = None
    service: ServiceTime = ServiceTime()
    concurrency: Count | Literal["unlimited"] = 1
    replicas: Count = 1
    zones: Count = 1
    shards: Count = 1
    balancing: Literal["shared", "random"] = "shared"
    queue: Annotated[int, Field(ge=0)] | None = None
    price: HourlyPrice = 0.0
    failures: Failures | None = None
    errors: Share = 0.0
    partition_by: Text | None = None
    hottest_share: Share | None = None
    hit_rate: Share | None = None
    lives: Seconds | None = None
    invalidated_by: Text | None = None
    retention: Seconds | None = None
    stores: Several[Text] = ()
    pseudonymous: bool = False
    point_in_time: bool = False
    refreshed_every: Seconds | None = None
    watches: Several[Text] = ()
    alerts: Text | None = None
    promotes_after: Several[Check] = ()
    explores: Share = 0.0
    sheds_load: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Component:
        found: list[Mistake] = []
        for key, kinds in BELONGS.items():
            if key in self.model_fields_set and self.kind not in kinds:
                found.append(((key,), f"does not go with {self.kind}, only {', '.join(kinds)}"))
        if self.hottest_share is not None and self.hottest_share < 1 / self.shards - 1e-12:
            least = f"of {self.shards} shards the hottest has at least {1 / self.shards:.3g}"
            found.append((("hottest_share",), least))
        if found:
            raise Mistakes(found)
        return self

    @property
    def where(self) -> Plane:
        """The plane it stands in: the one said, or its kind's usual one."""
        return self.plane or PLANES.get(self.kind, "serving")

    @property
    def servers(self) -> float:
        """Calls that one shard serves side by side; infinite when unlimited."""
        if self.concurrency == "unlimited":
            return float("inf")
        return float(self.replicas * self.concurrency)

    @property
    def hourly_price(self) -> float:
        """Dollars per hour for all its replicas."""
        return self.price * self.replicas * self.shards


BELONGS: dict[str, tuple[str, ...]] = {
    "hit_rate": ("cache",),
    "lives": ("cache",),
    "invalidated_by": ("cache",),
    "watches": ("monitor", "experiment"),
    "alerts": ("monitor", "experiment"),
    "promotes_after": ("model_registry",),
    "point_in_time": ("feature_store", "warehouse", "batch_job", "log"),
    "explores": ("ranker", "service", "rules", "experiment"),
}
"""Keys that only some kinds of components have."""


class Step(Part):
    """One step of a flow: a call, branches side by side, or something left behind.

    ``call`` asks a component and waits for it; ``send`` leaves something with it and goes on.
    ``parallel`` goes through several lists of steps at once and waits for the slowest. A call
    that times out, is refused or fails is made again ``retries`` times, ``backoff`` after the
    one before; then the ``fallback`` answers, or the request fails. ``keeps`` is how many
    candidates go on; a call of ``all`` shards splits them and waits for the slowest shard, a call
    of ``one`` goes where its key lives. On a cache, ``on_miss`` are the steps that a miss takes.
    """

    call: Name | None = None
    send: Name | None = None
    parallel: Several[Several[Step]] = ()
    name: Name | None = None
    keeps: Count | None = None
    share: Share = 1.0
    ask: Literal["one", "all"] = "one"
    timeout: Seconds | None = None
    retries: Annotated[int, Field(ge=0, le=20)] = 0
    backoff: Seconds = 0.0
    jitter: bool = False
    fallback: Text | None = None
    on_miss: Several[Step] = ()
    takes: Seconds | None = None
    carries: Bytes | None = None
    point_in_time: bool | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Step:
        if sum([self.call is not None, self.send is not None, bool(self.parallel)]) != 1:
            raise ValueError("a step has exactly one of 'call', 'send' and 'parallel'")
        found: list[Mistake] = []
        if self.call is None:
            only = ("timeout", "retries", "fallback", "on_miss", "ask", "backoff", "jitter")
            found += [((key,), "goes with 'call'") for key in only if key in self.model_fields_set]
        if self.parallel and self.name:
            found.append((("name",), "goes with 'call' or 'send'"))
        if self.timeout == 0:
            found.append((("timeout",), "must be more than 0"))
        if found:
            raise Mistakes(found)
        return self

    @property
    def component(self) -> str | None:
        """The component that it calls or sends to; none for branches."""
        return self.call or self.send

    @property
    def label(self) -> str:
        """What the step is called: its name, or that of its component."""
        return self.name or self.component or "parallel"


class Flow(Part):
    """A way through the components: of each request, of a scheduled batch, or of training.

    Request flows take their ``share`` of the required rate and start with ``candidates``. Batch
    and training flows run ``every`` so often; ``waits_for_labels`` is how old an event must be
    before training takes its label as known.
    """

    kind: Literal["request", "batch", "training"] = "request"
    share: Share = 1.0
    candidates: Count | None = None
    every: Seconds | None = None
    waits_for_labels: Seconds | None = None
    steps: Annotated[Several[Step], Field(min_length=1)]

    @model_validator(mode="after")
    def _schedule(self) -> Flow:
        found: list[Mistake] = []
        if self.kind == "request" and self.every is not None:
            found.append((("every",), "goes with batch and training flows; requests have a rate"))
        if self.kind != "request" and not self.every:
            found.append((("every",), f"is missing; a {self.kind} flow needs it, such as '1 day'"))
        if self.kind != "request" and "share" in self.model_fields_set:
            found.append((("share",), "goes with request flows"))
        if self.kind != "training" and self.waits_for_labels is not None:
            found.append((("waits_for_labels",), "goes with training flows"))
        if found:
            raise Mistakes(found)
        return self


NOT_LABELS = (*Flow.model_fields, "parallel")
"""What a step cannot be called, as paths such as ``flows.request.share`` name something else."""


class Requirement(Part):
    """What the design has to meet.

    ``rate`` at the peak; ``latency`` at ``percentile``; ``freshness``: how old a prediction or
    feature that is served may be; ``labels_after``: until most labels are there; ``feedback``:
    what is shown decides what is learned from; ``personal_data``: fields that are.
    """

    rate: RequestRate
    latency: Seconds
    percentile: Annotated[float, Field(gt=0, lt=100)] = 99.0
    availability: Share | None = None
    freshness: Seconds | None = None
    labels_after: Seconds | None = None
    budget: HourlyPrice | None = None
    guards: Several[Text] = ()
    personal_data: Several[Text] = ()
    feedback: bool = False
    growth: Annotated[float, Field(ge=1)] = 1.0

    @model_validator(mode="after")
    def _positive(self) -> Requirement:
        zero = [key for key in ("rate", "latency") if getattr(self, key) == 0]
        if zero:
            raise Mistakes([((key,), "must be more than 0") for key in zero])
        return self


class Blueprint(Part):
    """The parts of a `Design`, checked against each other."""

    title: Text
    story: Text | None = None
    requirement: Requirement
    components: Annotated[dict[Name, Component], Field(min_length=1)]
    flows: Annotated[dict[Name, Flow], Field(min_length=1)]
    waivers: dict[Name, Text] = {}

    @model_validator(mode="after")
    def _agrees(self) -> Blueprint:
        found = list(self._mistakes())
        if found:
            raise Mistakes(found)
        return self

    def _mistakes(self) -> Iterator[Mistake]:
        for flow_name, flow in self.flows.items():
            seen: set[str] = set()
            for keys, step in walk(flow.steps):
                at = ("flows", flow_name, *keys)
                if step.component is None:
                    continue
                if step.component not in self.components:
                    near = difflib.get_close_matches(step.component, self.components, 1, 0)[0]
                    verb = "call" if step.call else "send"
                    message = f"no component {step.component!r}; the nearest is {near!r}"
                    yield (*at, verb), message
                    continue
                component = self.components[step.component]
                if step.on_miss and component.kind != "cache":
                    yield (*at, "on_miss"), f"goes with a cache; {step.call!r} is {component.kind}"
                if step.label in NOT_LABELS:
                    reserved = f"a step cannot be called {step.label!r}, which is a key of its flow"
                    yield (*at, "name"), reserved
                if step.label in seen:
                    yield (*at, "name"), f"a second step {step.label!r}: give it a name of its own"
                seen.add(step.label)


def walk(
    steps: tuple[Step, ...], keys: tuple[str | int, ...] = ("steps",)
) -> Iterator[tuple[tuple[str | int, ...], Step]]:
    """Go through steps and the steps inside them, each with its key path."""
    for index, step in enumerate(steps):
        yield (*keys, index), step
        for number, branch in enumerate(step.parallel):
            yield from walk(branch, (*keys, index, "parallel", number))
        yield from walk(step.on_miss, (*keys, index, "on_miss"))
