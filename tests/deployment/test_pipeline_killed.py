"""A pipeline in a process of its own is killed at every step; what serves is whole."""

import multiprocessing
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

import pytest
from pipeline_rows import FEW_TREES, parts, pipeline_in

from mlsd_kit.errors import UserError
from mlsd_kit.pipeline import NAMES

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(
    ["mlsd_kit.pipeline", "dagster", "lightgbm", "onnxruntime", "pandera.pandas", "skl2onnx"]
)
BEGINS, WRITTEN, DONE = "begins", "written, not in place", "done"


def run_and_stop(folder, step, moment, wire):
    """Run the pipeline; at a moment of a step tell the parent and wait to be killed."""
    at = {"step": None}

    def reached(what):
        if (at["step"], what) == (step, moment):
            wire.send(what)
            threading.Event().wait()

    def told(name, state):
        at["step"] = name
        reached(BEGINS if state == "begins" else DONE)

    def audited(event, arguments):
        if event == "open" and str(arguments[0]).endswith("history.jsonl") and arguments[1] == "a":
            reached("history")
        elif event == "os.rename":
            source, target = (Path(os.fspath(path)) for path in arguments[:2])
            if target.name == "serving.json":
                reached("pointer")
            elif target.name.startswith("shop-"):
                reached("bundle")
            elif "artefacts" in target.parts and source.parent.name.startswith(".part-"):
                reached(WRITTEN)

    sys.addaudithook(audited)
    outcome = pipeline_in(folder, on_step=told).run()
    wire.send(outcome.serving)


def moments():
    """Before the first step, and inside and after each; twice more where the registry changes."""
    yield "ingest", BEGINS
    for step in NAMES:
        if step == "bundle":
            yield step, "bundle"
        if step == "promote":
            yield step, "history"
            yield step, "pointer"
        yield step, WRITTEN
        yield step, DONE


def start(folder, step, moment):
    ours, theirs = context.Pipe()
    process = context.Process(target=run_and_stop, args=(folder, step, moment, theirs))
    process.start()
    theirs.close()
    assert ours.poll(120), "it neither came to the moment nor to its end"
    return process, ours.recv()


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL


def serves_whole(folder):
    """The version that serves; its bundle is verified, and gives the predictions expected of it."""
    bundle = pipeline_in(folder).registry.serving_bundle()
    assert bundle.selfcheck().passes
    return bundle.manifest.version


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """A pipeline with a weak model in service, and a new stretch of data."""
    folder = tmp_path_factory.mktemp("before") / "line"
    line = pipeline_in(folder, FEW_TREES)
    first, second, third, fourth = parts()
    for part in (first, second, third):
        line.receive(part)
    assert line.run().promoted
    line.receive(fourth)
    return folder


@pytest.fixture(scope="module")
def undisturbed(before, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed") / "line"
    shutil.copytree(before, folder)
    outcome = pipeline_in(folder).run()
    assert outcome.promoted
    return outcome.serving


def events(folder):
    return [(e["event"], e["version"]) for e in pipeline_in(folder).registry.history()]


@pytest.mark.slow
def test_killed_at_every_moment_one_after_the_other(before, undisturbed, tmp_path):
    folder = tmp_path / "line"
    shutil.copytree(before, folder)
    old = serves_whole(folder)
    served = []
    for step, moment in moments():
        process, reached = start(folder, step, moment)
        assert reached == moment
        kill(process)
        served.append(serves_whole(folder))
    turned = [*moments()].index(("promote", "pointer"))
    assert served[: turned + 1] == [old] * (turned + 1)
    assert served[turned + 1 :] == [undisturbed] * (len(served) - turned - 1)
    outcome = pipeline_in(folder).run()
    assert outcome.promoted
    assert outcome.serving == undisturbed
    assert outcome.ran == []
    assert events(folder) == [("promoted", old), ("promoted", undisturbed)]
    assert not list(folder.rglob(".part-*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment",
    [("train", WRITTEN), ("promote", "history")],
    ids=lambda at: " ".join(at),
)
def test_killed_once_and_run_again(before, undisturbed, tmp_path, moment):
    folder = tmp_path / "line"
    shutil.copytree(before, folder)
    old = serves_whole(folder)
    kill(start(folder, *moment)[0])
    assert serves_whole(folder) in (old, undisturbed)
    outcome = pipeline_in(folder).run()
    assert outcome.promoted
    assert outcome.serving == undisturbed
    assert events(folder) == [("promoted", old), ("promoted", undisturbed)]


def test_a_second_run_is_refused_while_one_is_under_way(before, undisturbed, tmp_path):
    folder = tmp_path / "line"
    shutil.copytree(before, folder)
    process, _ = start(folder, "train", WRITTEN)
    with pytest.raises(UserError, match=r"another run is under way; wait for its end$"):
        pipeline_in(folder).run()
    kill(process)
    assert pipeline_in(folder).run().serving == undisturbed


def test_a_killed_run_is_noted_as_failed_by_the_next(before, tmp_path):
    from mlsd_kit.pipeline import Orchestrator

    folder = tmp_path / "line"
    shutil.copytree(before, folder)
    kill(start(folder, "validate", DONE)[0])
    orchestrator = Orchestrator(folder / "dagster")
    assert orchestrator.runs()[0]["state"] == "STARTED"
    orchestrator.close()
    pipeline_in(folder).run()
    orchestrator = Orchestrator(folder / "dagster")
    assert [run["state"] for run in orchestrator.runs()][:2] == ["SUCCESS", "FAILURE"]
    orchestrator.close()
