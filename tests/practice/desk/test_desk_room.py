"""The parts of the desk during an interview, without a browser."""

import base64
import re
from pathlib import Path

import pytest

import mlsd_kit.practice.desk
from mlsd_kit.practice.desk.dialogue import lines
from mlsd_kit.practice.desk.part import shown
from mlsd_kit.practice.desk.room import Room
from mlsd_kit.practice.record.clock import STAGES
from mlsd_kit.practice.record.events import Event
from mlsd_kit.practice.record.history import History
from tests.practice.desk.messages import press, type_in

SKETCH = "ranker: ranker, 4 replicas, 8 ms\nrequest: client -> ranker"
MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


def said(room):
    return [(line["who"], line["text"]) for line in room.chat.lines]


def hear(room, text, number=1):
    press(room.chat, "send", text=text, number=number)


def drawing(room):
    return base64.b64decode(room.board.picture).decode()


def test_the_conversation_begins_with_the_prompt(room, interview):
    assert said(room) == [("Interviewer", interview.record.events()[0].data["reply"])]
    assert room.chat.wants_focus


def test_what_is_typed_is_answered_in_the_conversation(room, interview):
    hear(room, "Tell me the latency?", number=7)
    who, text = zip(*said(room)[1:], strict=True)
    assert who == ("You", "Interviewer")
    assert text == ("Tell me the latency?", interview.record.events()[-1].data["reply"])
    assert room.chat.heard == 7
    assert room.chat.says == ""


def test_a_reply_that_is_not_kept_is_said_below_the_conversation(room):
    before = said(room)
    hear(room, "   ")
    assert said(room) == before
    assert room.chat.says == "Take your time."
    hear(room, "latency?", number=2)
    assert room.chat.says == ""


def test_markup_is_kept_as_the_text_that_it_is(room):
    hear(room, MARKUP)
    assert ("You", MARKUP) in said(room)


@pytest.mark.parametrize("name", ["common", "chat", "clock", "form", "whiteboard", "assessment"])
def test_no_script_makes_markup_of_text(name):
    folder = Path(mlsd_kit.practice.desk.__file__).parent / "browser"
    code = (folder / f"{name}.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", code)


def test_half_a_surrogate_pair_can_be_sent_to_a_browser():
    [line, _] = lines([Event(0.0, "said", {"text": "a \ud800 b", "reply": "Yes?"})])
    line["text"].encode("utf-8")
    assert shown("ä → 😀") == "ä → 😀"


def test_every_kind_of_event_is_told_or_left_out():
    events = [
        Event(0.0, "started", {"reply": "Design it."}),
        Event(1.0, "beat"),
        Event(2.0, "noted", {"text": "to myself", "reply": ""}),
        Event(3.0, "noted", {"text": "", "reply": "What breaks first?"}),
        Event(4.0, "resumed"),
        Event(5.0, "stage", {"stage": "wrap_up", "reply": "Sum up."}),
        Event(6.0, "estimated", {"id": "log_per_day", "text": "1 GB/day", "reply": "Right."}),
        Event(7.0, "proposed", {"design": "a: b", "read": False, "reply": "I cannot read that."}),
    ]
    assert [(line["kind"], line["text"]) for line in lines(events)] == [
        ("interviewer", "Design it."),
        ("you", "Ask me a deeper question."),
        ("interviewer", "What breaks first?"),
        ("break", "You were away; the clock stood still."),
        ("stage", "Wrap-up"),
        ("interviewer", "Sum up."),
        ("you", "log per day: 1 GB/day"),
        ("interviewer", "Right."),
        ("you", "My design:\na: b"),
        ("interviewer", "I cannot read that."),
    ]


def test_the_clock_has_the_time_of_each_stage(room, clock):
    clock.wait(100)
    press(room.controls, "next")
    clock.wait(14)
    press(room.clock, "beat")
    spent = {stage["id"]: stage["spent"] for stage in room.clock.stages}
    assert (spent["requirements"], spent["data"]) == (100, 14)
    assert tuple(spent) == STAGES
    assert room.clock.stage == "data"
    assert sum(s["budget"] for s in room.clock.stages) == pytest.approx(room.clock.total)


def test_the_clock_answers_each_heartbeat_and_keeps_it_after_a_silence(room, clock, interview):
    answers = room.clock.answers
    press(room.clock, "beat")
    assert room.clock.answers == answers + 1
    assert interview.record.events()[-1].kind == "started"
    clock.wait(15)
    press(room.clock, "beat")
    assert interview.record.events()[-1].kind == "beat"


def test_a_closed_laptop_does_not_count(room, clock):
    clock.wait(20)
    press(room.clock, "beat")
    clock.wait(3600)
    press(room.clock, "beat")
    assert room.clock.stages[0]["spent"] == 20
    clock.wait(7200)
    hear(room, "latency?")
    assert room.clock.stages[0]["spent"] == 20
    assert [line["kind"] for line in room.chat.lines].count("break") == 2


def test_stages_by_the_clock_and_by_the_button(room):
    press(room.clock, "go", stage="model")
    assert room.clock.stage == "model"
    press(room.controls, "next")
    assert room.clock.stage == "evaluation"
    assert [line["text"] for line in room.chat.lines if line["kind"] == "stage"] == [
        "Model",
        "Evaluation",
    ]


def test_a_deeper_question_is_asked(room, content):
    press(room.clock, "go", stage="scaling")
    press(room.controls, "deeper")
    deep = [probe.question for probe in content.stage("scaling").probes if probe.deep]
    assert room.chat.lines[-1]["text"] in deep


def test_the_estimate_form_has_the_cases_estimates_with_units_and_no_answers(room, interview):
    what, value = room.estimates.fields
    estimates = interview.case.spec.estimates
    assert [id for id, _ in what["options"]] == [e.id for e in estimates]
    assert what["hints"] == {e.id: e.question for e in estimates}
    for estimate in estimates:
        hint = value["hints"][estimate.id]
        assert estimate.unit in hint
        right = estimate.value(interview.case.spec.scale).magnitude
        numbers = [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:e\d+)?", hint)]
        assert not any(number == pytest.approx(right, rel=0.2) for number in numbers)


def test_an_estimate_is_judged_at_once_and_kept(room, interview):
    first = interview.case.spec.estimates[0]
    press(room.estimates, "give", estimate=first.id, value="4000 predictions/s")
    assert room.estimates.says.startswith("Too small by a factor of 250")
    press(room.estimates, "give", estimate=first.id, value="4,000 QPS x 250 = 1M predictions/s")
    assert room.estimates.says.startswith("Right")
    assert interview.state.estimates == {first.id: "4,000 QPS x 250 = 1M predictions/s"}
    assert room.chat.lines[-1]["text"] == room.estimates.says


def test_the_drawing_follows_the_text(room):
    type_in(room.board, text=SKETCH)
    assert "4 × 1" in drawing(room)
    assert room.board.description == "2 components; request: client, then ranker"
    type_in(room.board, text=SKETCH.replace("4 rep", "6 rep"))
    assert "6 × 1" in drawing(room)
    type_in(room.board, text="")
    assert room.board.picture == room.board.error == room.board.description == ""


def test_a_text_that_cannot_be_drawn_gives_one_line_and_leaves_the_drawing(room):
    type_in(room.board, text=SKETCH)
    before = room.board.picture
    for text in (
        f"{SKETCH}\nranker2: rankr",
        "components:\n  a: 1\n  b: 2\nflows: 3",
        "request: client -> nobody",
    ):
        type_in(room.board, text=text)
        assert room.board.error
        assert "\n" not in room.board.error
        assert room.board.picture == before
    type_in(room.board, text=SKETCH)
    assert room.board.error == ""


def test_a_designs_markup_does_not_reach_the_drawing(room, interview):
    design = interview.case.designs()["reference"].to_dict()
    design["title"] = MARKUP
    import yaml

    type_in(room.board, text=yaml.safe_dump(design))
    assert room.board.error == ""
    assert "<script" not in drawing(room)
    assert "onerror" not in re.sub(r"&lt;.*?&gt;", "", drawing(room))


def test_a_proposed_design_is_criticised_and_is_on_the_board_again(room, interview, ended):
    press(room.board, "propose", text=SKETCH)
    assert interview.state.design == SKETCH
    assert room.board.says == interview.record.events()[-1].data["reply"]
    again = type(room)(interview, ended.clear)
    assert again.board.text == SKETCH
    assert again.board.picture


def test_notes_are_kept_and_listed_the_latest_first(room, interview):
    press(room.notes, "keep", text="peak is twice the mean")
    press(room.notes, "keep", text=MARKUP)
    press(room.notes, "keep", text="  ")
    press(room.controls, "deeper")
    assert room.notes.listed == [MARKUP, "peak is twice the mean"]
    assert room.notes.taken == 2
    assert "peak is twice the mean" not in [line["text"] for line in room.chat.lines]
    assert interview.state.notes[:2] == ("peak is twice the mean", MARKUP)


def test_it_ends_when_finish_is_confirmed(room, ended):
    finish = room.controls.buttons[-1]
    assert finish["name"] == "finish"
    assert finish["confirm"]
    press(room.controls, "finish")
    assert ended == ["over"]
    assert not room.clock.running
    assert not room.chat.answering


def test_a_history_that_cannot_be_kept_is_said(room, interview, tmp_path):
    (tmp_path / "folder").mkdir()
    interview.record = History(tmp_path / "folder").new()
    hear(room, "latency?")
    assert "interviews cannot be kept here" in room.chat.says


def test_every_part_is_sent_to_the_browser_whole(room):
    for part in (room.chat, room.clock, room.controls, room.estimates, room.notes, room.board):
        state = part.get_state()
        assert "export default" in state["_esm"]
        assert ".mlsd-desk" in state["_css"]
        assert state["_anywidget_id"]


def test_what_is_not_sent_is_kept_by_the_browser_under_the_interview_s_id(interview, ended):
    room = Room(interview, ended.clear, "abc")
    drafts = [part.draft for part in (room.chat, room.notes, room.board, room.estimates)]
    assert drafts == ["mlsd abc chat", "mlsd abc notes", "mlsd abc whiteboard", ""]
    press(room.board, "propose", text=SKETCH)
    assert room.board.proposed == SKETCH
    assert Room(interview, ended.clear).chat.draft == ""
