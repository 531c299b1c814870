"""The requirement drill: a clock, questions, and what they are worth."""

from dataclasses import dataclass

import pytest

from mlsd_kit.cases import discover, load_case
from mlsd_kit.practice.drills.requirements import (
    GOOD,
    OVER,
    TURNED_BACK,
    RequirementRound,
    good_order,
    weights,
)
from mlsd_kit.practice.interview.matching import matcher_of

CASE = load_case("ctr_prediction")


@dataclass
class Seconds:
    now: float = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Seconds()


@pytest.fixture
def round_(clock):
    return RequirementRound(CASE, matcher_of(CASE), clock)


def test_a_question_brings_out_its_fact_and_a_vague_one_costs(round_):
    assert "100,000" in round_.ask("how many ads do we have in total?").reply
    before = round_.result()
    assert [fact.id for fact in before.told] == ["candidates"]
    round_.ask("tell me everything")
    after = round_.result()
    assert after.turned_back == 1
    assert after.score == pytest.approx(before.score - TURNED_BACK)
    round_.ask("And how many ads are there in total?")
    assert round_.result().score == pytest.approx(after.score)


def test_nothing_is_told_after_the_time(round_, clock):
    clock.now += 299
    assert round_.left == 1
    clock.now += 2
    assert round_.left == 0
    came = round_.ask("how many ads do we have in total?")
    assert (came.reply, came.facts) == (OVER, ())
    assert round_.result().told == ()


def test_weightier_facts_are_worth_more_and_the_heaviest_are_a_full_score(clock):
    weight = weights(CASE)
    order = sorted(weight, key=lambda id: -weight[id])

    def score(ids):
        one = RequirementRound(CASE, matcher_of(CASE), clock)
        for id in ids:
            fact = next(fact for fact in CASE.spec.facts if fact.id == id)
            assert id in one.ask(fact.ask[0]).facts
        return one.result().score

    assert score(order[:GOOD]) == 1
    assert score(order[:3]) > score(order[-3:]) > 0
    assert score([]) == 0


def test_the_score_is_never_below_zero(round_):
    for _ in range(60):
        round_.ask("hm")
    assert round_.result().score == 0


@pytest.mark.parametrize("slug", list(discover()))
def test_a_good_order_begins_with_the_goal_and_has_no_item_twice(slug):
    case = load_case(slug)
    order = good_order(case)
    assert order[0].id == "objective"
    assert len({fact.id for fact in order}) == len(order) == GOOD
    weight = weights(case)
    assert set(weight) == {fact.id for fact in case.spec.facts}
    assert min(weight.values()) >= 1
    assert sum(weight[fact.id] for fact in order) > GOOD * sum(weight.values()) / len(weight)


def test_what_was_missed_comes_with_the_weightiest_first(round_):
    round_.ask("what is the latency budget?")
    brought = round_.result()
    missed = [brought.weight[fact.id] for fact in brought.missed]
    assert missed == sorted(missed, reverse=True)
    assert len(brought.missed) + len(brought.told) == len(CASE.spec.facts)
