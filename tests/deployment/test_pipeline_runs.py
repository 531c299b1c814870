"""The pipeline over arriving data: what runs, what does not run again, what serves in the end."""

from dataclasses import replace

import pytest
from click.testing import CliRunner
from pipeline_rows import FEW_TREES, SETTINGS, parts, pipeline_in

from mlsd_kit.cli import cli
from mlsd_kit.deployment import inject_fault
from mlsd_kit.errors import UserError
from mlsd_kit.pipeline import NAMES, Gate, Orchestrator, Shadow, Training, Validation
from mlsd_kit.pipeline.steps.shadow import answers_of


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A pipeline whose first, weak model was promoted."""
    line = pipeline_in(tmp_path_factory.mktemp("runs") / "line", FEW_TREES)
    for part in parts()[:3]:
        line.receive(part)
    outcome = line.run()
    assert outcome.promoted
    assert outcome.ran == list(NAMES)
    return line, outcome.serving


def to_run(line):
    plan = line.plan()["state"]
    return list(plan.index[plan == "to run"])


def test_nothing_is_done_twice(first):
    line, serving = first
    again = line.run()
    assert again.ran == []
    assert again.promoted
    assert again.serving == serving
    assert len(line.registry.history()) == 1


def test_it_runs_where_an_event_loop_runs_already(first, recwarn):
    import asyncio

    async def in_a_notebook():
        return first[0].run()

    assert asyncio.run(in_a_notebook()).ran == []
    assert not [w for w in recwarn if "never awaited" in str(w.message)]


@pytest.mark.parametrize(
    ("changed", "steps"),
    [
        ({"validate": Validation(psi=0.6)}, ["validate"]),
        ({"train": Training(n_estimators=4)}, list(NAMES[2:])),
        ({"group": "city"}, list(NAMES[3:])),
        ({"gate": Gate(margin=0.02)}, ["gate", "promote"]),
        ({"shadow": Shadow(rows=30, batch=30)}, ["shadow", "promote"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_setting_that_changes_runs_its_step_and_what_reads_it(first, changed, steps):
    line, _ = first
    other = pipeline_in(line.folder, replace(FEW_TREES, **changed))
    assert to_run(other) == steps


def test_code_that_changes_runs_its_step(first, monkeypatch):
    from mlsd_kit.pipeline import pipeline as module

    line, _ = first
    now = module.code_digest
    changed = "mlsd_kit.pipeline.steps.shadow"
    monkeypatch.setattr(module, "code_digest", lambda m: now(m) + ("x" if changed in m else ""))
    assert to_run(line) == ["shadow", "promote"]


def test_an_artefact_that_was_changed_is_made_again(first):
    line, serving = first
    file = line.artefact("train").path / "model.onnx"
    file.write_bytes(file.read_bytes()[:-1])
    assert to_run(line) == list(NAMES[2:])
    outcome = line.run()
    assert outcome.ran == ["train"] + (["evaluate"] if "evaluate" in outcome.ran else [])
    assert outcome.serving == serving


def test_a_new_stretch_a_bad_one_a_worse_model_and_the_way_back(first):
    line, old = first
    weak_folder = line.folder
    good = pipeline_in(weak_folder, SETTINGS)
    newest = parts()[3]
    bad = replace(newest, X=inject_fault(newest.X, "x", "unit", share=0.1))
    name = good.receive(bad)
    stopped = good.run()
    assert (stopped.stopped_at, stopped.serving, stopped.promoted) == ("validate", old, False)
    assert stopped.ran == ["ingest", "validate"]
    assert stopped.decision == f"not promoted, stopped by validate; {old} serves on"

    good.receive(newest, name)
    better = good.run()
    assert better.promoted
    assert better.serving != old
    assert "against the serving model's" in better.reasons[0]

    worse_settings = replace(SETTINGS, train=Training(300, 1.0, 63))
    worse = pipeline_in(weak_folder, worse_settings).run()
    assert (worse.stopped_at, worse.serving) == ("gate", better.serving)
    assert worse.table().loc["shadow", "state"] == "not reached"
    with pytest.raises(UserError, match="cannot run from shadow: gate says no; run from gate"):
        pipeline_in(weak_folder, worse_settings).run("shadow")

    again = good.run("shadow")
    assert again.ran == ["shadow", "promote"]
    assert again.promoted

    assert good.rollback(reason="complaints") == old
    after = good.run()
    assert not after.promoted
    assert after.ran == []
    assert after.decision == f"not promoted, stopped by an earlier rollback; {old} serves on"
    events = [e["event"] for e in good.registry.history()]
    assert events == ["promoted", "refused", "promoted", "refused", "rolled back"]
    with pytest.raises(UserError, match="was rolled back from"):
        good.run("promote")
    assert good.registry.serving == old


def test_a_run_from_a_step_wants_what_is_before_it_up_to_date(first):
    line, _ = first
    other = pipeline_in(line.folder, replace(FEW_TREES, train=Training(n_estimators=5)))
    with pytest.raises(UserError, match="cannot run from gate: train is not up to date; run from"):
        other.run("gate")
    with pytest.raises(UserError, match="no step 'deploy'; there are: ingest"):
        other.run("deploy")


def test_one_stretch_is_not_enough(tmp_path):
    line = pipeline_in(tmp_path / "line")
    line.receive(parts()[0])
    with pytest.raises(UserError, match="1 stretch of data; two are needed"):
        line.run()
    assert line.registry.history() == []


def test_the_orchestrator_keeps_its_runs_and_sends_nothing(tmp_path):
    orchestrator = Orchestrator(tmp_path)
    assert not orchestrator.instance.telemetry_enabled
    assert orchestrator.instance.is_persistent
    assert orchestrator.runs() == []
    orchestrator.close()


def test_services_answer_as_the_model_in_process(first):
    line, serving = first
    bundle = line.registry.bundle(serving)
    rows, expected = bundle.holdout()
    ready, answers = answers_of([bundle, bundle], rows.head(50), 20)
    assert all(said["passes"] for said in ready)
    for got in answers:
        assert got == pytest.approx(expected[:50], abs=1e-5)


def test_the_command_tells_its_steps_and_its_decision(tmp_path):
    def mlsd(*arguments):
        return CliRunner().invoke(
            cli, ["pipeline", "search_ranking", "--folder", str(tmp_path / "p"), *arguments]
        )

    done = mlsd("--rows", "6000")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].endswith("3 stretches of data arrived")
    assert [line.split()[0] for line in lines[1:9]] == list(NAMES)
    assert lines[9].endswith(" serves")
    again = mlsd()
    assert [line.split(maxsplit=1)[1] for line in again.output.splitlines()[1:9]] == [
        "as before"
    ] * len(NAMES)
    assert "promoted" in mlsd("--history").output
    for arguments, said in (
        (["--rollback", "previous"], "no earlier version to roll back to"),
        (["--from", "deploy"], "no step 'deploy'"),
        (["--seed", "9"], "was begun with seed 1, not 9"),
    ):
        refused = mlsd(*arguments)
        assert isinstance(refused.exception, UserError)
        assert said in str(refused.exception)
        assert "\n" not in str(refused.exception)
