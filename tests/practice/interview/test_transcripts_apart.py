"""Transcripts by people who knew the facts and not the rubric: strong, weak and wrong ones.

Two people wrote each quality for each case. `strong_plain` is as good as `strong` in everyday
words; `wrong` is fluent and full of reasons for what is wrong.
"""

import functools
from pathlib import Path

import pytest

from mlsd_kit.practice.grading.axes import GRADES
from mlsd_kit.practice.interview.transcript import load_transcript, replay

FOLDER = Path(__file__).with_name("apart")
NAMES = sorted(path.name.removesuffix(".yaml") for path in FOLDER.glob("*.yaml"))
PEOPLE = [(slug, who) for slug in sorted({n.split(".")[0] for n in NAMES}) for who in "12"]


@functools.cache
def card(name):
    return replay(load_transcript(FOLDER / f"{name}.yaml")).interview.scorecard()


@pytest.mark.parametrize("name", NAMES)
def test_a_grade_fits_the_quality(name):
    if "strong" in name:
        assert card(name).grade in GRADES[2:]
    else:
        assert card(name).grade == GRADES[0]
        assert card(name).signal == "below junior"


@pytest.mark.parametrize(("slug", "who"), PEOPLE)
def test_everyday_words_are_graded_near_the_terms_and_far_from_what_is_wrong(slug, who):
    scores = {
        quality: card(f"{slug}.{quality}.{who}").score
        for quality in ("strong", "strong_plain", "weak", "wrong")
    }
    assert scores["strong_plain"] >= 0.75 * scores["strong"]
    assert max(scores["weak"], scores["wrong"]) <= 0.3 * scores["strong_plain"]
