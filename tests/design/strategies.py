"""Random valid designs for hypothesis: any kinds of components, any optional keys."""

from __future__ import annotations

import typing
from typing import Any

from hypothesis import strategies as st

from mlsd_kit.design import Design
from mlsd_kit.design.schema import BELONGS, Check, Kind, Plane

KINDS = typing.get_args(Kind)
TEXTS = st.sampled_from(
    ["complaints", "input drift", "user_id", "a: b", "# no comment", "é 'quoted' \"twice\"", "yes",
     "null", "1", "<b>bold</b>", "- list", " spaces ", "two\nlines", "~", "&a *a", "5 %", "12:30"]
)  # fmt: skip
SHORT = st.sampled_from(["0.3 ms", "1 ms", "2.5 ms", "40 ms", "1 s"]) | st.floats(1e-9, 2).map(
    lambda value: f"{value!r} s"
)
LONG = st.sampled_from(["1 min", "20 min", "1 h", "36 h", "1 day", "30 days"]) | st.floats(
    1, 1e8
).map(lambda value: f"{value!r} s")
SHARES = st.sampled_from([0.0, 1.0, 0.5, "5 %", "99.9 %"]) | st.floats(0, 1)
PRICES = st.sampled_from(["$0.05/h", "$3/h", "$0/h"]) | st.floats(1e-6, 100).map(
    lambda value: f"{value!r} dollars/h"
)
SIZES = st.sampled_from(["200 bytes", "20 kB", "3 MB"])


def service_times() -> st.SearchStrategy[Any]:
    """A service time of any shape, or only its mean."""
    mean = {"mean": SHORT}
    also = {"per_candidate": st.sampled_from(["10 µs", "1 µs", "0.2 ms"])}
    cv = st.sampled_from([0.1, 0.5, 2.0]) | st.floats(0.01, 10)
    varied = st.sampled_from(["lognormal", "gamma"])
    fixed = st.sampled_from(["exponential", "constant"])
    return st.one_of(
        SHORT,
        st.just("0 s"),
        st.fixed_dictionaries(mean, optional={**also, "shape": fixed}),
        st.fixed_dictionaries({**mean, "shape": varied, "cv": cv}, optional=also),
        st.lists(SHORT, min_size=1, max_size=6).map(
            lambda sample: {"shape": "measured", "sample": sample}
        ),
    )


OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "does": TEXTS,
    "plane": st.sampled_from(typing.get_args(Plane)),
    "owner": TEXTS,
    "service": service_times(),
    "concurrency": st.sampled_from([1, 4, 200, "unlimited"]),
    "replicas": st.integers(1, 20),
    "zones": st.integers(1, 4),
    "balancing": st.sampled_from(["shared", "random"]),
    "queue": st.sampled_from([0, 1, 100, 10_000]),
    "price": PRICES,
    "failures": st.fixed_dictionaries({"every": LONG, "repair": LONG}),
    "errors": SHARES,
    "partition_by": TEXTS,
    "hit_rate": SHARES,
    "lives": LONG,
    "invalidated_by": TEXTS,
    "retention": LONG,
    "stores": st.lists(TEXTS, max_size=3),
    "pseudonymous": st.booleans(),
    "point_in_time": st.booleans(),
    "refreshed_every": LONG,
    "watches": st.lists(TEXTS, max_size=3),
    "alerts": TEXTS,
    "promotes_after": st.lists(st.sampled_from(typing.get_args(Check)), max_size=6),
    "explores": SHARES,
    "sheds_load": st.booleans(),
}


@st.composite
def components(draw: st.DrawFn) -> dict[str, Any]:
    """A component of any kind with some of the keys that go with it."""
    kind = draw(st.sampled_from(KINDS))
    allowed = [key for key in OPTIONAL if kind in BELONGS.get(key, (kind,))]
    keys = draw(st.lists(st.sampled_from(allowed), max_size=8, unique=True))
    data = {"kind": kind, **{key: draw(OPTIONAL[key]) for key in keys}}
    shards = draw(st.sampled_from([None, None, 1, 2, 12]))
    if shards is not None:
        data["shards"] = shards
        if draw(st.booleans()):
            data["hottest_share"] = draw(st.floats(1 / shards, 1))
    return data


CALL_KEYS: dict[str, st.SearchStrategy[Any]] = {
    "ask": st.sampled_from(["one", "all"]),
    "timeout": SHORT,
    "retries": st.integers(0, 4),
    "backoff": SHORT,
    "jitter": st.booleans(),
    "fallback": TEXTS,
    "keeps": st.sampled_from([1, 10, 500, 10**12]),
}
STEP_KEYS: dict[str, st.SearchStrategy[Any]] = {
    "share": SHARES,
    "takes": LONG,
    "carries": SIZES,
    "point_in_time": st.booleans(),
}


@st.composite
def steps(
    draw: st.DrawFn, parts: dict[str, Any], seen: set[str], depth: int = 0
) -> list[dict[str, Any]]:
    """Steps over some components, branches and misses inside them; ``seen`` labels are taken."""
    made = []
    for _ in range(draw(st.integers(1, 6 if depth == 0 else 2))):
        verb = draw(st.sampled_from(["call", "call", "call", "send", "parallel"]))
        if verb == "parallel" and depth < 2:
            count = draw(st.integers(1, 3))
            made.append({"parallel": [draw(steps(parts, seen, depth + 1)) for _ in range(count)]})
            continue
        verb = "send" if verb == "send" else "call"
        name = draw(st.sampled_from(sorted(parts)))
        step = {verb: name}
        if name in seen or draw(st.integers(0, 5)) == 0:
            step["name"] = next(n for n in (f"step_{i}" for i in range(99)) if n not in seen)
        seen.add(step.get("name", name))
        allowed = {**STEP_KEYS, **(CALL_KEYS if verb == "call" else {})}
        keys = draw(st.lists(st.sampled_from(sorted(allowed)), max_size=5, unique=True))
        step.update({key: draw(allowed[key]) for key in keys})
        cache = verb == "call" and parts[name]["kind"] == "cache" and depth < 2
        if cache and draw(st.booleans()):
            step["on_miss"] = draw(steps(parts, seen, depth + 1))
        made.append(step)
    return made


@st.composite
def flows(draw: st.DrawFn, parts: dict[str, Any], kind: str) -> dict[str, Any]:
    """A flow of a kind over some components."""
    flow: dict[str, Any] = {"kind": kind} if kind != "request" or draw(st.booleans()) else {}
    if draw(st.booleans()):
        flow["candidates"] = draw(st.sampled_from([1, 200, 100_000]))
    if kind != "request":
        flow["every"] = draw(LONG)
    elif draw(st.booleans()):
        flow["share"] = draw(SHARES)
    if kind == "training" and draw(st.booleans()):
        flow["waits_for_labels"] = draw(LONG)
    return {**flow, "steps": draw(steps(parts, set()))}


def requirements() -> st.SearchStrategy[dict[str, Any]]:
    """A requirement with some of its keys."""
    rate = st.sampled_from(["1 request/s", "4000 requests/s", "50 requests/min"])
    latency = st.sampled_from(["1 ms", "150 ms", "2 s"])
    return st.fixed_dictionaries(
        {"rate": rate, "latency": latency},
        optional={
            "percentile": st.sampled_from([50, 99, 99.9]),
            "availability": SHARES,
            "freshness": LONG,
            "labels_after": LONG,
            "budget": PRICES,
            "guards": st.lists(TEXTS, max_size=3),
            "personal_data": st.lists(TEXTS, max_size=3),
            "feedback": st.booleans(),
            "growth": st.sampled_from([1, 1.5, 10.0]),
        },
    )


@st.composite
def design_data(draw: st.DrawFn, most: int = 25, requests: bool = True) -> dict[str, Any]:
    """What a valid design file of up to ``most`` components says.

    With ``requests`` at least one of its flows is of requests.
    """
    made = draw(st.lists(components(), min_size=1, max_size=most))
    parts = {f"{part['kind']}_{index}": part for index, part in enumerate(made)}
    kinds = draw(st.lists(st.sampled_from(["request", "batch", "training"]), max_size=3))
    if requests or not kinds:
        kinds = ["request", *kinds]
    waived = st.sampled_from(["timeout_missing", "saturated", "no_such_rule", "waiver_unused"])
    return {
        "title": draw(TEXTS),
        **({"story": draw(TEXTS)} if draw(st.booleans()) else {}),
        "requirement": draw(requirements()),
        "components": parts,
        "flows": {f"flow_{i}": draw(flows(parts, kind)) for i, kind in enumerate(kinds)},
        **({"waivers": {draw(waived): draw(TEXTS)}} if draw(st.booleans()) else {}),
    }


def designs(most: int = 25, requests: bool = True) -> st.SearchStrategy[Design]:
    """Valid designs of up to ``most`` components; by default with a request flow."""
    return design_data(most, requests).map(Design.from_dict)
