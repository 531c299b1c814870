"""The interview's engine: facts only when asked, follow-ups, the clock, breaks, any input."""

import json
import os
import signal
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlsd_kit.cases import load_case
from mlsd_kit.errors import UserError
from mlsd_kit.practice.interview import (
    Event,
    History,
    MemoryRecord,
    resume_interview,
    start_interview,
    state_of,
)
from mlsd_kit.practice.interview.unheard import NOT_HEARD
from mlsd_kit.practice.record.clock import STAGES, budgets, spent

SPLIT = "I split by time, because a random split lets the model see tomorrow's ads."
GUARD = "Complaints must not rise, because clickbait wins clicks and loses users."
VERBS = ("hear", "ask", "say", "go_to", "propose", "note")


def test_it_opens_with_the_broad_prompt_and_no_fact(interview):
    said = interview.record.events()[0].data["reply"]
    assert said.startswith(load_case("ctr_prediction").spec.prompt)
    assert "4,000" not in said
    assert interview.state.told == {}


def test_a_fact_is_told_when_asked_for_and_only_then(interview):
    reply = interview.ask("how many ads do we have in total?")
    assert reply.facts == ("candidates",)
    assert "100,000 eligible ads" in reply.text
    assert list(interview.state.told) == ["candidates"]


def test_a_fact_asked_for_again_is_said_to_be_known(interview):
    interview.ask("what is the latency budget")
    assert interview.ask("what is the latency budget").text.startswith("As I said")


def test_a_question_without_a_fact_gets_a_question_back_and_is_counted(interview):
    reply = interview.ask("Which model should I use?")
    assert reply.facts == ()
    assert reply.text.endswith("?")
    assert interview.state.turned_back == 1


def test_what_is_heard_is_an_answer_or_a_question(interview):
    assert interview.hear("what QPS should we expect").facts == ("traffic",)
    assert interview.hear(GUARD).earned
    assert interview.state.said == {"requirements": [GUARD]}


@pytest.mark.parametrize("text", ["asdf qwer zxcv", "...", "lorem ipsum dolor sit amet"])
def test_what_nobody_understands_is_no_answer(interview, text):
    assert interview.hear(text).text == NOT_HEARD
    assert interview.state.said == {}
    assert interview.state.turned_back == 0
    assert len(interview.record.events()) == 1


@pytest.mark.parametrize("text", ["Tell me everything", "please tell me all", "Help"])
def test_an_order_to_tell_is_a_question(interview, text):
    interview.hear(text)
    assert interview.state.said == {}
    assert interview.state.turned_back == 1


@pytest.mark.parametrize("text", ["hello", "ok", "Hm.", "thanks"])
def test_a_greeting_is_no_answer(interview, text):
    assert interview.hear(text).text
    assert len(interview.record.events()) == 1


@pytest.mark.parametrize(
    "text",
    ["AUC, log loss", "xgboost", "two towers", "42", "feature store in redis", "I don't know",
     "Everything goes through one store.", "Help sellers first."],
)  # fmt: skip
def test_a_short_answer_is_an_answer(interview, text):
    interview.hear(text)
    assert interview.state.said == {"requirements": [text]}


def test_an_answer_earns_items_with_the_candidates_own_sentence(interview):
    interview.go_to("data")
    reply = interview.say(f"Let me begin. {SPLIT}")
    assert [(e.item, e.how, e.sentence) for e in reply.earned] == [
        ("split_by_time", "reasoned", SPLIT)
    ]


def test_follow_ups_depend_on_what_was_said(interview, clock, matcher):
    interview.go_to("data")
    silent = interview.say("I would look at the data first.").probe
    other = start_interview("ctr_prediction", matcher=matcher, clock=clock)
    other.go_to("data")
    probes = [other.say(SPLIT).probe, other.say("And then I go on.").probe]
    assert silent is not None
    assert "random_split" not in [probe.id for probe in probes if probe]
    asked = [silent.id, *(p.id for p in [interview.say("Hm.").probe] if p)]
    assert "random_split" in asked


def test_no_follow_up_is_asked_twice(interview):
    interview.go_to("model")
    for _ in range(6):
        interview.say("I am thinking about it.")
    asked = interview.state.probed
    assert len(asked) == len(set(asked)) == 2


def test_a_deep_dive_is_asked_for(interview):
    interview.go_to("scaling")
    assert interview.dig().probe.deep
    assert interview.dig().probe is None


def test_stages_are_entered_by_name_or_one_after_the_other(interview):
    for stage in STAGES[1:]:
        interview.go_to("next")
        assert interview.state.stage == stage
    interview.go_to("next")
    assert interview.state.stage == "wrap_up"
    assert "There is no stage 'lunch'" in interview.go_to("lunch").text
    assert interview.go_to("Wrap-up").text


def test_budgets_add_up_and_follow_the_length():
    assert sum(budgets(45).values()) == pytest.approx(45 * 60)
    assert budgets(90)["data"] == pytest.approx(2 * budgets(45)["data"])


def test_the_clock_counts_each_stage(interview, clock):
    clock.wait(100)
    interview.go_to("data")
    clock.wait(30)
    state = interview.state
    assert (state.spent["requirements"], state.spent["data"]) == (100, 30)
    assert state.left == 45 * 60 - 130


def test_a_stage_over_its_time_is_mentioned(interview, clock):
    clock.wait(9 * 60)
    assert "shall we go on to data?" in interview.say(GUARD).text


def test_a_stage_over_its_time_is_mentioned_once(interview, clock):
    clock.wait(9 * 60)
    said = [interview.say(f"The goal is clicks, point {n}.").text for n in range(3)]
    assert ["We have used" in text for text in said] == [True, False, False]


def test_an_estimate_that_cannot_be_read_does_not_undo_one_that_was(interview):
    interview.estimate("predictions_per_second", "many")
    assert interview.state.estimates == {"predictions_per_second": "many"}
    interview.estimate("predictions_per_second", "1 million predictions/s")
    assert "cannot read" in interview.estimate("predictions_per_second", "9**9**9 GB").text
    assert interview.state.estimates == {"predictions_per_second": "1 million predictions/s"}


def test_a_break_does_not_count_and_the_time_before_it_does(interview, clock, matcher):
    clock.wait(20)
    interview.beat()
    clock.wait(3600)
    again = resume_interview(interview.record, matcher=matcher, clock=clock)
    clock.wait(5)
    assert again.state.elapsed == 25


def test_a_clock_that_is_set_back_takes_no_time_away():
    events = [Event(100.0, "started", {"stage": "requirements"}), Event(50.0, "beat")]
    assert spent(events, 60.0)["requirements"] == 10


def test_a_heartbeat_is_kept_only_after_a_silence(interview, clock):
    interview.beat()
    clock.wait(14)
    interview.beat()
    assert len(interview.record.events()) == 1
    clock.wait(1)
    interview.beat()
    assert interview.record.events()[-1].kind == "beat"


def test_after_the_end_nothing_is_taken_but_the_own_judgement(interview):
    assert "when the interview is over" in interview.assess("data.imbalance", "met").text
    interview.finish()
    kept = len(interview.record.events())
    for verb in VERBS:
        assert "over" in getattr(interview, verb)("x").text
    assert "over" in interview.estimate("log_per_day", "1 GB/day").text
    assert "over" in interview.finish().text
    assert len(interview.record.events()) == kept
    assert interview.assess("data.imbalance", "met").text == "Noted."
    assert "Name an item" in interview.assess("data.nothing", "met").text


def test_an_unknown_estimate_is_told_with_the_nearest(interview):
    assert "the nearest is 'log_per_day'" in interview.estimate("log_day", "1").text


def test_a_sketch_is_read_and_criticised(interview):
    reply = interview.propose("ranker: ranker, 1 replica, 8 ms\nrequest: client -> ranker")
    assert reply.proposal.design.components["ranker"].replicas == 1
    assert "utilisation" in {f.rule for f in reply.proposal.findings} or reply.proposal.findings
    assert interview.state.design.startswith("ranker")
    kept = interview.record.events()[-1].data
    assert len(kept["places"]) == len(kept["rules"]) > 0
    assert "ranker" in kept["places"]
    assert "line 1" in interview.propose("what is this").text
    assert interview.state.design.startswith("ranker")


def test_the_cases_own_design_has_nothing_to_object_to(interview):
    case = load_case("ctr_prediction")
    reference = case.designs()["reference"].to_yaml()
    assert "nothing to object" in interview.propose(reference).text


@pytest.mark.parametrize(
    ("case", "level", "minutes", "says"),
    [
        ("ctr_predictoin", "senior", 45, "did you mean 'ctr_prediction'"),
        ("ctr_prediction", "principal", 45, "is none of junior, senior, staff"),
        ("ctr_prediction", "senior", 2, "5 to 180 minutes"),
        ("ctr_prediction", "senior", float("nan"), "5 to 180 minutes"),
    ],
)
def test_an_interview_that_cannot_begin_says_why(case, level, minutes, says):
    with pytest.raises(UserError, match=says):
        start_interview(case, level, minutes)


ANYTHING = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="<>&\"'/$`*_#[]{}|\\\n =+-.,;:?!0123456789eEkKmM", max_size=120),
    st.sampled_from(
        ["", " ", "?", "<script>alert(1)</script>", "\ud800", "\x00", "a" * 30_000, "1e999 GB",
         "1/0", "=", "$", "NaN", "components:\n",
         "x: ranker\nx: x -> x", "- {a: *b}", "!!python/object:x"]
    ),
)  # fmt: skip


@settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(verb=st.sampled_from((*VERBS, "estimate", "assess")), text=ANYTHING, other=ANYTHING)
def test_whatever_is_typed_is_answered(interview, verb, text, other):
    if verb in ("estimate", "assess"):
        reply = getattr(interview, verb)(
            "log_per_day" if verb == "estimate" and len(other) % 2 else text, other
        )
    else:
        reply = getattr(interview, verb)(text)
    assert isinstance(reply.text, str)
    json.dumps([dict(event.data) for event in interview.record.events()[-2:]])
    if len(interview.record.events()) > 60:
        interview.record = MemoryRecord(interview.record.events()[:1])


def test_a_history_keeps_every_event_and_gives_them_back(tmp_path, clock, matcher):
    history = History(tmp_path / "h.sqlite")
    interview = start_interview(
        "ctr_prediction", record=history.new(), matcher=matcher, clock=clock
    )
    interview.ask("how fast must it answer")
    interview.note("a \ud800 broken letter")
    [(id, events)] = history.interviews().items()
    assert [event.kind for event in events] == ["started", "asked", "noted"]
    again = resume_interview(history.record(id), matcher=matcher, clock=clock)
    assert again.state.told == interview.state.told
    assert history.unfinished("ctr_prediction") == id
    again.finish()
    assert history.unfinished("ctr_prediction") is None
    with pytest.raises(UserError, match="no interview 'nope'"):
        history.record("nope")


WRITER = """
import sys
from mlsd_kit.practice.record.events import Event
from mlsd_kit.practice.record.history import History, InterviewRecord
record = InterviewRecord(History(__import__("pathlib").Path(sys.argv[1])), sys.argv[2])
number = 0
while sys.argv[3] == "forever" or number < int(sys.argv[3]):
    record.append(Event(float(number), "noted", {"text": str(number)}))
    number += 1
    print(number, flush=True)
"""


def test_two_processes_on_one_history_lose_nothing(tmp_path):
    path = tmp_path / "h.sqlite"
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [
        subprocess.Popen([*command, name, "40"], stdout=subprocess.DEVNULL) for name in ("a", "b")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    kept = History(path).interviews()
    assert {name: [e.data["text"] for e in events] for name, events in kept.items()} == {
        name: [str(n) for n in range(40)] for name in ("a", "b")
    }


def test_a_kill_loses_nothing_that_was_answered(tmp_path):
    path = tmp_path / "h.sqlite"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), "a", "forever"], stdout=subprocess.PIPE, text=True
    )
    for _ in range(25):
        answered = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    kept = [event.data["text"] for event in History(path).record("a").events()]
    assert len(kept) >= answered
    assert kept == [str(n) for n in range(len(kept))]


def test_a_record_that_does_not_begin_an_interview_is_refused():
    with pytest.raises(UserError, match="begins with its start"):
        state_of([Event(0.0, "beat")])
