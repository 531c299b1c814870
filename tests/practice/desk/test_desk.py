"""Beginning, going on, two desks on one history, and what follows an interview."""

import importlib
import re
import sys

import pytest

import mlsd_kit.practice.desk
from mlsd_kit.errors import MissingExtra, UserError
from mlsd_kit.practice.desk import mock_interview
from mlsd_kit.practice.desk.desk import READING
from mlsd_kit.practice.desk.review import Review
from mlsd_kit.practice.interview import Event, resume_interview, start_interview, state_of
from tests.practice.desk.conftest import CASE
from tests.practice.desk.messages import press

MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


@pytest.fixture
def open_desk(by_name, history):
    """Opens a desk over the history of this test."""
    return lambda **more: mock_interview(CASE, file=str(history.path), **more)


def begin(desk, case=CASE, level="senior", minutes="45"):
    press(desk.new_form, "begin", case=case, level=level, minutes=minutes)


def heard(desk, text):
    press(desk.room.chat, "send", text=text, number=1)


def texts(desk):
    return [line["text"] for line in desk.room.chat.lines]


def test_the_form_begins_with_what_was_asked_for(open_desk):
    desk = open_desk(level="staff", minutes=30)
    values = {field["name"]: field["value"] for field in desk.new_form.fields}
    assert values == {"case": CASE, "level": "staff", "minutes": "30"}
    assert list(desk.widget.children) == [desk.new_form]


def test_while_the_interviewer_reads_the_form_says_so(open_desk):
    desk, seen = open_desk(), []
    desk.new_form.observe(lambda _: seen.append(desk.new_form.says), "busy")
    desk.new_form.observe(lambda change: seen.append(change["new"]), "says")
    begin(desk)
    assert READING in seen
    assert not desk.new_form.busy
    assert list(desk.widget.children) == [desk.room.widget]
    assert desk.room.interview.state.level == "senior"


@pytest.mark.parametrize("minutes", ["2", "", "ten", "nan", "1e9"])
def test_a_wrong_length_is_told_and_nothing_begins(open_desk, history, minutes):
    desk = open_desk()
    begin(desk, minutes=minutes)
    assert "an interview takes 5 to 180 minutes" in desk.new_form.says
    assert not desk.new_form.busy
    assert desk.room is None
    assert history.interviews() == {}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"case": "ctr_predictoin"}, "did you mean 'ctr_prediction'"),
        ({"level": "principal"}, "none of junior, senior, staff"),
        ({"minutes": 2}, "5 to 180 minutes"),
        ({"minutes": float("nan")}, "5 to 180 minutes"),
        ({"interview": "nope"}, "no interview 'nope'"),
    ],
)
def test_a_wrong_parameter_is_told(by_name, history, wrong, says):
    with pytest.raises(UserError, match=says):
        mock_interview(**{"case": CASE, "file": str(history.path)} | wrong)


def test_without_a_browser_it_says_how_to_begin_and_leaves_no_file(open_desk, history):
    first, second = open_desk()._repr_mimebundle_(), open_desk()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in first
    assert first["text/plain"] == second["text/plain"]
    assert f"mlsd practice {CASE} --level senior --minutes 45" in first["text/plain"]
    assert not history.path.parent.exists()


def test_the_text_is_the_same_whatever_is_kept(open_desk):
    before = str(open_desk())
    begin(open_desk())
    assert str(open_desk()) == before


def test_after_a_restart_the_conversation_and_the_clock_are_there_again(open_desk, history):
    desk = open_desk()
    begin(desk)
    heard(desk, "latency?")
    press(desk.room.controls, "next")
    kept = texts(desk)
    again = open_desk()
    assert list(again.widget.children) == [again.kept_form, again.new_form]
    [(id, label)] = again.kept_form.fields[0]["options"]
    assert id == desk.id
    assert label.startswith(f"{CASE}, senior, 0 of 45 min, at data")
    press(again.kept_form, "open", interview=id)
    assert texts(again) == [*kept, "You were away; the clock stood still."]
    events = history.record(id).events()
    spent = {stage["id"]: stage["spent"] for stage in again.room.clock.stages}
    assert spent["requirements"] == pytest.approx(state_of(events).spent["requirements"])
    assert again.room.clock.stage == "data"


def test_two_desks_on_one_history_show_their_own_interviews(open_desk, history):
    first, second = open_desk(), open_desk()
    begin(first)
    begin(second, level="junior")
    heard(first, "latency?")
    heard(second, "traffic?")
    heard(first, "candidates?")
    assert first.id != second.id
    assert [t for t in texts(first) if t.endswith("?")][:2] == ["latency?", "candidates?"]
    assert "traffic?" in texts(second)
    assert "latency?" not in texts(second)
    assert len(history.interviews()) == 2
    third = open_desk()
    assert {id for id, _ in third.kept_form.fields[0]["options"]} == {first.id, second.id}
    assert open_desk(interview=first.id).room.interview.state.level == "senior"
    assert open_desk(interview=second.id).room.interview.state.level == "junior"


def test_the_same_interview_on_two_desks_ends_on_both(open_desk):
    first = open_desk()
    begin(first)
    second = open_desk(interview=first.id)
    press(first.room.controls, "finish")
    assert first.review
    press(second.room.clock, "beat")
    assert second.review
    assert not second.room.chat.answering


def test_an_interview_that_goes_on_is_offered_before_a_finished_one(open_desk):
    first, second = open_desk(), open_desk()
    begin(first)
    begin(second)
    press(second.room.controls, "finish")
    options = open_desk().kept_form.fields[0]["options"]
    assert [id for id, _ in options] == [first.id, second.id]
    assert "finished" in options[1][1]
    again = open_desk(interview=second.id)
    assert again.room is None
    assert again.widget.children == (again.review.widget,)


def test_a_record_that_is_no_interview_is_not_offered(open_desk, history):
    begin(open_desk())
    history.new().append(Event(0.0, "beat"))
    assert len(open_desk().kept_form.fields[0]["options"]) == 1


@pytest.fixture
def review(interview, tmp_path):
    """A finished interview in which one item was unclear and markup was typed."""
    item = interview.case.spec.rubric["data"][0].id
    interview.say(f"First of all {MARKUP}.")
    interview.go_to("data")
    interview.say(f"perhaps {item} {MARKUP}")
    interview.finish()
    return Review(interview, tmp_path / "kept", "scorecard-x")


def test_what_is_open_is_shown_beside_two_model_answers(review, content):
    card = review.interview.scorecard()
    shown = [item["id"] for group in review.assessment.groups for item in group["items"]]
    assert sorted(shown) == sorted(f"{item.stage}.{item.id}" for item in card.open)
    data = next(g for g in review.assessment.groups if g["title"] == "Data")
    assert MARKUP in data["said"]
    assert data["items"][0]["sentence"]
    answers = content.stage("data").answers
    assert data["answers"] == [["senior", answers.senior], ["staff", answers.staff]]
    empty = next(g for g in review.assessment.groups if g["title"] == "Scaling")
    assert empty["said"] == "You gave no answer at this stage."


def test_the_own_judgement_is_kept_and_counts_beside(review):
    before = {axis.name: axis.own for axis in review.interview.scorecard().axes}
    open_items = [
        i["id"] for g in review.assessment.groups if g["title"] == "Data" for i in g["items"]
    ]
    for item in open_items:
        press(review.assessment, "assess", item=item, grade="met")
        assert review.assessment.says == "Noted."
    card = review.interview.scorecard()
    data = next(axis for axis in card.axes if axis.name == "data and features")
    assert data.own > before["data and features"]
    assert data.score < data.own


def test_the_scorecard_is_shown_with_its_plot_and_its_links(review):
    press(review.controls, "show")
    picture, text = (output["data"] for output in review.output.outputs)
    assert picture["text/html"].startswith("<img alt=")
    for axis in review.interview.scorecard().axes:
        assert axis.name in picture["text/html"]
    assert text["text/markdown"].startswith("# Scorecard: ")
    assert ".ipynb#" in text["text/markdown"]
    assert review.controls.says == "The scorecard is below."


def test_markup_in_an_answer_is_escaped_in_the_scorecard(interview, tmp_path):
    item = interview.case.spec.rubric["requirements"][0].id
    interview.say(f"{item} {MARKUP}")
    interview.finish()
    review = Review(interview, tmp_path, "card")
    press(review.controls, "show")
    press(review.controls, "save")
    shown = review.output.outputs[1]["data"]["text/markdown"]
    page = (tmp_path / "card.html").read_text(encoding="utf-8")
    assert "onerror" in shown
    assert "onerror" in page
    for text in (shown, page):
        assert not re.search(r"(?<!\\)<(img src=x|script)", text)


def test_it_is_saved_as_markdown_and_html_and_the_paths_are_shown(review, tmp_path):
    press(review.controls, "save")
    for suffix in ("md", "html"):
        path = tmp_path / "kept" / f"scorecard-x.{suffix}"
        assert str(path) in review.controls.says
        assert review.interview.case.title in path.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_told(interview, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    interview.finish()
    review = Review(interview, tmp_path / "file", "card")
    press(review.controls, "save")
    assert "cannot be written" in review.controls.says


def test_a_desk_goes_on_from_another_front_end(open_desk, history):
    record = history.new()
    begun = start_interview(CASE, "junior", 20, record)
    begun.ask("latency?")
    desk = open_desk(interview=record.id)
    assert "latency?" in texts(desk)
    heard(desk, "traffic?")
    assert "traffic" in resume_interview(record).state.told


def test_without_the_package_the_install_command_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(MissingExtra, match=r"pip install 'mlsd-kit\[review\]'"):
        importlib.reload(mlsd_kit.practice.desk)
