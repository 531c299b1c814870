"""The scorecard: axes, grades, the level that the answers support, and its exports."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mlsd_kit.cases import load_case
from mlsd_kit.content import content_root
from mlsd_kit.design import RULES
from mlsd_kit.practice.grading.axes import AXES, BOUNDS, GRADES, grade_of
from mlsd_kit.practice.grading.broken import BrokenRule
from mlsd_kit.practice.grading.export import scorecard_html, scorecard_markdown
from mlsd_kit.practice.grading.judge import CaseJudge
from mlsd_kit.practice.grading.judged import Earned
from mlsd_kit.practice.grading.scorecard import score_interview
from mlsd_kit.practice.interview import History, Interview, MemoryRecord
from mlsd_kit.practice.record import events as kinds
from mlsd_kit.practice.record.clock import STAGES
from mlsd_kit.practice.record.events import Event

CASE = load_case("ctr_prediction")
ITEMS = [(stage, item) for stage, rubric in CASE.spec.rubric.items() for item in rubric]
KEYS = [f"{stage}.{item.id}" for stage, item in ITEMS]
HOW = ("reasoned", "named", "unclear")
RIGHT = {
    "predictions_per_second": "4,000 requests/s x 250 predictions/request = 1M predictions/s",
    "impressions_per_day": "4,000 impressions/s / 2 x 86,400 s/day = 173M impressions/day",
    "log_per_day": "2,000 impressions/s x 500 bytes/impression = 86 GB/day",
}
SKETCH = "ranker: ranker, 1 replica, 8 ms\nrequest: client -> ranker"


class Words:
    """Hears what a text says that it shows, as in ``data.imbalance=named``."""

    def find(self, text):
        found = re.findall(r"(\w+)\.(\w+)=(\w+)([^\n]*)", text)
        return {
            (stage, item): Earned(item, f"{stage}.{item}={how}{rest}", how, 1.0)
            for stage, item, how, rest in found
        }


JUDGE = CaseJudge(CASE, Words(), {("requirements", "capacity"): ("predictions_per_second",)})


def said(heard):
    """What shows these items at their stages, one text each: ``stage.item`` → how."""
    return [f"{key}={how}" for key, how in heard.items()]


def events(heard=(), *, told=0, estimates=(), design=False, level="senior", seconds=120, own=()):
    """An interview in which so much was shown, each stage taking so many seconds."""
    made = [Event(0.0, kinds.STARTED, {
        "case": CASE.slug, "level": level, "minutes": 45.0, "stage": STAGES[0], "reply": "",
    })]  # fmt: skip

    def add(kind, **data):
        made.append(Event(made[-1].at, kind, data | {"reply": ""}))

    for fact in CASE.spec.facts[:told]:
        add(kinds.ASKED, text=fact.ask[0], facts=[fact.id], why="")
    for id, text in dict(estimates).items():
        add(kinds.ESTIMATED, id=id, text=text, verdict="")
    for stage in STAGES:
        if stage != STAGES[0]:
            add(kinds.STAGE, stage=stage)
        for text in said({k: v for k, v in dict(heard).items() if k.startswith(f"{stage}.")}):
            add(kinds.SAID, stage=stage, text=text)
        if stage == "scaling" and design:
            add(kinds.PROPOSED, design=SKETCH, read=True, rules=[])
        made.append(Event(made[-1].at + seconds, kinds.BEAT))
    add(kinds.FINISHED)
    for item, grade in dict(own).items():
        add(kinds.ASSESSED, item=item, grade=grade)
    return made


def card(*arguments, **options):
    return score_interview(CASE, events(*arguments, **options), JUDGE)


def axis(scorecard, name):
    return next(axis for axis in scorecard.axes if axis.name == name)


def items(*levels):
    return {f"{stage}.{item.id}": "reasoned" for stage, item in ITEMS if item.level in levels}


ALL = items("junior", "senior", "staff")


def test_who_shows_everything_gets_everything():
    found = card(ALL, told=8, estimates=RIGHT, design=True)
    assert {axis.name: axis.score for axis in found.axes} == dict.fromkeys(AXES, 1.0)
    assert (found.grade, found.signal, found.missed, found.open) == ("very strong", "staff", [], [])
    assert found.to_read == []


def test_who_says_nothing_gets_nothing():
    found = card()
    assert found.score == 0
    assert (found.grade, found.signal) == ("very weak", "below junior")
    assert all(judged is None for judged in found.estimates.values())
    assert len(found.missed) == len([item for _, item in ITEMS if item.level != "staff"])


@pytest.mark.parametrize("name", [name for name in AXES if AXES[name]])
def test_an_axis_rests_on_its_own_stages(name):
    inside = {key: how for key, how in ALL.items() if key.split(".")[0] in AXES[name]}
    found = card(inside)
    assert axis(found, name).score >= 0.5
    others = [a.score for a in found.axes if a.name != name and AXES[a.name]]
    assert others == [0, 0, 0, 0]


def test_grades_change_at_their_bounds():
    below = [grade_of(bound - 0.001) for bound in BOUNDS]
    above = [grade_of(bound) for bound in BOUNDS]
    assert below == list(GRADES[:-1])
    assert above == list(GRADES[1:])


@pytest.mark.parametrize(
    ("levels", "signal"),
    [
        ((), "below junior"),
        (("junior",), "junior"),
        (("senior",), "below junior"),
        (("junior", "senior"), "senior"),
        (("junior", "staff"), "junior"),
        (("junior", "senior", "staff"), "staff"),
    ],
)
def test_the_signal_is_the_highest_level_with_those_below(levels, signal):
    assert card(items(*levels)).signal == signal


def test_items_above_the_level_help_and_are_not_missed():
    senior = items("junior", "senior")
    some = dict(list(senior.items())[::2])
    more = some | items("staff")
    less, helped = card(some), card(more)
    assert helped.score > less.score
    assert [s.id for s in helped.missed] == [s.id for s in less.missed]
    assert not any(s.level == "staff" for s in less.missed)
    assert any(s.level == "staff" for s in card(some, level="staff").missed)


@given(
    heard=st.dictionaries(st.sampled_from(KEYS), st.sampled_from(HOW)),
    more=st.sampled_from(KEYS),
    told=st.integers(0, len(CASE.spec.facts)),
    level=st.sampled_from(["junior", "senior", "staff"]),
    seconds=st.integers(0, 3000),
)
def test_scores_stay_within_bounds_and_saying_more_never_costs(heard, more, told, level, seconds):
    before = card(heard, told=told, level=level, seconds=seconds)
    after = card(heard | {more: "reasoned"}, told=told, level=level, seconds=seconds)
    for old, new in zip(before.axes, after.axes, strict=True):
        assert 0 <= old.score <= old.own <= 1
        assert new.score >= old.score - 1e-9
        assert old.grade in GRADES


def test_what_is_said_with_a_reason_is_worth_more():
    scores = [card(dict.fromkeys(KEYS, how)).score for how in HOW]
    assert scores == sorted(scores, reverse=True)
    assert grade_of(scores[1]) in GRADES[:2]


def test_missed_items_are_told_the_least_heard_first():
    heard = dict(zip(KEYS, ("reasoned", "named", "unclear") * 9, strict=True))
    del heard[KEYS[0]]
    missed = card(heard, level="staff").missed
    worth = [s.worth for s in missed]
    assert worth == sorted(worth)
    assert {f"{s.stage}.{s.id}" for s in missed} == {
        key for key in KEYS if heard.get(key) != "reasoned"
    }
    assert f"{missed[0].stage}.{missed[0].id}" == KEYS[0]
    assert card(heard, level="staff").to_read[0] in missed[0].items


def test_the_candidates_own_judgement_counts_in_its_own_column_only():
    heard = {"data.imbalance": "unclear", "data.bad_values": "reasoned"}
    plain = card(heard)
    judged = card(heard, own={"data.imbalance": "met", "data.bad_values": "missed",
                              "data.cardinality": "partly"})  # fmt: skip
    assert [a.score for a in judged.axes] == [a.score for a in plain.axes]
    assert judged.score == plain.score
    assert axis(judged, "data and features").own > axis(plain, "data and features").own
    assert axis(judged, "modelling").own == axis(plain, "modelling").own
    scores = {s.id: s for s in judged.items if s.stage == "data"}
    assert scores["imbalance"].own_worth == 1
    assert scores["bad_values"].own_worth == 1
    assert scores["cardinality"].own_worth == 0.5
    assert {s.id for s in plain.open if s.stage == "data"} >= {"imbalance", "cardinality"}


def test_the_same_record_gives_the_same_scorecard(tmp_path):
    happened = events(ALL, told=3, estimates=RIGHT, design=True)
    record = History(tmp_path / "h.sqlite").new()
    for event in happened:
        record.append(event)
    first = Interview(CASE, MemoryRecord(happened), matcher=None, judge=JUDGE).scorecard()
    again = Interview(CASE, record, matcher=None, judge=JUDGE).scorecard()
    assert first == again == score_interview(CASE, happened, JUDGE)
    assert scorecard_html(first) == scorecard_html(again)


def test_facts_estimates_and_a_design_are_counted():
    name = "problem understanding"
    assert axis(card(told=4), name).score == pytest.approx(0.125)
    assert axis(card(told=20), name).score == pytest.approx(0.25)
    three = axis(card(estimates=dict(list(RIGHT.items())[1:])), name).score
    assert three == pytest.approx(0.25 * 2 / 3)
    assert axis(card(design=True), "deployment and scaling").score == pytest.approx(0.15)
    assert card(design=True).rules == ()


def heard_of_capacity(typed):
    scores = card(estimates=typed).items
    return {f"{s.stage}.{s.id}": s.heard for s in scores if s.heard != "missed"}


def test_an_estimate_shows_what_the_content_says_and_no_more():
    right = RIGHT["predictions_per_second"]
    assert heard_of_capacity({"predictions_per_second": right}) == {
        "requirements.capacity": "reasoned"
    }
    result = {"predictions_per_second": "1M predictions/s"}
    assert heard_of_capacity(result) == {"requirements.capacity": "named"}
    assert heard_of_capacity({"predictions_per_second": "4,000 x 9 = 36,000 predictions/s"}) == {}
    others = {"positives_per_day": "2,000 clicks/s x 0.015 = 2.6M clicks/day", **RIGHT}
    del others["predictions_per_second"]
    assert heard_of_capacity(others) == {}


def test_what_was_said_is_not_made_less_by_a_bare_estimate():
    scores = card({KEYS[KEYS.index("requirements.capacity")]: "reasoned"},
                  estimates={"predictions_per_second": "1M predictions/s"}).items  # fmt: skip
    capacity = next(s for s in scores if s.id == "capacity")
    assert (capacity.heard, capacity.sentence) == ("reasoned", "requirements.capacity=reasoned")


def test_stages_far_over_their_time_cost_communication():
    name = "communication and time"
    in_time, late = card(ALL, told=3, seconds=300), card(ALL, told=3, seconds=800)
    assert axis(in_time, name).score == pytest.approx(1.0)
    assert axis(late, name).score < 0.7
    assert [a.score for a in late.axes[:-1]] == [a.score for a in in_time.axes[:-1]]


@pytest.mark.parametrize("seconds", [1, 20])
def test_who_rushes_through_does_not_use_the_time(seconds):
    name = "communication and time"
    calm = axis(card(ALL, told=3, seconds=300), name)
    rushed = axis(card(ALL, told=3, seconds=seconds), name)
    assert rushed.score < 0.7 < calm.score
    assert (calm.because[-1], rushed.because[-1]) == (
        "0 answered in a hurry",
        "6 answered in a hurry",
    )
    assert axis(card(ALL, told=3, seconds=2 * seconds), name).score > rushed.score


@dataclass
class Sure:
    """Hears one item in everything, so surely."""

    confidence: float

    def find(self, text):
        return {("data", "imbalance"): Earned("imbalance", text, "reasoned", self.confidence)}


@pytest.mark.parametrize(
    ("stage", "confidence", "heard"),
    [("data", 0.7, "reasoned"), ("model", 0.7, "missed"), ("model", 0.9, "reasoned")],
)
def test_an_item_of_another_stage_is_shown_only_by_a_clear_sentence(stage, confidence, heard):
    happened = events()
    said = {"stage": stage, "text": "Few rows are clicks.", "reply": ""}
    happened.insert(-1, Event(happened[-1].at, kinds.SAID, said))

    class Judge(CaseJudge):
        def evidence(self, stage, text):
            return super().evidence(stage, text) if text else []

    found = score_interview(CASE, happened, Judge(CASE, Sure(confidence))).items
    assert next(s.heard for s in found if s.id == "imbalance") == heard


def test_the_interviewer_is_content_with_reasons_only(clock):
    wanted = [key for key in items("junior", "senior") if key.startswith("data.")]
    for how in HOW:
        interview = Interview(CASE, MemoryRecord(events()[:1]), None, JUDGE, clock)
        interview.go_to("data")
        reply = interview.say("\n".join(said(dict.fromkeys(wanted, how))))
        assert ("covers what I wanted" in reply.text) == (how == "reasoned")


def test_clear_words_about_nothing_are_no_communication():
    some = dict(list(ALL.items())[:2])
    assert axis(card(some, told=3), "communication and time").score < 0.2


BROKEN = {
    "design": SKETCH,
    "read": True,
    "rules": ["timeout_missing", "single_zone", "timeout_missing", "gone_since"],
    "places": ["call_2 (ranker)", "ranker", "windows", "ranker"],
    "reply": "",
}


def drawn(**data):
    """The scorecard of an interview in which a design was proposed."""
    happened = events()
    happened[1:1] = [Event(0.0, kinds.PROPOSED, {**BROKEN, **data})]
    return score_interview(CASE, happened, JUDGE)


def test_broken_rules_are_told_in_words_with_their_places_and_a_link(tmp_path):
    assert [(rule.title, rule.places) for rule in drawn().rules] == [
        ("Timeout missing", ("call_2 (ranker)", "windows")),
        ("Single zone", ("ranker",)),
    ]
    shown = scorecard_markdown(drawn(), tmp_path)
    page = MarkdownIt("commonmark").render(shown)
    assert "timeout_missing" not in shown
    assert f">Timeout missing</a> (call_2 (ranker), windows): {drawn().rules[0].reason}" in page
    assert f"(ranker): {drawn().rules[1].reason}" in scorecard_html(drawn(), tmp_path)


def test_a_record_without_places_is_read_too():
    [first, second] = drawn(places=[]).rules
    assert (first.id, first.places, second.places) == ("timeout_missing", (), ())


def test_every_rule_has_a_heading_to_link_to(tmp_path, monkeypatch):
    page = content_root() / "docs" / "lint-rules.md"
    headings = re.findall("^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    for id in RULES:
        path, _, anchor = BrokenRule(id, ()).link(tmp_path).partition("#")
        assert (tmp_path / path).resolve() == page
        assert anchor in [heading.lower().replace(" ", "-") for heading in headings]
    monkeypatch.setattr("mlsd_kit.practice.grading.broken.content_root", lambda: tmp_path)
    assert BrokenRule("single_zone", ()).link(tmp_path) == ""


def test_what_was_heard_says_how_much_it_counts_and_why():
    staff = next(f"{stage}.{item.id}" for stage, item in ITEMS if item.level == "staff")
    heard = {"data.imbalance": "reasoned", "data.bad_values": "named", staff: "reasoned"}
    for page in (scorecard_markdown(card(heard)), scorecard_html(card(heard))):
        assert "counts in full: said with a reason, a figure or a consequence)" in page
        assert "counts about a third: named, without a reason)" in page
        assert "consequence; half of that, as it is above the level)" in page


def test_one_of_something_is_no_plural():
    happened = events(told=1)
    happened[1:1] = [Event(0.0, kinds.ASKED, {"text": "?", "facts": [], "why": "", "reply": ""})]
    page = scorecard_markdown(score_interview(CASE, happened, JUDGE))
    assert "; 1 question brought out nothing." in page


MARKUP = "<script>alert(1)</script> <b>b</b> **strong** [x](javascript:1) `c` | # h ![i](u)"


@pytest.fixture(scope="module")
def typed_card():
    """A scorecard over an interview in which markup was typed wherever one can type."""
    happened = events({"data.imbalance": f"reasoned {MARKUP}"}, own={})
    happened[1:1] = [
        Event(0.0, kinds.ASKED, {"text": MARKUP, "facts": [], "why": "", "reply": ""}),
        Event(0.0, kinds.NOTED, {"text": MARKUP, "reply": ""}),
        Event(0.0, kinds.ESTIMATED, {
            "id": "log_per_day", "text": MARKUP + "5", "verdict": "", "reply": "",
        }),
        Event(0.0, kinds.PROPOSED, {"design": MARKUP, "read": False, "rules": [], "reply": ""}),
    ]  # fmt: skip
    return score_interview(CASE, happened, JUDGE)


def test_typed_markup_is_text_in_the_html(typed_card):
    page = scorecard_html(typed_card)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "<b>b</b>" not in page


def test_typed_markup_is_text_in_the_markdown(typed_card):
    page = (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .render(scorecard_markdown(typed_card))
    )
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "**strong** [x](javascript:1) `c` | # h ![i](u)" in page
    assert "<script" not in page
    assert not re.search(r"<(b|img|code)\b", page)


def test_the_exports_tell_what_was_heard_missed_and_is_to_be_read(typed_card):
    for page in (scorecard_html(typed_card), scorecard_markdown(typed_card)):
        for part in AXES:
            assert part in page
        assert "Handles 1–2 % positives" in page
        assert "not heard" in page
        assert ".ipynb#" in page
