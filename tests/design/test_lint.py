import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from scipy import stats

from mlsd_kit.design import RULES, Design, DesignError, explain, lint, plan, rules_markdown
from mlsd_kit.design.linting.rules.example import example
from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.latency import service_quantile
from mlsd_kit.design.linting.rules.registry import SEVERITIES, rule
from mlsd_kit.design.linting.rules.reliability import call_availability
from mlsd_kit.design.planning import flatten
from mlsd_kit.errors import UserError
from mlsd_kit.framework import item
from tests.design.strategies import designs

ROOT = Path(__file__).parents[2]
every_rule = pytest.mark.parametrize("id", RULES)


def finding(report, id):
    (found,) = [each for each in report.findings if each.rule == id]
    return found


def test_there_are_enough_rules():
    assert len(RULES) >= 40
    assert {rule.severity for rule in RULES.values()} == set(SEVERITIES)


def test_the_example_has_nothing_to_criticise():
    report = lint(example())
    assert report.findings == ()
    assert report.waived == ()
    assert report.clean


@every_rule
def test_the_bad_example_breaks_this_rule_only(id):
    report = lint(example(RULES[id].bad))
    assert report.rules == (id,)
    assert report.clean == (RULES[id].severity == "hint")


@every_rule
def test_the_good_example_breaks_no_rule(id):
    assert lint(example(RULES[id].good)).findings == ()
    assert example(RULES[id].good) != example(RULES[id].bad)


@every_rule
def test_where_is_a_path_that_can_be_changed(id):
    design = example(RULES[id].bad)
    for found in lint(design).findings:
        assert changeable(design, found.where), found.where


def changeable(design, path):
    try:
        design.change({path: None})
    except DesignError as error:
        return "not there" not in str(error) and "no such step" not in str(error)
    return True


@pytest.mark.parametrize("part", ["reason", "advice"])
def test_texts_are_sentences_and_no_two_are_alike(part):
    texts = [getattr(rule, part) for rule in RULES.values()]
    assert len(set(texts)) == len(texts)
    for text in texts:
        assert text.endswith((".", ")."))
        assert 20 < len(text) < 260


@every_rule
def test_a_rule_names_a_framework_item_and_explains_itself(id):
    assert item(RULES[id].item).id == RULES[id].item
    assert id.isidentifier()
    text = explain(id)
    assert RULES[id].reason in text
    assert RULES[id].advice in text


def test_explain_names_the_nearest_rule():
    with pytest.raises(UserError, match="nearest is 'retry_storm'"):
        explain("retry_storms")


def test_the_page_of_rules_is_up_to_date():
    assert (ROOT / "docs/lint-rules.md").read_text(encoding="utf-8") == rules_markdown()


def test_a_rule_is_registered_once_and_for_an_item_that_exists():
    texts = {"reason": "r", "advice": "a", "bad": {}, "good": {}}
    with pytest.raises(ValueError, match="a second rule 'saturated'"):
        rule("saturated", "error", "S1", **texts)(lambda facts: iter(()))
    with pytest.raises(UserError):
        rule("brand_new", "error", "Z9", **texts)


def test_findings_come_errors_first_and_always_alike():
    changes = {**RULES["holdout_missing"].bad, **RULES["timeout_missing"].bad}
    changes |= {**RULES["idle_capacity"].bad, **RULES["guard_unwatched"].bad}
    report = lint(example(changes))
    said = [found.severity for found in report.findings]
    assert said == ["error", "error", "warning", "hint"]
    assert report == lint(example(changes))
    assert not report.clean


def test_a_waived_finding_stands_apart_with_its_reason():
    reason = "the app shows <nothing> & waits"
    report = lint(example({**RULES["timeout_missing"].bad, "waivers.timeout_missing": reason}))
    assert report.findings == ()
    assert report.clean
    (waived,) = report.waived
    assert (waived.rule, waived.waiver) == ("timeout_missing", reason)
    assert report.table().waiver.tolist() == [reason]
    assert "&lt;nothing&gt; &amp; waits" in report._repr_html_()
    assert "1 waived" in str(report)


def test_a_waiver_cannot_be_waived():
    report = lint(example({"waivers.waiver_unused": "so what"}))
    assert report.rules == ("waiver_unused",)


def test_an_unknown_waiver_names_the_nearest_rule():
    report = lint(example({"waivers.timeouts_missing": "later"}))
    assert "nearest is 'timeout_missing'" in finding(report, "waiver_unknown").message


def test_the_report_as_table_json_and_page():
    report = lint(example({**RULES["guard_unwatched"].bad, "title": "<b>Ranking</b>"}))
    table = report.table()
    assert table[["severity", "rule", "item"]].values.tolist() == [
        ["error", "guard_unwatched", "R2"]
    ]
    data = json.loads(json.dumps(report.to_dict()))
    assert data["clean"] is False
    assert data["findings"][0]["where"] == "components.watch.watches"
    page = report._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;Ranking" in page


def test_an_empty_report_is_still_a_table():
    assert list(lint(example()).table().columns)[:2] == ["severity", "rule"]
    assert len(lint(example()).table()) == 0


def test_fan_out_has_the_figure_of_the_paper():
    shards = {"components.index.shards": 100, "components.index.partition_by": "ad_id"}
    assert "63.4 % of calls" in finding(lint(example(shards)), "fan_out_tail").message


def test_a_storm_multiplies_the_load_by_the_attempts():
    # 1,000 calls/s of 6 ms on 24 servers: a quarter is busy; made 5 times, 125 %.
    said = finding(lint(example(RULES["retry_storm"].bad)), "retry_storm").message
    assert "25 % of 'ranker' is busy" in said
    assert "5 times, 125 %" in said


def test_no_storm_where_the_queue_is_short_enough_for_the_timeout():
    # 24 waiting places on 24 servers: at worst two services of 6 ms, within 16 ms.
    bad = RULES["retry_storm"].bad
    assert lint(example({**bad, "components.ranker.queue": 24})).clean
    assert not lint(example({**bad, "components.ranker.queue": 240})).clean


def test_the_loss_of_a_zone_leaves_the_others():
    # 10 erlangs on 4 replicas of 4 servers, 2 zones: 62.5 %, and twice that on half of them.
    said = finding(lint(example(RULES["zone_loss_saturates"].bad)), "zone_loss_saturates").message
    assert "62.5 % busy with 4 replicas, 125 % with the 2" in said


def test_an_empty_cache_sends_everything_on():
    # 1,000/s of 3.5 ms on 3 servers: 117 %; a fifth of it behind 80 % hits.
    found = finding(lint(example(RULES["cache_hides_overload"].bad)), "cache_hides_overload")
    assert "23.3 % busy behind 'recent' with 80 % hits, 117 % when it is empty" in found.message


def test_a_cache_that_always_hits_hides_what_stands_behind_it():
    report = lint(example({**RULES["cache_hides_overload"].bad, "components.recent.hit_rate": 1.0}))
    assert "117 %" in finding(report, "cache_hides_overload").message


def test_the_mean_counts_shares_misses_and_the_slowest_branch():
    design = Design.from_yaml("""
title: Branches
requirement: {rate: 10 requests/s, latency: 1 s}
components:
  cache: {kind: cache, service: 1 ms, hit_rate: 90 %}
  store: {kind: database, service: 20 ms}
  words: {kind: retrieval_index, service: 30 ms}
  vectors: {kind: retrieval_index, service: 50 ms}
flows:
  request:
    steps:
      - {call: cache, on_miss: [{call: store}]}
      - parallel: [[{call: words}], [{call: vectors, share: 0.5}]]
      - {send: store, name: later}
""")
    facts = Facts(design)
    assert facts.mean_latency["request"] == pytest.approx(0.001 + 0.1 * 0.020 + 0.030)
    left = {wait.visit.label: wait.left for wait in facts.waits}
    assert left["store"] == pytest.approx(1 - 0.001)
    assert left["words"] == left["vectors"] == pytest.approx(1 - 0.003)


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ({"mean": "10 ms"}, 0.010 * math.log(100)),
        ({"mean": "10 ms", "shape": "constant"}, 0.010),
        ({"mean": "10 ms", "shape": "gamma", "cv": 0.5}, stats.gamma(4, scale=0.0025).ppf(0.99)),
        ({"shape": "measured", "sample": [f"{n} ms" for n in range(1, 101)]}, 0.099),
    ],
)
def test_quantiles_of_service(service, expected):
    assert service_quantile(ranker_visit(service), 0.99) == pytest.approx(expected)


def test_the_quantile_of_a_lognormal_service():
    visit = ranker_visit({"mean": "10 ms", "shape": "lognormal", "cv": 2.0})
    spread = math.sqrt(math.log(5))
    exact = stats.lognorm(spread, scale=0.010 * math.exp(-(spread**2) / 2)).ppf(0.99)
    assert service_quantile(visit, 0.99) == pytest.approx(exact)


def ranker_visit(service):
    changed = example({"components.ranker.service": service})
    return next(v for v in flatten(plan(changed, "request")) if v.name == "ranker")


def test_availability_of_replicas_retries_and_shards():
    # Down an hour in 100; two replicas: 1e-4; errors 1 %, asked twice: 1e-4; four shards.
    design = example(
        {
            "components.index.failures": {"every": "99 h", "repair": "1 h"},
            "components.index.replicas": 2,
            "components.index.errors": 0.01,
            "flows.request.index.retries": 1,
        }
    )
    visit = next(v for v in flatten(plan(design, "request")) if v.name == "index")
    failing = 1 - 0.99**4
    assert call_availability(visit) == pytest.approx((1 - 1e-4) ** 4 * (1 - failing**2))


def test_a_batch_is_as_old_as_pause_and_run():
    report = lint(example(RULES["batch_prediction_stale"].bad))
    assert "1.01 days old" in finding(report, "batch_prediction_stale").message


def test_features_filled_too_rarely_by_a_batch_flow_are_stale():
    report = lint(example({"flows.refresh.every": "55 min"}))
    assert finding(report, "features_stale").where == "flows.refresh.every"
    assert "1.08 h old" in finding(report, "features_stale").message


def test_rows_logged_when_served_are_point_in_time_and_the_same_features():
    steps = [{"call": "served"}, {"call": "trainer", "takes": "2 h"}, {"send": "registry"}]
    assert lint(example({"flows.training.steps": steps})).findings == ()


def test_a_step_may_take_back_what_its_component_says():
    report = lint(example({"flows.training.history.point_in_time": False}))
    assert report.rules == ("features_not_point_in_time",)


def test_features_computed_by_one_job_for_both_are_the_same():
    design = example(
        {
            "flows.request.served.send": "history",
            "flows.refresh.steps": [
                {"call": "served"},
                {"call": "compute", "takes": "10 min"},
                {"send": "history"},
                {"send": "features"},
            ],
        }
    )
    assert lint(design).clean


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"components.ranker.replicas": 1, "components.ranker.zones": 1}, "components.ranker"),
        ({"components.index.hottest_share": 0.5}, None),
    ],
)
def test_a_saturated_ranker_is_one_finding_and_shards_that_are_all_asked_are_not_hot(
    changes, where
):
    report = lint(example(changes))
    found = [each.where for each in report.findings if each.rule in ("saturated", "hot_partition")]
    assert found == ([] if where is None else [f"{where}.replicas"])


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(designs(requests=False))
def test_any_valid_design_can_be_criticised(design):
    report = lint(design)
    for found in (*report.findings, *report.waived):
        assert changeable(design, found.where), found.where
        assert "nan" not in found.message
        assert found.message == found.message.strip() != ""
    json.dumps(report.to_dict())
    order = [SEVERITIES.index(found.severity) for found in report.findings]
    assert order == sorted(order)
    assert {found.rule for found in report.waived} <= set(design.waivers)
    assert len(report.table()) == len(report.findings) + len(report.waived)
