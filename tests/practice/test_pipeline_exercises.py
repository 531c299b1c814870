"""The exercises on architecture and orchestration: what is right, and what each mistake is told."""

import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.pipeline import STEPS
from mlsd_kit.practice import find_exercise
from tests.practice.exercise_tables import exercise_tests

DESIGN = load_case("ctr_prediction").designs()["reference"]
LOOP = ["events", "warehouse", "data_checks", "trainer", "registry", "ranker"]
READS = {step.name: list(step.needs) for step in STEPS}
AGAIN = ["evaluate", "gate", "bundle", "shadow", "promote"]
MEASURED = {"serving": 0.08, "difference": [-0.001, -0.0025, 0.0005], "margin": 0.01}
TOO_WIDE = {"serving": 0.08, "difference": [-0.001, -0.0025, 0.0012], "margin": 0.01}


def promote(history, candidate, compared_with):
    serving = history[-1][1] if history else None
    for k, (event, _) in enumerate(history):
        if event == "rolled back" and history[k - 1][1] == candidate:
            return serving
    return candidate if serving == compared_with else serving


def without_rollbacks(history, candidate, compared_with):
    serving = history[-1][1] if history else None
    return candidate if serving == compared_with else serving


def without_comparison(history, candidate, compared_with):
    serving = history[-1][1] if history else None
    left = [history[k - 1][1] for k, (event, _) in enumerate(history) if event == "rolled back"]
    return serving if candidate in left else candidate


def never_after_a_rollback(history, candidate, compared_with):
    if any(event == "rolled back" for event, _ in history):
        return history[-1][1]
    return promote(history, candidate, compared_with)


# exercise: given, right answer, stub, (wrong answer, what is said of it) …
EXERCISES = {
    "P1.loop": (
        {"design": DESIGN},
        LOOP,
        ...,
        [
            ([n for n in LOOP if n != "warehouse"], "not trained on the stream itself"),
            (LOOP[:-1], "ends with the registry"),
            ([n for n in LOOP if n != "registry"], "past the registry"),
            ([n for n in LOOP if n != "data_checks"], "is not checked"),
            (LOOP[::-1], "the way backwards"),
        ],
    ),
    "P15.gate": (
        MEASURED,
        {"upper_percent": 0.625, "decision": "promote"},
        ...,
        [
            ({"upper_percent": -3.125, "decision": "promote"}, "the good end"),
            ({"upper_percent": -1.25, "decision": "promote"}, "as if it were certain"),
            ({"upper_percent": 0.0005, "decision": "promote"}, "the difference itself"),
            ({"upper_percent": 0.625, "decision": "stop"}, "a proof that it is better"),
        ],
    ),
    "P15.again": (
        {"reads": READS, "changed": "evaluate"},
        AGAIN,
        ...,
        [
            (["evaluate", "gate"], "3 more belong"),
            ([*AGAIN, "train"], "none of it comes from evaluate"),
            ([*AGAIN, "ingest"], "no data came"),
        ],
    ),
    "P15.promote": (
        {},
        promote,
        lambda *arguments: None,
        [
            (lambda history, candidate, compared_with: candidate, "always promotes"),
            (without_rollbacks, "comes back by itself"),
            (without_comparison, "serves no longer is promoted"),
            (never_after_a_rollback, "After any rollback nothing"),
        ],
    ),
}


test_right, test_unanswered, test_mistakes = exercise_tests(EXERCISES)


def test_an_interval_that_is_too_wide_stops():
    judge = find_exercise("P15.gate").judge_of(TOO_WIDE)
    assert judge({"upper_percent": 1.5, "decision": "stop"}).right
    assert "may be worse" in judge({"upper_percent": 1.5, "decision": "promote"}).says


@pytest.mark.parametrize(
    ("case", "first", "last"),
    [
        ("fraud_detection", "payments", "decision_service"),
        ("recommendation", "views", "first_stage"),
        ("search_ranking", "searches", "ranker"),
    ],
)
def test_the_loop_of_every_case_goes_from_a_trace_to_a_model(case, first, last):
    design = load_case(case).designs()["reference"]
    flows = [[step.component for step in flow.steps] for flow in design.flows.values()]
    learn = next(way for way in flows if "trainer" in way and "registry" in way)
    loop = [first, *learn[: learn.index("registry") + 1], last]
    assert find_exercise("P1.loop").judge_of({"design": design})(loop).right
