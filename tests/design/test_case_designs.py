"""The designs of all cases: they say what the case says, and each flaw is found."""

from __future__ import annotations

import pytest
import yaml

from mlsd_kit.cases import Case, discover, new_case
from mlsd_kit.design import Design, load_designs, load_flaws
from mlsd_kit.design.closed_forms.estimate import estimate
from mlsd_kit.design.linting.lint import RULES, lint
from mlsd_kit.design.planning import loads, visits
from mlsd_kit.design.simulation.run import simulate
from mlsd_kit.errors import UserError

CASES = {slug: Case.from_folder(folder) for slug, folder in discover().items()}
DESIGNS = {slug: case.designs() for slug, case in CASES.items()}
FLAWS = {slug: load_flaws(case.folder / "design.yaml") for slug, case in CASES.items()}
TWO_CHANGES = """
reference:
  title: One service
  requirement: {rate: 10 requests/s, latency: 50 ms}
  components: {gateway: {kind: gateway}, ranker: {kind: ranker}}
  flows: {request: {steps: [{call: gateway}, {call: ranker}]}}
flawed:
  direct:
    title: No gateway
    story: One hop less.
    change:
      components.gateway: null
      flows.request.steps: [{call: ranker}]
      flows.request.ranker.timeout: 20 ms
    flaws: [load_balancer_missing]
  late:
    title: A late gateway
    story: It may take its time.
    change: {flows.request.gateway.timeout: 1 s}
    flaws: [timeout_over_budget]
"""

every_case = pytest.mark.parametrize("slug", CASES)
every_flawed = pytest.mark.parametrize(
    ("slug", "name"), [(slug, name) for slug, flaws in FLAWS.items() for name in flaws]
)


def watched(design: Design) -> set[str]:
    return {text for part in design.components.values() for text in part.watches}


@every_case
def test_a_case_has_a_reference_and_two_flawed_designs_with_a_story_each(slug):
    reference, *flawed = DESIGNS[slug].values()
    assert 12 <= len(reference.components) <= 25
    assert len(flawed) >= 2
    assert all(design.story for design in DESIGNS[slug].values())
    assert len({design.title for design in DESIGNS[slug].values()}) == len(DESIGNS[slug])


@every_case
def test_all_designs_of_a_case_are_read_back_as_they_were(slug):
    for design in DESIGNS[slug].values():
        assert Design.from_yaml(design.to_yaml()) == design


@every_case
def test_rate_and_latency_are_the_case_s(slug):
    case, asked = CASES[slug], DESIGNS[slug]["reference"].requirement
    figures = {name: case.figure(name) for name in case.spec.scale}
    peak = figures.get("requests", figures.get("payments"))
    assert asked.rate == pytest.approx(peak.magnitude)
    assert str(peak.units).endswith("/ second")
    assert asked.latency == pytest.approx(figures["latency"].to("s").magnitude)


@every_case
def test_candidates_and_catalogue_are_the_case_s(slug):
    case, design = CASES[slug], DESIGNS[slug]["reference"]
    ranked = [v.receives for kind in ("request", "batch") for v in visits(design, kind)
              if v.component.kind == "ranker"]  # fmt: skip
    for figure, found in {
        "candidates": ranked,
        "published": ranked,
        "catalogue": [flow.candidates for flow in design.flows.values()],
    }.items():
        if figure in case.spec.scale:
            assert case.figure(figure).magnitude in found, figure


@every_case
def test_the_warehouse_keeps_what_the_case_keeps(slug):
    if "retention" in CASES[slug].spec.scale:
        days = CASES[slug].figure("retention").to("s").magnitude
        stores = [
            c for c in DESIGNS[slug]["reference"].components.values() if c.kind == "warehouse"
        ]
        assert [store.retention for store in stores] == [pytest.approx(days)]


@every_case
def test_every_guard_of_the_case_is_required_and_watched(slug):
    guards = {guard.name for guard in CASES[slug].spec.guards}
    design = DESIGNS[slug]["reference"]
    assert set(design.requirement.guards) == guards
    assert guards <= watched(design)


@every_case
def test_the_reference_lints_clean_with_a_reason_for_each_waiver(slug):
    report = lint(DESIGNS[slug]["reference"])
    assert report.rules == (), str(report)
    assert {finding.rule for finding in report.waived} == set(DESIGNS[slug]["reference"].waivers)
    assert len(report.waived) <= 3


@every_flawed
def test_a_flawed_design_is_caught_for_exactly_its_flaws(slug, name):
    report = lint(DESIGNS[slug][name])
    assert set(report.rules) == set(FLAWS[slug][name]), str(report)


def test_the_flawed_designs_together_teach_twenty_rules_and_repeat_few():
    taught = [rule for flaws in FLAWS.values() for rules in flaws.values() for rule in rules]
    assert set(taught) <= set(RULES)
    assert len(set(taught)) >= 20


@every_flawed
def test_a_flawed_design_differs_by_what_it_says_and_nothing_else(slug, name):
    text = (CASES[slug].folder / "design.yaml").read_text(encoding="utf-8")
    said = [path.removesuffix(".steps") for path in yaml.safe_load(text)["flawed"][name]["change"]]
    rows = DESIGNS[slug]["reference"].diff(DESIGNS[slug][name]).index.drop(["title", "story"])
    under = {row: [p for p in said if row == p or row.startswith(f"{p}.")] for row in rows}
    assert all(under.values()), under
    assert {path for paths in under.values() for path in paths} == set(said)


@every_case
def test_the_estimate_keeps_the_latency_at_a_load_with_reserve(slug):
    design = DESIGNS[slug]["reference"]
    asked = design.requirement
    assert estimate(design).percentile(asked.percentile) <= asked.latency
    assert 0.3 <= loads(design)["utilisation"].max() <= 0.7


@every_case
def test_a_short_simulation_keeps_the_latency_and_answers_nearly_all(slug):
    design = DESIGNS[slug]["reference"]
    asked = design.requirement
    result = simulate(design, requests=10_000, seed=1)
    assert result.latency(asked.percentile).high <= asked.latency
    assert result.failed_share <= 1 - asked.availability
    assert result.degraded <= 0.01 * result.arrived


@every_case
def test_the_reference_keeps_the_latency_when_any_one_replica_is_lost(slug):
    design = DESIGNS[slug]["reference"]
    copies = {name: part.replicas for name, part in design.components.items()}
    for name, load in loads(design).iterrows():
        if load["servers"] < float("inf"):
            less = design.change({f"components.{name}.replicas": copies[name] - 1})
            found = estimate(less)
            assert found.latency <= design.requirement.latency, name
            assert found.failed <= 1 - design.requirement.availability, name


def test_a_case_without_designs_says_so(tmp_path):
    folder = new_case("plain", tmp_path)
    (folder / "design.yaml").unlink()
    with pytest.raises(UserError, match=r"plain: has no design\.yaml"):
        Case.from_folder(folder).designs()


def test_a_new_case_has_designs_that_agree_with_the_linter(tmp_path):
    case = Case.from_folder(new_case("customer_churn", tmp_path))
    designs, flaws = case.designs(), load_flaws(case.folder / "design.yaml")
    assert designs["reference"].title == "Customer churn"
    assert designs["reference"].requirement.rate == case.figure("requests").magnitude
    assert lint(designs["reference"]).rules == ()
    assert {name: set(lint(designs[name]).rules) for name in flaws} == {
        name: set(rules) for name, rules in flaws.items()
    }


def test_a_flawed_design_may_need_all_its_changes_at_once(tmp_path):
    """A component can go only together with the steps that call it."""
    path = tmp_path / "design.yaml"
    path.write_text(TWO_CHANGES)
    assert list(load_designs(path)["direct"].components) == ["ranker"]
    path.write_text(TWO_CHANGES.replace("flows.request.gateway", "flows.request.gatewy"))
    with pytest.raises(UserError, match=r"no such step; the nearest is 'gateway'"):
        load_designs(path)
