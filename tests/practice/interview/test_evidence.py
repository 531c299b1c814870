"""Evidence in free text: with a reason, named, unclear; lists of terms; wrong claims."""

import copy
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.cases import discover, load_case
from mlsd_kit.practice.case_files import interview_content
from mlsd_kit.practice.grading import evidence
from mlsd_kit.practice.grading.contrary import DOUBTED_AT_MOST, Contrary
from mlsd_kit.practice.grading.evidence import EvidenceFinder, small_talk
from mlsd_kit.practice.grading.judge import judge_of
from mlsd_kit.practice.grading.reasoning import gives_reason, is_sentence

CLAIMS = yaml.safe_load(Path(__file__).with_name("wrong_claims.yaml").read_text(encoding="utf-8"))
CASES = [slug for slug in discover() if interview_content(load_case(slug)).stages]
KEYWORDS = (
    "Time split, leakage, point in time. Imbalance, negative downsampling, recalibration. Hashing, "
    "embeddings, smoothed rates, tail. Delayed feedback, waiting window. Missing values, units."
)
PIECES = [*re.findall(r"\S+", KEYWORDS), "because", ".", "\n"]


@pytest.fixture(scope="module")
def judge():
    return judge_of(load_case("ctr_prediction"))


def heard(judge, stage, text):
    return {earned.item: earned.how for earned in judge.evidence(stage, text)}


@pytest.mark.parametrize(
    ("stage", "item", "text"),
    [
        (
            "data",
            "split_by_time",
            "I split the log by date, because shuffled rows would leak.",
        ),
        (
            "data",
            "delayed_labels",
            "Late clicks come in for a day, so I wait before I train.",
        ),
        ("evaluation", "log_loss", "Log loss, since the bid is multiplied by the probability."),
        ("scaling", "funnel", "The trees are too slow for every ad, so a cheap step comes first."),
    ],
)
def test_a_reason_earns_an_item_with_the_candidates_sentence(judge, stage, item, text):
    found = {earned.item: earned for earned in judge.evidence(stage, f"Let me see. {text}")}
    assert found[item].how == "reasoned"
    assert text in found[item].sentence


@pytest.mark.parametrize(
    ("stage", "item", "text"),
    [
        ("data", "split_by_time", "We use a time-based split of the log."),
        ("deployment", "monitoring", "We have drift detection on the features."),
        ("evaluation", "calibration", "We look at the calibration curve of the model."),
    ],
)
def test_a_mention_without_a_reason_is_only_named(judge, stage, item, text):
    assert heard(judge, stage, text)[item] == "named"


def test_a_reason_may_follow_in_the_next_sentence(judge):
    mention = "We split by time and test on the last week of the log."
    assert heard(judge, "data", mention)["split_by_time"] == "named"
    reason = "Otherwise the model would know tomorrow's click rates already."
    assert heard(judge, "data", f"{mention} {reason}")["split_by_time"] == "reasoned"


def test_a_list_of_terms_reasons_about_nothing(judge):
    assert "reasoned" not in heard(judge, "data", KEYWORDS).values()
    for sentence in KEYWORDS.split(". "):
        assert not is_sentence(sentence)


@pytest.mark.parametrize("text", ["", " ", "?", "Let me think about that for a moment.", "\ud800"])
def test_nothing_is_heard_where_nothing_is_said(judge, text):
    assert heard(judge, "data", text) == {}


def test_what_is_not_sure_enough_is_unclear(judge):
    text = "I split by time, because a random split lets the model see tomorrow's ads."
    finder = copy.copy(judge.finder)
    sure = finder.find(text)["data", "split_by_time"]
    assert sure.confidence >= finder.threshold
    finder.threshold = sure.confidence + 0.01
    assert finder.find(text)["data", "split_by_time"].how == "unclear"


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("We split by time, because a random split leaks tomorrow into training.", True),
        ("I split the data by time and not at random.", False),
        ("I would only look at the log loss of the model.", False),
        ("Then we run an A/B test on the users of the site.", False),
        ("We wait for a day, so that most of the clicks are in.", True),
        ("So this is the model that I would like to use here.", False),
        ("If the store is slow the rules decide, but each of those is counted.", True),
        ("At 4,000 requests with 250 ads each it is a million in a second.", True),
        ("We look at NDCG@10 and the p99 of the service in the test.", False),
        ("Because calibration, log loss, AUC, entropy, slices, intervals, tests.", False),
    ],
)
def test_a_reason_is_told_by_its_form(text, gives):
    assert gives_reason(text) == gives


@pytest.fixture(scope="module", params=CASES)
def left_out(request):
    """The content of a case, each sentence judged by what was learned from the others."""
    case = load_case(request.param)
    finder = judge_of(case).finder
    taken, own = finder.left_out()
    kind = np.array(["other"] * len(own), dtype=object)
    of_item = own < len(finder.items)
    kind[of_item] = "item"
    content = interview_content(case)
    named = {
        text
        for part in content.stages.values()
        for item in part.evidence.values()
        for text in item.named
    }
    talk = set(small_talk())
    for n, text in enumerate(finder.texts):
        if of_item[n] and text in named:
            kind[n] = "named"
        elif not of_item[n] and text in talk:
            kind[n] = "talk"
    return taken, own, kind


def share(found):
    return float(np.mean(found))


def test_many_sentences_of_an_item_are_found_by_the_others(left_out):
    taken, own, kind = left_out
    assert share((taken == own)[kind == "item"]) >= 0.5


def test_few_sentences_are_taken_for_another_item(left_out):
    taken, own, kind = left_out
    of_item = np.isin(kind, ["item", "named"])
    assert share(((taken >= 0) & (taken != own))[of_item]) <= 0.09


def test_few_wrong_claims_and_hardly_any_small_talk_earn_something(left_out):
    taken, _, kind = left_out
    assert share((taken >= 0)[kind == "other"]) <= 0.15
    assert share((taken >= 0)[kind == "talk"]) <= 0.03


def earns(finder, text):
    return {item for item, earned in finder.find(text).items() if earned.how != "unclear"}


@pytest.mark.parametrize("slug", CASES)
@pytest.mark.parametrize(("claims", "at_most"), [("wrong", 0.15), ("wrong_held_out", 0.35)])
def test_most_wrong_claims_written_apart_earn_nothing(slug, claims, at_most):
    finder = judge_of(load_case(slug)).finder
    assert share([bool(earns(finder, text)) for text in CLAIMS[claims][slug]]) <= at_most


def test_few_of_all_held_out_wrong_claims_earn_something():
    found = [
        bool(earns(judge_of(load_case(slug)).finder, text))
        for slug in CASES
        for text in CLAIMS["wrong_held_out"][slug]
    ]
    assert share(found) <= 0.12


@pytest.mark.parametrize("slug", CASES)
def test_what_is_right_earns_its_item_though_it_denies_something(slug):
    finder = judge_of(load_case(slug)).finder
    found = [tuple(item.split(".")) in earns(finder, text) for item, text in CLAIMS["right"][slug]]
    assert share(found) >= 0.8


@pytest.mark.parametrize(
    ("item", "right", "wrong"),
    [
        (
            ("evaluation", "log_loss"),
            "Accuracy is not enough, because always saying no is right 98 times of 100, so "
            "log loss.",
            "Accuracy is enough, because it is right 98 times of 100, so log loss is not needed.",
        ),
        (
            ("data", "delayed_labels"),
            "Late clicks come in for a day, so I wait before I train.",
            "Late clicks do not matter, so there is no need to wait before we train.",
        ),
    ],
)
def test_the_same_words_turned_round_earn_nothing(judge, item, right, wrong):
    assert item in earns(judge.finder, right)
    assert item not in earns(judge.finder, wrong)


def test_a_doubtful_sentence_is_not_saved_by_the_next_one(judge):
    wrong = "The probabilities need no checking, because the loss is right anyway."
    for text in (wrong, f"{wrong} So calibration is fine."):
        assert ("evaluation", "calibration") not in earns(judge.finder, text)


def test_a_sentence_about_everything_shows_two_items_at_most(judge):
    every = [
        "We split by time and keep a tenth of the rows without a click, hash the ids, wait a day",
        "for late clicks, flag a missing age, start from logistic regression, take the log loss,",
        "check the calibration and run an A/B test, because each of these matters.",
    ]
    assert len(judge.finder.find(" ".join(every))) <= evidence.AT_ONCE


def test_length_alone_shows_nothing(judge):
    talk = "I hand the money out in slices, thirty for the rent, ten for the bus, forty for food"
    assert earns(judge.finder, f"{talk}.") == set()
    assert (
        earns(judge.finder, f"{talk}, and what remains is {'a little more, ' * 9}because.") == set()
    )


def test_contrary_wording_is_learned_and_not_looked_up():
    right = [
        f"We measure {what} first, because it may be wrong." for what in "abcdefghijklmnopqrst"
    ]
    wrong = [
        f"We need no {what} at all, because it is fine anyway." for what in "abcdefghijklmnopqrst"
    ]
    contrary = Contrary(right, wrong)
    assert contrary.doubts(["No interval is needed at all, so we need no test anyway."]).all()
    assert not contrary.doubts(["We measure the recall first, because it may be low."]).any()
    assert contrary.left_out(wrong).mean() >= 0.9
    assert contrary.left_out(right).mean() <= 2 * DOUBTED_AT_MOST + 1 / len(right)
    assert not contrary.left_out(["never seen"]).any()
    assert contrary.doubts([]).shape == (0,)


@pytest.mark.parametrize("slug", CASES)
def test_the_content_gives_reasons_where_it_says_so(slug):
    parts = interview_content(load_case(slug)).stages.values()
    items = [item for part in parts for item in part.evidence.values()]
    assert share([gives_reason(text) for item in items for text in item.said]) >= 0.8
    assert share([gives_reason(text) for item in items for text in item.named]) <= 0.12


@settings(max_examples=100)
@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(st.sampled_from(PIECES)).map(" ".join),
        st.sampled_from(["a" * 30_000, "because " * 3000, ". " * 500, "\x00", "<b>x</b>. 1e999."]),
    )
)
def test_whatever_is_said_is_judged_and_the_same_way_each_time(text):
    finder = judge_of(load_case("ctr_prediction")).finder
    found = finder.find(text)
    assert found == finder.find(text)
    for (_, item), earned in found.items():
        assert earned.item == item
        assert 0 <= earned.confidence <= 1


def test_what_was_judged_before_may_be_forgotten(judge, monkeypatch):
    monkeypatch.setattr(evidence, "REMEMBERED", 0)
    first = judge.finder.find("We split by time.")
    assert judge.finder.find("We split by time.\nClicks come late.").items() >= first.items()


def test_a_finder_needs_no_wrong_claims():
    finder = EvidenceFinder(
        {("data", "a"): ["We split by time."] * 2, ("data", "b"): ["Clicks come late."] * 2}, []
    )
    assert finder.find("nothing of that") == {} or finder.threshold < 1
