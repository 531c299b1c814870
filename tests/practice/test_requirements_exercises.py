"""Each exercise of the lesson on requirements: right, not answered, and wrong in typical ways."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import entropy

from mlsd_kit.cases import load_case
from mlsd_kit.practice import all_exercises, find_exercise
from mlsd_kit.practice.lessons.requirements import FLAWS, draft_budget
from mlsd_kit.requirements import Q, Workload
from tests.practice.exercise_tables import exercise_tests

CTR = load_case("ctr_prediction").spec
ESTIMATES = {e.id: e.value(CTR.scale) for e in CTR.estimates}
PEAK, LATENCY, SIZE = Q("4000 requests/s"), Q("150 ms"), Q("20 kB")
GOOD = [
    "What are we optimising?",
    "What must not get worse?",
    "How many requests per second?",
    "What is the latency budget?",
]


def work(freshness="1 min", known=False, scoring="5 ms", batch="1e-9", online="1e-9"):
    return Workload(
        freshness, "50 ms", "1000 requests/s", "100 predictions/request", scoring,
        "1e7 users", "100 predictions/user",
        f"{batch} dollars/prediction", f"{online} dollars/prediction", known,
    )  # fmt: skip


def drafts():
    """Flaw → a draft that has it."""
    found = {}
    for seed in range(50):
        draft = draft_budget(LATENCY, 250, seed)
        if "network" not in draft.index:
            found["network"] = draft
        elif (draft["figure"] != "p99").any():
            found["median"] = draft
        elif (draft["of"] != "request").any():
            found["each"] = draft
        else:
            found["overspent"] = draft
    return found


DRAFTS = drafts()
RNG = np.random.default_rng(0)
USUAL = pd.DataFrame(
    {"age": RNG.normal(40, 9, 500), "bid": RNG.lognormal(0, 1, 500), "device": ["ios", "web"] * 250}
)
TODAY = USUAL.assign(bid=USUAL["bid"] * 6)
EXCESS = [0.0, 0.001, 0.002, 0.004, 0.007]


def share(counts):
    return np.array(counts) / np.sum(counts)


def mean_within(excess, limit):
    means = np.cumsum(excess) / np.arange(1, len(excess) + 1)
    return int(np.flatnonzero(means <= limit).max() + 1)


def without(name):
    return {id: value for id, value in ESTIMATES.items() if id != name}


def nothing(*arguments):
    """A function that is not written yet."""


RIGHT = {
    "R9.questions": (GOOD, {"facts": CTR.facts}),
    "R1.goal": ("B", {}),
    "R2.effective": (lambda counts: 1 / np.sum(share(counts) ** 2), {"counts": [4, 3, 1]}),
    "R6.mean": (PEAK / 2, {"peak": PEAK, "ratio": 2.0}),
    "R6.estimates": (ESTIMATES, {"estimates": CTR.estimates, "scale": CTR.scale}),
    "R6.in_flight": (Q("600 requests"), {"peak": PEAK, "latency": LATENCY}),
    "R10.fan_out": (lambda slow, servers: 1 - (1 - slow) ** servers, {}),
    "R10.flaw": ("median", {"draft": DRAFTS["median"], "latency": LATENCY}),
    "R3.serve": (
        {"serve": "online", "because": ["freshness", "inputs"]},
        {"workload": work()},
    ),
    "R11.traffic": (Q("0.64 Gbit/s"), {"peak": PEAK, "size": SIZE, "candidates": 250}),
    "R5.culprit": ("bid", {"before": USUAL, "after": TODAY}),
    "R7.longest": (mean_within, {"excess": EXCESS, "limit": 0.001}),
    "R8.objective": (["label", "model", "holdout", "metrics", "decision"], {}),
}
"""Exercise → its right answer, and what the check is given."""

WRONG = {
    "R9.questions": [
        (GOOD[:3], "how fast it has to answer"),
        ([GOOD[0], *GOOD[2:]], "what must not get worse"),
        (GOOD[1:], "what the goal is"),
        (GOOD * 3, "hold 8"),
        (["Blue or green?"], "does not understand"),
        ("What are we optimising?", "A list of questions is wanted"),
    ],
    "R1.goal": [
        ("A", "no quantity"),
        ("C", "property of the model"),
        ("D", "More data"),
        ("E", "none of the options"),
    ],
    "R2.effective": [
        (lambda c: float(np.count_nonzero(c)), "how many there are"),
        (lambda c: np.sum(share(c) ** 2), "upside down"),
        (lambda c: 1 / np.sum(np.square(c).astype(float)), "before they are shares"),
        (lambda c: 1 / share(c).max(), "largest share"),
        (lambda c: np.exp(entropy(c)), "order 1"),
    ],
    "R6.mean": [
        (PEAK, "a day at the peak"),
        (PEAK * 2, "do not multiply"),
        (PEAK / 4, "twice"),
        (Q("2000 predictions/s"), "The unit is"),
        (2000, "seconds and days"),
    ],
    "R6.estimates": [
        (without("log_kept"), "'log_kept' is missing"),
        ({**ESTIMATES, "log_per_day": Q("86.4 TB/day")}, "prefix"),
        ({**ESTIMATES, "log_kept": Q("8 GB/day")}, "The unit is GB/day"),
        ({**ESTIMATES, "positives_per_day": Q("1e9 clicks/day")}, "order of magnitude"),
        ([1, 2], "A dictionary"),
    ],
    "R6.in_flight": [
        (Q("4000 requests"), "That is the rate itself"),
        (PEAK.magnitude / 0.15, "Divided instead of multiplied"),
        (600_000, "milliseconds"),
        (PEAK, "The unit is requests/s"),
    ],
    "R10.fan_out": [
        (lambda p, n: p * n, "added up"),
        (lambda p, n: (1 - p) ** n, "other part"),
        (lambda p, n: p**n, "slow at once"),
        (lambda p, n: p, "for one server"),
    ],
    "R10.flaw": [
        ("overspent", "they fit"),
        ("network", "has its line"),
        ("each", "whole request"),
        ("late", "none of the options"),
    ],
    "R3.serve": [
        ({"serve": "batch", "because": ["cost"]}, "up to 1 day old"),
        ({"serve": "hybrid", "because": ["inputs", "freshness"]}, "Two systems"),
        ({"serve": "online", "because": ["freshness"]}, "1 more belongs"),
        ({"serve": "online", "because": ["freshness", "inputs", "cost"]}, "only one way is"),
        ({"serve": "online"}, "'because' is missing"),
    ],
    "R11.traffic": [
        (Q("0.08 Gbit/s"), "a byte has 8 bits"),
        (Q("160 Gbit/s"), "not times its candidates"),
        (Q("0.00256 Gbit/s"), "for one candidate"),
        (Q("20 kB"), "The unit is"),
    ],
    "R5.culprit": [
        ("age", "another has moved more"),
        ("device", "is a category"),
        ("prediction", "the effect"),
        ("none", "far more than chance"),
    ],
    "R7.longest": [
        (lambda e, x: int(np.flatnonzero(np.array(e) <= x).max() + 1), "oldest age alone"),
        (lambda e, x: int(np.flatnonzero(np.cumsum(e) <= x).max() + 1), "adds the excess up"),
        (lambda e, x: mean_within(e, x) - 1, "One too few"),
        (lambda e, x: mean_within(e, x) + 1, "One too many"),
    ],
    "R8.objective": [
        (["label", "model"], "3 more belong"),
        (["label", "model", "holdout", "metrics", "decision", "inputs"], "features are the same"),
        (["label", "requests"], "what it sent before"),
        (["everything"], "none of the options"),
        ([], "Nothing is chosen"),
    ],
}  # fmt: skip
"""Exercise → typical wrong answers, each with a phrase of its feedback."""


TABLE = {id: (given, right, WRONG[id]) for id, (right, given) in RIGHT.items()}


def test_no_exercise_is_missing_here():
    ids = {id for id, e in all_exercises().items() if e.stage == "requirements"}
    assert set(RIGHT) == set(WRONG) == ids


test_right, test_unanswered, test_mistakes = exercise_tests(TABLE)


@pytest.mark.parametrize("flaw", FLAWS)
def test_each_flaw_of_a_draft_is_found(flaw):
    judge = find_exercise("R10.flaw").judge_of({"draft": DRAFTS[flaw], "latency": LATENCY})
    assert [other for other in FLAWS if judge(other).right] == [flaw]


def test_a_single_prediction_has_no_time_of_a_candidate():
    assert all((draft_budget(LATENCY, 1, seed)["of"] == "request").all() for seed in range(40))


@pytest.mark.parametrize(
    ("workload", "right"),
    [
        (work("1 day", True, online="2e-9"), {"serve": "batch", "because": ["cost"]}),
        (work("1 day", True, batch="1e-7"), {"serve": "online", "because": ["cost"]}),
        (work("1 day", True, "80 ms"), {"serve": "batch", "because": ["latency"]}),
        (work("1 s", True), {"serve": "online", "because": ["freshness"]}),
        (work("1 day", False), {"serve": "online", "because": ["inputs"]}),
        (
            work("1 s", False, "80 ms"),
            {"serve": "hybrid", "because": ["inputs", "freshness", "latency"]},
        ),
    ],
)
def test_the_reasons_follow_the_workload(workload, right):
    judge = find_exercise("R3.serve").judge_of({"workload": workload})
    assert judge(right).right, judge(right).says
    others = {"batch", "online", "hybrid"} - {right["serve"]}
    assert not any(judge({**right, "serve": other}).right for other in others)


@pytest.mark.parametrize(
    "slug", ["ctr_prediction", "recommendation", "fraud_detection", "search_ranking"]
)
def test_the_questions_of_the_lesson_reach_what_decides_in_each_case(slug):
    judge = find_exercise("R9.questions").judge_of({"facts": load_case(slug).spec.facts})
    asked = [*GOOD[:2], "How many requests per second, what is the load?", GOOD[3]]
    assert judge(asked).right, judge(asked).says
