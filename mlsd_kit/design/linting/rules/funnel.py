"""Stages that pass fewer and fewer candidates on."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.linting.rules.words import count, percent, time
from mlsd_kit.design.planning import Visit

MISSING_SHARE = 0.25
"""Of the latency budget, for a ranker that looks at all there is."""
DOMINATING_SHARE = 0.5
"""Of the latency budget, for one stage after a narrowing one."""


@rule(
    "stage_keeps_more",
    "error",
    "S5",
    reason="A stage chooses among what it is given; one that gives more than it gets is a slip in "
    "the candidate counts, and all loads after it are wrong.",
    advice="Correct the counts: each stage keeps at most what the one before it gave.",
    bad={"flows.request.ranker.keeps": 300},
    good={"flows.request.ranker.keeps": 200},
)
def stage_keeps_more(facts: Facts) -> Iterator[Found]:
    """Compare what each stage keeps with what it receives."""
    for flow in facts.design.flows:
        for visit in facts.visits(flow):
            keeps, receives = visit.step.keeps, visit.receives
            if keeps is not None and receives is not None and keeps > receives:
                yield (
                    f"flows.{flow}.{visit.label}.keeps",
                    f"receives {count(receives, 'candidate')} and keeps {keeps:,}",
                )


@rule(
    "keeps_missing",
    "warning",
    "S5",
    reason="Retrieval is there to narrow down; an index that hands on all it holds leaves the "
    "whole catalogue to the dear stages.",
    advice="State how many candidates the index keeps, and measure the recall at that number.",
    bad={"flows.request.index.keeps": None, "flows.request.candidates": 200},
    good={"flows.request.candidates": 200},
)
def keeps_missing(facts: Facts) -> Iterator[Found]:
    """Find indexes that narrow nothing down for a ranker after them."""
    for flow, _ in facts.flows("request", "batch"):
        visits = facts.visits(flow)
        rankers = [n for n, visit in enumerate(visits) if visit.component.kind == "ranker"]
        for visit in visits[: max(rankers, default=0)]:
            index = visit.component.kind == "retrieval_index"
            if index and visit.receives is not None and visit.step.keeps is None:
                yield (
                    f"flows.{flow}.{visit.label}.keeps",
                    f"hands on all {count(visit.receives, 'candidate')}",
                )


@rule(
    "funnel_missing",
    "warning",
    "S5",
    reason="A ranker's time grows with its candidates. A cheap stage before it narrows millions "
    "to hundreds (Covington et al., Deep Neural Networks for YouTube Recommendations, 2016).",
    advice="Put retrieval or a light ranker first, and keep only what the ranker has time for.",
    bad={
        "flows.request.candidates": 1500,
        "flows.request.index.keeps": 1500,
        "components.ranker.concurrency": 40,
        "flows.request.ranker.timeout": "100 ms",
        "flows.request.ranker.retries": None,
        "flows.request.ranker.backoff": None,
        "flows.request.ranker.jitter": None,
    },
    good={"flows.request.candidates": 5000},
)
def funnel_missing(facts: Facts) -> Iterator[Found]:
    """Find rankers that look at everything, for a good part of the budget."""
    for visit, spends in _spending(facts):
        everything = visit.receives == facts.design.flows[visit.flow].candidates
        share = spends / facts.requirement.latency
        if visit.component.kind == "ranker" and everything and share >= MISSING_SHARE:
            yield (
                f"flows.{visit.flow}.{visit.label}.call",
                f"scores all {count(visit.receives or 0, 'candidate')}: {time(spends)}, "
                f"{percent(share)} of the budget",
            )


@rule(
    "candidates_dominate",
    "warning",
    "S5",
    reason="One stage that spends half of the budget on its candidates leaves no room for "
    "waiting, for retries, or for the other stages.",
    advice="Keep fewer candidates before it, or make the model cheaper for each.",
    bad={
        "components.ranker.service": {
            "mean": "1 ms", "per_candidate": "400 µs", "shape": "constant"},
        "components.ranker.concurrency": 40,
        "flows.request.ranker.timeout": "120 ms",
        "flows.request.ranker.retries": None,
        "flows.request.ranker.backoff": None,
        "flows.request.ranker.jitter": None,
    },
    good={"components.ranker.service.per_candidate": "30 µs"},
)  # fmt: skip
def candidates_dominate(facts: Facts) -> Iterator[Found]:
    """Find stages after a narrowing one that spend half of the budget on candidates."""
    for visit, spends in _spending(facts):
        everything = visit.receives == facts.design.flows[visit.flow].candidates
        share = spends / facts.requirement.latency
        if not everything and share >= DOMINATING_SHARE:
            yield (
                f"flows.{visit.flow}.{visit.label}.keeps",
                f"{count(visit.receives or 0, 'candidate')} of "
                f"{time(visit.component.service.per_candidate)} take {time(spends)}, "
                f"{percent(share)} of the budget",
            )


def _spending(facts: Facts) -> Iterator[tuple[Visit, float]]:
    """The waited calls that look at candidates, with the seconds spent on them."""
    for wait in facts.waits:
        visit = wait.visit
        looked_at = (visit.receives or 0) / visit.asked
        spends = visit.component.service.per_candidate * looked_at
        if spends > 0:
            yield visit, spends
