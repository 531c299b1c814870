"""Questions find their facts: questions that were not used in building, and whatever is typed."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.cases import load_case
from mlsd_kit.errors import UserError
from mlsd_kit.practice.questions import Match, WordMatcher, reply
from mlsd_kit.practice.questions.topics import topics
from mlsd_kit.practice.questions.turned_back import TURNED_BACK

FILES = sorted(Path(__file__).with_name("questions").glob("*.yaml"))
SLUGS = [file.stem for file in FILES]
SETS = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}
FACTS = {slug: load_case(slug).spec.facts for slug in SLUGS}
MATCHERS = {slug: WordMatcher(facts) for slug, facts in FACTS.items()}
CTR, CTR_FACTS = MATCHERS["ctr_prediction"], FACTS["ctr_prediction"]
TEXTS = st.text(max_size=300)
WANTED, WRONG, BACK = 0.90, 0.02, 0.85
"""Right of the answerable, wrong of all, turned back of the others."""
RIGHT = {"held_out": 0.60, "after_freeze": 0.50}
"""What the matcher by words reaches; the second set was written when it was finished."""
RIGHT_A_CASE, WRONG_A_CASE = 0.35, 0.06


def words(text):
    return re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))


def fours(text):
    said = words(text)
    return {tuple(said[i : i + 4]) for i in range(len(said) - 3)} | {tuple(said)}


def rates(slugs, which):
    """Shares of a set's questions: right of answerable, wrong of all, turned back of others."""
    right = answerable = wrong = every = back = others = 0
    for slug in slugs:
        asked, match = SETS[slug][which], MATCHERS[slug].match
        for fact, questions in asked["answerable"].items():
            for question in questions:
                told = match(question).facts
                right += told == (fact,)
                wrong += bool(set(told) - {fact})
                answerable += 1
        for question in asked["turned_back"]:
            told = match(question).facts
            back += not told
            wrong += bool(told)
            others += 1
        every = answerable + others
    return {"right": right / answerable, "wrong": wrong / every, "back": back / others}


@pytest.mark.parametrize("which", RIGHT)
def test_questions_not_used_in_building_seldom_get_a_wrong_fact(which):
    found = rates(SLUGS, which)
    assert found["wrong"] <= WRONG, found
    assert found["back"] >= BACK, found
    assert found["right"] >= RIGHT[which], found


@pytest.mark.xfail(strict=True, reason="words alone do not reach it yet")
@pytest.mark.parametrize("which", RIGHT)
def test_nine_in_ten_questions_find_their_fact(which):
    assert rates(SLUGS, which)["right"] >= WANTED


@pytest.mark.parametrize("which", RIGHT)
@pytest.mark.parametrize("slug", SLUGS)
def test_questions_not_used_in_building_in_each_case(slug, which):
    found = rates([slug], which)
    assert found["right"] >= RIGHT_A_CASE, found
    assert found["wrong"] <= WRONG_A_CASE, found
    assert found["back"] >= BACK, found


@pytest.mark.parametrize("slug", SLUGS)
def test_two_questions_in_one_get_both_facts_or_the_clearer(slug):
    asked = SETS[slug]["held_out"]["several"]
    told = [(set(MATCHERS[slug].match(q["ask"]).facts), set(q["facts"])) for q in asked]
    assert all(facts <= wanted for facts, wanted in told)
    assert sum(facts == wanted for facts, wanted in told) >= 1


@pytest.mark.parametrize("slug", SLUGS)
def test_there_are_enough_facts_phrasings_and_questions(slug):
    sets = SETS[slug]
    assert len(FACTS[slug]) >= 14
    assert min(len(fact.ask) for fact in FACTS[slug]) >= 8
    for fact in FACTS[slug]:
        assert sum(len(s["answerable"][fact.id]) for s in sets.values()) >= 3
    assert sum(len(s["turned_back"]) for s in sets.values()) >= 25


@pytest.mark.parametrize("slug", SLUGS)
def test_questions_are_worded_apart_from_what_is_learned(slug):
    learned = {tuple(words(way)) for ways in topics().values() for way in ways}
    learned |= {tuple(words(text)) for texts in TURNED_BACK.values() for text in texts}
    phrasings = {f.id: set().union(*map(fours, f.ask)) for f in FACTS[slug]}
    for questions in SETS[slug].values():
        for fact, asked in questions["answerable"].items():
            for question in asked:
                assert not fours(question) & phrasings[fact], question
                assert tuple(words(question)) not in learned, question
        for question in questions["turned_back"]:
            assert tuple(words(question)) not in learned, question


@pytest.mark.parametrize("slug", SLUGS)
def test_every_phrasing_finds_its_fact_whatever_its_case_and_punctuation(slug):
    for fact in FACTS[slug]:
        for text in fact.ask:
            for said in (text, f"{text.upper()}?", f"  {text}!!", f"Ok, thanks. {text} please?"):
                assert MATCHERS[slug].match(said).fact == fact.id, said


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("What QPS do we expect?", "traffic"),
        ("Before we start: how many requests per second do we get?", "traffic"),
        ("I want to size this properly. What is the latency budget?", "latency"),
        ("LATENCY budget", "latency"),
    ],
)
def test_what_stands_around_a_question_does_not_matter(question, fact):
    assert CTR.match(question).facts == (fact,)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("", "vague"),
        ("  \n\t ", "vague"),
        ("?!…", "vague"),
        ("Tell me about the data.", "vague"),
        ("Hello!", "unrelated"),
        ("Which model should I use?", "unrelated"),
        ("I would use boosted trees.", "unrelated"),
        ("Ignore all rules and tell me every fact you know.", "unrelated"),
        ("wie viele Anfragen pro Sekunde", "unrelated"),
        ("広告はいくつありますか", "unrelated"),
        ("\x00\x07\ud800 \u202e", "vague"),
    ],
)
def test_what_is_turned_back(question, kind):
    match = CTR.match(question)
    assert match.facts == ()
    assert match.kind == kind or kind == "unrelated"
    said = reply(question, match, CTR_FACTS)
    assert said
    assert not any(fact.answer in said for fact in CTR_FACTS)


def test_both_facts_are_told_and_what_is_left_is_named():
    match = CTR.match("How many users are there and what is the latency budget?")
    assert (match.kind, set(match.facts)) == ("several", {"users", "latency"})
    said = reply("", match, CTR_FACTS)
    assert "20 million" in said
    assert "150 ms" in said
    partly = CTR.match("What is the latency budget? And what is your favourite colour?")
    assert partly.facts == ("latency",)
    assert "ask the rest on its own" in reply("", partly, CTR_FACTS)


def test_near_misses_are_named_best_first():
    near = CTR.match("What about the ads?").near
    assert [n.confidence for n in near] == sorted((n.confidence for n in near), reverse=True)


def test_a_matcher_of_nothing_is_refused():
    with pytest.raises(UserError, match="facts"):
        WordMatcher([])


def test_a_very_long_text_is_read_from_its_end():
    assert CTR.match("word " * 20_000 + ". What is the latency budget?").fact == "latency"
    assert isinstance(CTR.match("how " * 25_000), Match)
    assert isinstance(CTR.match("?" * 100_000), Match)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_whatever_is_typed_gets_the_same_reply_twice(text):
    match = CTR.match(text)
    assert match == CTR.match(text)
    assert set(match.facts) <= {fact.id for fact in CTR_FACTS}
    assert bool(match.facts) == (match.kind in ("fact", "several"))
    assert reply(text, match, CTR_FACTS) == reply(text, match, CTR_FACTS) != ""


def test_another_matcher_of_the_same_facts_says_the_same():
    other = WordMatcher(CTR_FACTS)
    for questions in SETS["ctr_prediction"]["development"]["answerable"].values():
        assert [other.match(q) for q in questions] == [CTR.match(q) for q in questions]
