"""What a new model has to pass before it serves."""

from __future__ import annotations

from collections.abc import Iterator

from mlsd_kit.design.linting.rules.facts import Facts
from mlsd_kit.design.linting.rules.registry import Found, rule
from mlsd_kit.design.linting.rules.words import time

_ALL = ("holdout", "parity", "feature_tests", "data_validation", "fairness", "canary", "ab_test",
        "rollback")  # fmt: skip
_CHECKS = "components.registry.promotes_after"


def _without(*checks: str) -> dict[str, object]:
    return {_CHECKS: [check for check in _ALL if check not in checks]}


def _lacking(facts: Facts, *checks: str) -> Iterator[tuple[str, str]]:
    """Registries that promote without any of some checks, and what they ask for."""
    for name, registry in facts.of_kind("model_registry"):
        if not set(checks) & set(registry.promotes_after):
            asked = ", ".join(registry.promotes_after) or "nothing"
            yield f"components.{name}.promotes_after", f"{name!r} promotes after: {asked}"


@rule(
    "registry_missing",
    "error",
    "P15",
    reason="Without a registry nobody knows which model serves, what it was trained on, or what "
    "to go back to.",
    advice="Send each trained model to a model registry, and let only that promote.",
    bad={
        "components.registry": None,
        "components.bucket": {"kind": "database", "price": "$0.01/h"},
        "flows.training.registry.send": "bucket",
    },
    good={"components.registry.owner": "ranking"},
)
def registry_missing(facts: Facts) -> Iterator[Found]:
    """Find training without a model registry."""
    trainer = facts.reaches("trainer", "training", "batch")
    if trainer is not None and not list(facts.of_kind("model_registry")):
        every = facts.design.flows[trainer.flow].every or 0.0
        yield "components.registry", f"a new model every {time(every)}, registered nowhere"


@rule(
    "holdout_missing",
    "error",
    "P9",
    reason="A model that is promoted without a score on data it never saw may be worse than the "
    "one it replaces, or broken by the export.",
    advice="Ship a holdout with the model, and score it again where it serves before promotion.",
    bad=_without("holdout"),
    good=_without(),
)
def holdout_missing(facts: Facts) -> Iterator[Found]:
    """Find promotion without a holdout."""
    return _lacking(facts, "holdout")


@rule(
    "parity_missing",
    "error",
    "P6",
    reason="The exported model in the server can answer otherwise than the one that was "
    "evaluated: another library, another type, another order of features (Breck et al., The ML "
    "Test Score, 2017).",
    advice="Compare the predictions of both on the same rows, with a stated tolerance.",
    bad=_without("parity"),
    good={_CHECKS: [*_ALL, "shadow"]},
)
def parity_missing(facts: Facts) -> Iterator[Found]:
    """Find promotion without a parity test."""
    return _lacking(facts, "parity")


@rule(
    "data_validation_missing",
    "warning",
    "D5",
    reason="Training succeeds on broken data as well; a changed unit or an empty column is seen "
    "only in the model's quality, later (Breck et al., Data Validation for Machine Learning, "
    "2019).",
    advice="Check schema, ranges and missing values of the training data before the run counts.",
    bad=_without("data_validation"),
    good={_CHECKS: [*_ALL, "calibration"]},
)
def data_validation_missing(facts: Facts) -> Iterator[Found]:
    """Find promotion without validated data."""
    return _lacking(facts, "data_validation")


@rule(
    "feature_tests_missing",
    "warning",
    "P5",
    reason="Code that computes features is code: a wrong scaling or a lost category changes "
    "every prediction and raises no error.",
    advice="Test scaling, encoding and missing values of each feature on known rows.",
    bad=_without("feature_tests"),
    good={_CHECKS: list(reversed(_ALL))},
)
def feature_tests_missing(facts: Facts) -> Iterator[Found]:
    """Find promotion without tests of the features."""
    return _lacking(facts, "feature_tests")


@rule(
    "release_unproven",
    "warning",
    "P11",
    reason="Offline scores do not see real traffic, real latency or what users do next; a model "
    "goes wrong on all of them at once if nothing less comes first.",
    advice="Promote after a shadow run, a canary or an A/B test.",
    bad=_without("canary", "ab_test"),
    good={_CHECKS: [*(check for check in _ALL if check not in ("canary", "ab_test")), "shadow"]},
)
def release_unproven(facts: Facts) -> Iterator[Found]:
    """Find promotion without a try on real traffic."""
    return _lacking(facts, "shadow", "canary", "ab_test")


@rule(
    "rollback_missing",
    "warning",
    "P14",
    reason="A bad model gets through some day; how long it does harm depends on how fast the old "
    "one is back.",
    advice="Keep the last model ready to serve, and try going back before promotion counts.",
    bad=_without("rollback"),
    good={_CHECKS: [*_ALL[::-1], "shadow"]},
)
def rollback_missing(facts: Facts) -> Iterator[Found]:
    """Find promotion without a way back."""
    return _lacking(facts, "rollback")


@rule(
    "fairness_gate_missing",
    "warning",
    "P8",
    reason="A model that knows who people are can serve some groups worse, and the average does "
    "not show it (Barocas, Hardt and Narayanan, Fairness and Machine Learning, 2023).",
    advice="Compute the metrics by group, and promote only within stated differences.",
    bad=_without("fairness"),
    good={**_without("fairness"), "requirement.personal_data": None},
)
def fairness_gate_missing(facts: Facts) -> Iterator[Found]:
    """Find promotion without a fairness gate where personal data is used."""
    fields = facts.requirement.personal_data
    if fields:
        for where, said in _lacking(facts, "fairness"):
            yield where, f"{said}; personal data is used: {', '.join(fields)}"


@rule(
    "experiment_missing",
    "warning",
    "P12",
    reason="Whether a model is better for people, and harms no guard, shows only in a randomised "
    "comparison (Kohavi, Tang and Xu, Trustworthy Online Controlled Experiments, 2020).",
    advice="Add an experiment component that divides the traffic, and let it watch the guards.",
    bad={"components.trial": None},
    good={"components.trial.watches": ["complaints", "clicks"]},
)
def experiment_missing(facts: Facts) -> Iterator[Found]:
    """Find A/B tests or guards that nothing divides traffic for."""
    if any(facts.of_kind("experiment")):
        return
    tests = [n for n, r in facts.of_kind("model_registry") if "ab_test" in r.promotes_after]
    guards = facts.requirement.guards
    if tests:
        yield "components.experiment", f"{tests[0]!r} asks for an A/B test; nothing divides traffic"
    elif guards and facts.reaches("ranker", "request", "batch"):
        yield "components.experiment", f"guards without an experiment: {', '.join(guards)}"
