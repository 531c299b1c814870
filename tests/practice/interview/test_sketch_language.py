"""Designs as one draws them: lines of components and flows."""

import pytest

from mlsd_kit.cases import load_case
from mlsd_kit.content import content_root
from mlsd_kit.errors import UserError
from mlsd_kit.practice.interview.proposal import read_design, read_proposal

CASE = load_case("ctr_prediction")
PARTS = """
ranker: ranker, 2 replicas, 2 zones, 8 ms, queue 100, $0.10/h  # a remark
events: stream, 3 replicas
trainer: trainer
"""


def read(*lines):
    return read_design(PARTS + "\n".join(lines), CASE)


def test_send_leaves_something_behind():
    design = read("request: client -> ranker (timeout 60 ms) -> send events (share 1.5 %)")
    *_, ranker, events = design.flows["request"].steps
    assert (ranker.call, ranker.timeout) == ("ranker", 0.06)
    assert (events.call, events.send, events.share) == (None, "events", 0.015)


def test_a_flow_with_every_is_a_batch_or_a_training():
    design = read(
        "request: client -> ranker",
        "refresh (every 1 h): events (takes 5 min) -> send ranker",
        "learn (every 1 day, waits_for_labels 21 days): events -> trainer -> send ranker",
        "training (every 7 days): events -> trainer",
        "nightly (batch, every 1 day, candidates 500): trainer",
    )
    kinds = {name: flow.kind for name, flow in design.flows.items()}
    assert kinds == {
        "request": "request",
        "refresh": "batch",
        "learn": "training",
        "training": "training",
        "nightly": "batch",
    }
    assert design.flows["refresh"].every == 3600
    assert design.flows["learn"].waits_for_labels == 21 * 86_400
    assert design.flows["nightly"].candidates == 500
    assert design.flows["refresh"].steps[0].takes == 300


def test_a_request_flow_may_say_its_share_and_candidates():
    design = read("request (candidates 250): client -> ranker (keeps 10)")
    assert design.flows["request"].candidates == 250
    assert design.flows["request"].kind == "request"


def test_lists_are_joined_by_a_plus():
    design = read(
        "watch: monitor, watches input drift + quality, alerts on call", "a: client -> ranker"
    )
    assert design.components["watch"].watches == ("input drift", "quality")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("ranker: ranker", "line 5: a second 'ranker'"),
        ("late (every): events -> ranker", "'every' says no value"),
        ("a: client -> send", "no component 'send'"),
        ("a: client -> send the log", "'send the log' is not a component's name"),
        ("batch: events -> ranker", "every"),
        ("a (colour red): client -> ranker", "unknown key"),
        ("x: ,", "no kind ''"),
        ("(every 1 h): a -> b", "is neither 'name: kind, …' nor 'flow: a -> b'"),
    ],
)
def test_a_line_that_cannot_be_read_is_told(line, says):
    with pytest.raises(UserError) as told:
        read(line)
    assert says in str(told.value)


def test_objections_name_the_component():
    says = read_proposal(PARTS + "request: client -> ranker", CASE).says
    assert says.startswith("I have doubts. ")
    assert "ranker: " in says


def test_the_example_of_the_documentation_can_be_read():
    text = (content_root() / "docs" / "interview.md").read_text(encoding="utf-8")
    sketch = text.split("```text\n")[1].split("```")[0]
    design = read_design(sketch, CASE)
    assert [flow.kind for flow in design.flows.values()] == ["request", "batch", "training"]
    assert "I cannot read" not in read_proposal(sketch, CASE).says
