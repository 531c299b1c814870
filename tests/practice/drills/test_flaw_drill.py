"""The find-the-flaw drill: what is planted is what the linter finds."""

import random

import pytest

from mlsd_kit.cases import discover, load_case
from mlsd_kit.design import RULES, lint, load_flaws
from mlsd_kit.errors import UserError
from mlsd_kit.practice.drills import flaw_task
from mlsd_kit.practice.drills.flaw_words import named_flaw, named_place
from mlsd_kit.practice.drills.flaws import label
from mlsd_kit.practice.drills.planting import MOST_RULES
from mlsd_kit.practice.drills.plants import PLANTERS, changes
from mlsd_kit.practice.interview.places import places, spoken_place

TASKS = [flaw_task(1, number) for number in range(30)]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.case}-{task.name}")
def test_the_linter_finds_what_is_to_be_found_and_offers_nothing_else_that_is_broken(task):
    found = {(finding.rule, finding.where) for finding in lint(task.design).findings}
    assert {(finding.rule, finding.where) for finding in task.findings} <= found
    assert not task.broken & {finding.rule for finding in lint(task.reference).findings}
    assert task.broken <= set(task.flaws)
    others = set(task.flaws) - task.broken
    assert len(others) >= 2
    assert not others & {rule for rule, _ in found}
    assert not others & {finding.rule for finding in lint(task.reference).waived}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.case}-{task.name}")
def test_place_and_flaw_are_judged_together_and_apart(task):
    wrong = next(rule for rule in task.flaws if rule not in task.broken)
    for finding in task.findings:
        for place in places(finding.where, task.design):
            assert task.judge(place, finding.rule).score == 1
            assert task.judge(place, wrong).score == 0.5
            assert task.judge(place, wrong).says == "The place is right, the flaw is another."
        assert places(finding.where, task.design)[0] in task.places
        assert task.judge("", finding.rule).says == "The flaw is right, but elsewhere."
    assert task.judge("", "").score == 0


def test_the_right_place_with_another_place_s_flaw_is_not_wholly_right():
    task = next(
        task
        for number in range(400)
        if len((task := flaw_task(2, number, "search_ranking")).broken) > 1
        and len({places(f.where, task.design)[0] for f in task.findings}) > 1
    )
    first, second = task.findings[0], task.findings[-1]
    crossed = task.judge(places(first.where, task.design)[0], second.rule)
    alike = places(first.where, task.design)[0] in {
        places(f.where, task.design)[0] for f in task.findings if f.rule == second.rule
    }
    assert crossed.score == (1.0 if alike else 0.5)


def test_a_seed_gives_the_same_tasks_and_the_series_has_many_kinds():
    again = [flaw_task(1, number) for number in range(5)]
    assert [(t.name, t.findings, t.flaws) for t in again] == [
        (t.name, t.findings, t.flaws) for t in TASKS[:5]
    ]
    assert len({task.name for task in TASKS}) >= 15
    assert {task.case for task in TASKS} == set(discover())


def test_stories_of_the_cases_come_up_and_planted_flaws_are_few_at_a_time():
    told = {(case, name) for case in discover() for name in load_flaws(_file(case))}
    own = [task for task in TASKS if (task.case, task.name) in told]
    planted = [task for task in TASKS if (task.case, task.name) not in told]
    assert own
    assert planted
    assert all(task.name in task.broken and len(task.broken) <= MOST_RULES for task in planted)
    assert all(task.story for task in TASKS)
    assert all("story:" not in task.yaml for task in TASKS)


def _file(case):
    return load_case(case).folder / "design.yaml"


def test_every_planter_is_of_a_rule_and_gives_changes_in_some_case():
    references = [load_case(case).designs()["reference"] for case in discover()]
    for rule in PLANTERS:
        assert rule in RULES
        assert any(changes(reference, rule, random.Random(0)) for reference in references)


def test_a_case_that_is_not_there_is_told():
    with pytest.raises(UserError, match="did you mean 'fraud_detection'"):
        flaw_task(1, 0, "fraud_detecton")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("if the windows hang the payment hangs: nobody set a timeout", "timeout_missing"),
        ("nothing answers in its place when the feature store is gone", "store_without_fallback"),
        ("there is just one replica of it", "single_point_of_failure"),
        ("all its replicas sit in the same zone", "single_zone"),
        ("the pages in the cache live for ever", "cache_without_lifetime"),
        ("it is trained on events that have no label yet", "labels_not_waited_for"),
        ("user ids are written to the log in plain", "personal_data_in_log"),
        ("they keep the personal data for all time", "personal_data_kept"),
        ("one shard gets far more than the others", "hot_partition"),
        ("too few machines for the peak load", "saturated"),
        ("drift of the inputs is watched by nobody", "drift_unwatched"),
        ("the alarms reach no one", "alerts_without_owner"),
        ("a new model is never compared with the old one on live traffic", "release_unproven"),
        ("you cannot roll back", "rollback_missing"),
        ("it tries again immediately without any pause", "retry_without_backoff"),
        ("it sees only its own choices and explores nothing", "feedback_without_exploration"),
        ("the timeout cuts off calls that would have succeeded", "timeout_below_service"),
        ("features are joined with what is known today", "features_not_point_in_time"),
        ("the queue may grow for ever", "unbounded_queue"),
        ("this is far too expensive", "over_budget"),
    ],
)  # fmt: skip
def test_a_flaw_is_understood_in_other_words_or_offered(text, rule):
    named = named_flaw(text)
    assert rule in (named.rules or named.near)


OTHERS = [
    ("nobody is paged when the monitor fires", "alerts_without_owner", "monitor"),
    ("ad quality is not watched by anything", "guard_unwatched", ""),
    ("if a zone goes down the ranker is overloaded", "zone_loss_saturates", "ranker"),
    ("the call to the feature store can hang", "timeout_missing", "feature store"),
    ("promotion without comparing with the offline scores", "parity_missing", "registry"),
    ("no holdout test before a release", "holdout_missing", "registry"),
    ("the training data is never checked for broken columns", "data_validation_missing", ""),
    ("the list is a week old when it is read", "batch_prediction_stale", "lists"),
    ("views are deleted after an hour, before the labels arrive", "retention_too_short", "views"),
    ("5 retries without jitter", "retry_without_backoff", ""),
    ("retries would triple the load on the store", "retry_storm", "store"),
    ("the events log keeps names for ever", "personal_data_kept", "events"),
    ("the search waits for the slowest shard", "fan_out_tail", ""),
    ("the query of the warehouse is inside the request", "slow_call_in_request", "warehouse"),
    ("all traffic goes through one machine", "single_point_of_failure", "gateway"),
    ("the ranker needs more machines", "saturated", "ranker"),
    ("twenty times as many machines as needed, it blows the budget", "over_budget", "ranker"),
    ("a merchant is a hot key", "hot_partition", "windows"),
    ("the timeout of 500 ms is larger than the whole budget", "timeout_over_budget", "gateway"),
    ("no shadow and no canary", "release_unproven", "registry"),
    ("no group is checked for fairness", "fairness_gate_missing", "registry"),
    ("recommendations only ever learn from their own lists", "feedback_without_exploration", ""),
    ("a flush of the cache would kill the ranker", "cache_hides_overload", "cache"),
    ("the replicas share a data centre", "single_zone", ""),
    ("no key is given for the shards", "partition_key_missing", "payments"),
]  # fmt: skip
"""Written after everything else, with the place that is named too."""


def test_of_phrases_that_were_not_used_in_building_few_are_misread():
    said = [(named_flaw(text, place).rule, rule) for text, rule, place in OTHERS]
    assert sum(read == rule for read, rule in said) >= 0.4 * len(OTHERS)
    assert sum(read not in ("", rule) for read, rule in said) <= 0.1 * len(OTHERS)


@pytest.mark.parametrize("text", ["I like it", "the gateway looks fine to me", "hello", "", "????"])
def test_what_names_no_flaw_is_not_clear(text):
    assert named_flaw(text).rules == ()


def test_a_place_is_found_in_a_sentence():
    names = ["cache", "page_cache", "windows", "ranker"]
    assert named_place("the Page Cache never forgets", names) == "page_cache"
    assert named_place("page_cache: no ttl", names) == "page_cache"
    assert named_place("two rankers, then windows", names) == "ranker"
    assert named_place("cached", names) == ""


def test_a_step_s_place_names_step_and_component():
    design = load_case("fraud_detection").designs()["reference"]
    assert (
        spoken_place("flows.payment.device_windows.timeout", design) == "device_windows (windows)"
    )
    assert spoken_place("flows.payment.gateway.timeout", design) == "gateway"
    assert places("flows.train.waits_for_labels", design) == ("train",)
    assert places("requirement.budget", design) == ("requirement",)
    assert label("labels_not_waited_for") == "labels not waited for"
