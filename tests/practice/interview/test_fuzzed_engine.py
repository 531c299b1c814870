"""Ten thousand calls of the engine's verbs, with anything typed: none raises."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.cases import Case, load_case
from mlsd_kit.practice.case_files import interview_content
from mlsd_kit.practice.grading.evidence import EvidenceFinder, by_terms
from mlsd_kit.practice.grading.judge import CaseJudge
from mlsd_kit.practice.interview import LEVELS, Event, Interview, MemoryRecord, Reply
from mlsd_kit.practice.questions import WordMatcher
from mlsd_kit.practice.record.clock import STAGES
from mlsd_kit.practice.record.events import RESUMED, STARTED

WHOLE = load_case("ctr_prediction")
DESIGNS = WHOLE.designs()


class Small(Case):
    """A case with few facts, whose designs were read once."""

    def designs(self):
        return DESIGNS


FEW = WHOLE.spec.model_copy(update={"facts": WHOLE.spec.facts[:6]})
CASE = Small(WHOLE.slug, WHOLE.folder, FEW)
CONTENT = interview_content(CASE)
MATCHER = WordMatcher(CASE.spec.facts)
EXAMPLES = {
    (stage, item.id): [item.expects, item.expects.lower()]
    for stage, rubric in CASE.spec.rubric.items()
    for item in rubric
}
JUDGE = CaseJudge(CASE, EvidenceFinder(EXAMPLES, [], by_terms()))
CALLS = 10_000
A_TIME = 25
"""Calls of one interview."""

KNOWN = [
    *STAGES, "next", "met", "partly", "missed", "?", "what QPS should we expect",
    *(estimate.id for estimate in CASE.spec.estimates),
    *(f"{stage}.{item.id}" for stage, rubric in CASE.spec.rubric.items() for item in rubric),
    *(fact.ask[0] for fact in CASE.spec.facts),
    *(item.expects for item in CASE.spec.rubric["data"]),
    "4,000 requests/s x 250 predictions/request = 1M predictions/s",
    "ranker: ranker, 1 replica, 8 ms\nrequest: client -> ranker",
]  # fmt: skip
NASTY = [
    "", " ", "\n", "\x00", "\ud800", "\u202e", "<script>alert(1)</script>", "${7*7}", "{{7*7}}",
    "'; drop table interview_events; --", "a" * 30_000, "because " * 900, "1e999 GB", "1/0", "=",
    "9**9**9", "-1", "NaN", "inf bytes", "= = =", "components:\n", "components: &a [*a]\n",
    "!!python/object:os.system x", "x: ranker\nx: x -> x", "a: ranker, 9999999999999 replicas",
    "request: -> ->", "a: ranker, 1 ms, 2 ms, 3 ms, nonsense yes", "٣ requests/s", "½ TB",
]  # fmt: skip
TEXT = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(NASTY),
    st.text(max_size=60),
    st.text(alphabet="<>&\"'/$`*_#[]{}|\\\n =+-.,;:?!0123456789eEkKmMGB", max_size=40),
)
ONE = ("hear", "ask", "say", "go_to", "propose", "note")
VERB = st.one_of(
    st.tuples(st.sampled_from(ONE), TEXT),
    st.tuples(st.sampled_from(["estimate", "assess"]), TEXT, TEXT),
    st.tuples(st.sampled_from(["dig", "beat", "scorecard", "state", "resume"])),
)
FINISH = st.sampled_from([(), (("finish",),)])


class Tick:
    """A clock that jumps about, backwards too."""

    def __init__(self, steps):
        self.now, self.steps = 1_700_000_000.0, steps

    def __call__(self):
        self.now += next(self.steps)
        return self.now


def call(interview, verb, *texts):
    """Call a verb; the interview that goes on."""
    if verb == "resume":
        return resumed(interview)
    found = getattr(interview, verb)
    if verb == "state":
        assert found.stage in STAGES
    elif verb == "scorecard":
        assert 0 <= found().score <= 1
    elif verb == "beat":
        assert found() is None
    else:
        assert isinstance(found(*texts), Reply)
    return interview


def resumed(interview):
    """The same interview after a break, over its record."""
    interview.record.append(Event(interview.clock(), RESUMED))
    return Interview(CASE, interview.record, MATCHER, JUDGE, interview.clock, CONTENT)


def test_ten_thousand_calls_with_anything_typed_never_raise():
    made = 0

    @settings(max_examples=CALLS // A_TIME, deadline=None)
    @given(
        calls=st.lists(VERB, min_size=A_TIME, max_size=A_TIME),
        end=FINISH,
        level=st.sampled_from(LEVELS),
        minutes=st.floats(5, 180),
        step=st.sampled_from([0.0, 1.0, 20.0, 4000.0, -7.0]),
    )
    def play(calls, end, level, minutes, step):
        nonlocal made
        clock = Tick(iter(lambda: step, None))
        start = {"case": CASE.slug, "level": level, "minutes": minutes, "stage": STAGES[0]}
        record = MemoryRecord([Event(clock(), STARTED, start | {"reply": ""})])
        interview = Interview(CASE, record, MATCHER, JUDGE, clock, CONTENT)
        for verb, *texts in (*calls[:-3], *end, *calls[-3:]):
            interview = call(interview, verb, *texts)
            made += 1
        json.dumps([dict(event.data) for event in interview.record.events()])

    play()
    assert made >= CALLS
