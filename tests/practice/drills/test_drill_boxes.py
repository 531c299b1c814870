"""The drills' widgets, without a browser: what is shown, answered and kept."""

import pytest

from mlsd_kit.practice.interview.places import places
from mlsd_kit.widgets.design_drills import FlawDrill, RequirementDrill
from mlsd_kit.widgets.drills import Drill, EstimationDrill, MetricDrill


@pytest.fixture
def kept():
    return []


def shown(drill):
    return drill._said.value


def test_an_estimate_is_judged_and_its_first_answer_kept(kept):
    drill = EstimationDrill(3, keep=kept.append)
    drill.answer()
    assert "Type a number" in shown(drill)
    drill.field.value = "<b>no</b> number"
    drill.answer()
    assert kept == []
    drill.field.value = f"1 {drill.task.estimate.unit}"
    drill.answer()
    assert "<details><summary>The calculation" in shown(drill)
    drill.field.value = drill.task.worked()[-1].rpartition("= ")[2]
    assert "Right: about" in shown(drill)
    [result] = kept
    assert result.score < 1
    assert (result.drill, result.seed, result.number) == ("estimate", 3, 0)
    first = str(drill)
    drill.next()
    assert str(drill) != first
    assert shown(drill) == ""
    assert drill.field.value == ""


def test_metrics_are_chosen_by_boxes(kept):
    drill = MetricDrill(3, "fraud_detection", keep=kept.append)
    drill.answer()
    assert "Choose at least one" in shown(drill)
    for option, right, _ in drill.task.why():
        drill.boxes[option].value = right
    drill.answer()
    assert ">Right.</p>" in shown(drill)
    assert kept[0].score == 1
    assert kept[0].case == "fraud_detection"
    assert all(option in str(drill) for option in drill.task.options)


def test_a_flaw_is_named_by_choosing_or_in_words(kept):
    drill = FlawDrill(4, "search_ranking", keep=kept.append)
    drill.words.value = "<script>alert(1)</script>"
    drill.answer()
    assert "I am not sure of the place" in shown(drill)
    finding = drill.task.findings[0]
    drill.words.value = ""
    drill.place.value = places(finding.where, drill.task.design)[0]
    drill.answer()
    assert "I am not sure of the flaw" in shown(drill)
    drill.flaw.value = finding.rule
    drill.answer()
    assert "Right: place and flaw." in shown(drill)
    assert kept[0].score == 1
    bundle = drill._repr_mimebundle_()
    assert "<svg" in bundle["text/html"] or "data:image/svg" in bundle["text/html"]


def test_questions_are_asked_by_the_clock(kept):
    drill = RequirementDrill(1, "ctr_prediction", keep=kept.append)
    drill.put()
    drill.answer()
    assert "Press Start first" in shown(drill)
    drill.start()
    drill.question.value = "how many <i>ads</i> are there in total?"
    assert "100,000 eligible ads" in drill._talk.value
    assert "<i>ads" not in drill._talk.value
    assert "4:5" in drill._clock.value
    drill.answer()
    assert "A good order:" in shown(drill)
    assert kept[0].data == {"told": ["candidates"], "turned_back": 0}
    drill.next()
    assert drill._start.disabled is False
    assert drill.question.disabled


def test_a_drill_without_its_parts_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        type("Half", (Drill,), {"answer": lambda self: None})()


def test_without_a_browser_the_task_is_the_same_text_each_time():
    for make in (EstimationDrill, MetricDrill, FlawDrill, RequirementDrill):
        first, second = (make(2, "fraud_detection")._repr_mimebundle_() for _ in range(2))
        assert first["text/plain"] == second["text/plain"]
        assert first["text/html"] == second["text/html"]
        assert "application/vnd.jupyter.widget-view+json" in first
