"""Estimates: size, unit and steps each get their own feedback."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.cases import discover, load_case
from mlsd_kit.errors import UserError
from mlsd_kit.practice.grading.estimates import WORTHLESS, judge_estimate
from mlsd_kit.practice.grading.spoken import spoken

CASE = load_case("ctr_prediction")
ESTIMATES = {estimate.id: estimate for estimate in CASE.spec.estimates}


def judged(id, text):
    return judge_estimate(ESTIMATES[id], CASE.spec.scale, text)


@pytest.mark.parametrize(
    ("text", "magnitude", "unit"),
    [
        ("about 1.5 million predictions per second", 1.5e6, "predictions/s"),
        ("4k QPS x 250 predictions/request", 1e6, "predictions/s"),
        ("~86 GB/day", 86, "GB/day"),
        ("2 × 10^6 clicks a day", 2e6, "clicks/day"),
        ("7.8 TB", 7.8, "TB"),
        ("1.2bn rows", 1.2e9, "rows"),
        ("86,400 s", 86_400, "s"),
        ("500 B", 500, "B"),
    ],
)
def test_quantities_are_read_as_people_type_them(text, magnitude, unit):
    assert spoken(text).to(unit).magnitude == pytest.approx(magnitude)


@pytest.mark.parametrize(
    ("id", "text", "kind", "says"),
    [
        ("predictions_per_second", "4,000 QPS x 250 = 1M predictions/s", "right", "Right"),
        ("predictions_per_second", "1M QPS", "wrong unit", "The unit is requests/s"),
        ("predictions_per_second", "1e6", "wrong unit", "Say the unit: predictions/s"),
        ("predictions_per_second", "4000 predictions/s", "missing factor", "that is candidates"),
        ("predictions_per_second", "1e6 predictions/day", "slip", "seconds and days are mixed"),
        ("predictions_per_second", "3e6 predictions/s", "order of magnitude", "factor of 3"),
        ("predictions_per_second", "7e9 predictions/s", "far off", "order of magnitude is off"),
        ("predictions_per_second", "lots", "unreadable", "no number"),
        ("predictions_per_second", "-1 predictions/s", "far off", "above zero"),
        ("log_per_day", "690 Gbit/day", "right", "Right"),
        ("log_per_day", "86 GB", "wrong unit", "GB/day is wanted"),
        ("log_per_day", "86 MB/day", "slip", "prefix is off by one step"),
        ("predictions_per_second", "1e3 predictions/s", "slip", "three zeros are missing"),
        ("log_per_day", "690 GB/day", "slip", "bits and bytes are mixed"),
        ("predictions_per_second", "1e9 predictions/s", "slip", "three zeros too many"),
        ("predictions_per_second", "1000M predictions/s", "slip", "prefix is off by one step"),
        ("predictions_per_second", "1e8 predictions/s", "slip", "two zeros too many"),
        ("predictions_per_second", "8e6 predictions/s", "order of magnitude", "factor of 8"),
        ("predictions_per_second", "60e6 predictions/s", "slip", "seconds and minutes"),
    ],
)
def test_each_kind_of_wrong_has_its_own_words(id, text, kind, says):
    found = judged(id, text)
    assert found.kind == kind, found
    assert says in found.says


def test_steps_that_leave_a_figure_out_are_told_though_the_result_is_right():
    found = judged("log_per_day", "4000/s * 86400 s * 500 B = 90 GB/day")
    assert found.kind == "right"
    assert found.steps == ("Your steps do not show the peak to mean (2).",)
    assert judged("log_per_day", "4000/s / 2 * 86400 s * 500 B = 86 GB/day").steps == ()


def test_a_result_that_is_not_what_the_calculation_comes_to_is_told():
    found = judged("predictions_per_second", "4,000/s x 250 predictions = 10M predictions/s")
    assert found.steps == ("Your calculation comes to 1 million predictions/s.",)
    rounded = "4,000/s x 250 predictions = 1.1M predictions/s"
    for text in (rounded, "4,000 x 250 = 10M predictions/s"):
        assert judged("predictions_per_second", text).steps == ()


@pytest.mark.parametrize(
    ("id", "text"),
    [
        ("predictions_per_second", "100 million users x 10 = 1,000 million predictions/s"),
        ("log_per_day", "4000/s x 86400 s/day x 2 kB = 691 GB/day"),
    ],
)
def test_a_calculation_from_other_figures_is_no_slip(id, text):
    found = judged(id, text)
    assert found.kind in ("far off", "order of magnitude")
    assert "Your steps do not show" in found.steps[-1]


@given(st.floats(-9, 9))
def test_the_score_falls_with_the_distance_on_a_log_scale(power):
    estimate = ESTIMATES["predictions_per_second"]
    found = judged("predictions_per_second", f"{1e6 * 10**power!r} predictions/s")
    beyond = max(0.0, abs(power) * math.log(10) - math.log(estimate.within))
    assert found.score == pytest.approx(max(0.0, 1 - beyond / math.log(WORTHLESS)), abs=1e-6)


@pytest.mark.parametrize("slug", list(discover()))
def test_the_right_value_is_right_in_every_case(slug):
    spec = load_case(slug).spec
    for estimate in spec.estimates:
        value = estimate.value(spec.scale)
        found = judge_estimate(estimate, spec.scale, f"{value.magnitude} {estimate.unit}")
        assert found.kind == "right", (estimate.id, found)


@given(st.text(max_size=200))
def test_whatever_is_typed_is_judged(text):
    assert 0 <= judged("log_kept", text).score <= 1


def test_a_text_without_a_number_is_refused():
    with pytest.raises(UserError, match="no number"):
        spoken("quite a lot")
