"""The pipeline of a model: data arrive, and a model comes to serve, or a reason why not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from mlsd_kit.cases import LearningTable
from mlsd_kit.errors import UserError
from mlsd_kit.pipeline.artefacts import Artefact, ArtefactStore
from mlsd_kit.pipeline.files import locked
from mlsd_kit.pipeline.fingerprint import code_digest, file_digest, value_digest
from mlsd_kit.pipeline.orchestrator import Orchestrator, StepSaysNo
from mlsd_kit.pipeline.outcome import (
    AS_BEFORE,
    NOT_REACHED,
    RAN,
    STOPPED,
    TO_RUN,
    Outcome,
    StepState,
)
from mlsd_kit.pipeline.registry import Registry
from mlsd_kit.pipeline.settings import Settings
from mlsd_kit.pipeline.steps.contract import Step, Work
from mlsd_kit.pipeline.steps.order import NAMES, STEPS
from mlsd_kit.pipeline.stretches import write_stretch

BEGINS = "begins"
SHARED = ("mlsd_kit.pipeline.steps.contract", "mlsd_kit.pipeline.stretches")


class Pipeline:
    """Ingest → validate → train → evaluate → gate → bundle → shadow → promote, in one folder.

    ``incoming/`` is where data arrive, ``artefacts/`` what the steps made, ``registry/`` the
    bundles, ``dagster/`` the orchestrator's runs. All of it is made at first use.

    Args:
        name: of the model.
        folder: of the pipeline.
        settings: of its steps.
        on_step: called with a step's name and its state, when it begins and when it ends.

    Example::

        pipeline = Pipeline("ctr", "pipelines/ctr")
        pipeline.receive(day)
        print(pipeline.run().decision)
    """

    def __init__(
        self,
        name: str,
        folder: Path | str,
        settings: Settings | None = None,
        on_step: Callable[[str, str], None] | None = None,
    ) -> None:
        self.name = name
        self.folder = Path(folder).resolve()
        self.settings = settings or Settings()
        self.registry = Registry(self.folder / "registry")
        self.incoming = self.folder / "incoming"
        self.incoming.mkdir(exist_ok=True)
        self._artefacts = ArtefactStore(self.folder / "artefacts")
        self._tell = on_step or (lambda step, state: None)

    def receive(self, table: LearningTable, name: str | None = None) -> str:
        """Put a stretch of data where the pipeline looks for it.

        Args:
            table: its rows, later than all that are there.
            name: of a stretch to replace; the next number by default.

        Returns:
            Its name.
        """
        name = name or f"{len(self.arrived()) + 1:04}"
        write_stretch(table, self.incoming / f"{name}.parquet")
        return name

    def arrived(self) -> list[Path]:
        """Files of the stretches that are there, in order."""
        return sorted(self.incoming.glob("*.parquet"))

    def run(self, from_step: str | None = None) -> Outcome:
        """Run what is not done yet, up to the promotion or to the step that says no.

        Args:
            from_step: run this step and those after it again, though nothing has changed.

        Raises:
            UserError: when another run is under way, a step before ``from_step`` is not up to date,
                or a step cannot do its work.
        """
        check_step(from_step)
        busy = f"{self.folder}: another run is under way; wait for its end"
        with locked(self.folder / "lock", 0, busy):
            orchestrator = Orchestrator(self.folder / "dagster")
            try:
                return _Run(self, orchestrator, from_step).go()
            finally:
                orchestrator.close()

    def plan(self) -> pd.DataFrame:
        """What a run would do: a row for each step, ``as before`` or ``to run``.

        A step after one that is to run is to run too; if its inputs turn out as they were, the run
        finds that nothing is to be done.
        """
        made = self._resolved()
        rows = {name: AS_BEFORE if name in made else TO_RUN for name in NAMES}
        return pd.DataFrame({"state": rows}).rename_axis("step")

    def artefact(self, step: str) -> Artefact:
        """The up-to-date artefact of a step.

        Raises:
            UserError: for an unknown step, or one that has to run first.
        """
        check_step(step)
        made = self._resolved()
        if step not in made:
            raise UserError(f"{step}: is not up to date; run the pipeline first")
        return made[step]

    def rollback(self, version: str | None = None, reason: str = "by hand") -> str:
        """Let an earlier version serve again; also while a run is under way.

        Args:
            version: one that has served; the one before by default.
            reason: noted in the history.

        Raises:
            UserError: as `Registry.rollback`.
        """
        return self.registry.rollback(version, reason)

    def _resolved(self) -> dict[str, Artefact]:
        """The artefacts that are up to date, by step, as far as their keys can be known."""
        made: dict[str, Artefact] = {}
        for step in STEPS:
            if all(name in made for name in step.needs):
                found = self._artefacts.find(step.name, self._key(step, made))
                if found:
                    made[step.name] = found
        return made

    def _key(self, step: Step, made: dict[str, Artefact]) -> str:
        chosen = asdict(self.settings)
        return value_digest(
            {
                "code": self._code(step),
                "settings": {name: chosen[name] for name in step.settings},
                "inputs": {name: made[name].digest for name in step.needs},
                "outside": self._outside(step, made),
            }
        )

    def _code(self, step: Step) -> str:
        return code_digest((step.run.__module__, *SHARED, *step.code))

    def _outside(self, step: Step, made: dict[str, Artefact]) -> dict[str, Any]:
        if step.name == "ingest":
            return {"stretches": {path.name: file_digest(path) for path in self.arrived()}}
        if step.name == "evaluate":
            return {"champion": self.registry.champion(made["train"].digest)}
        return {}

    def _do(self, step: Step, made: dict[str, Artefact], again: bool) -> tuple[Artefact, bool]:
        """The step's artefact, and whether it had to be made."""
        key = self._key(step, made)
        if again:
            self._artefacts.forget(step.name, key)
        elif found := self._artefacts.find(step.name, key):
            return found, False
        inputs = {name: made[name] for name in step.needs}
        outside = self._outside(step, made)

        def write(out: Path) -> None:
            step.run(
                Work(
                    self.name, self.settings, inputs, outside, self.incoming, self.registry,
                    out,
                )
            )  # fmt: skip

        return self._artefacts.make(step.name, key, write), True


class _Run:
    """One run under the lock."""

    def __init__(
        self, pipeline: Pipeline, orchestrator: Orchestrator, from_step: str | None
    ) -> None:
        self.pipeline, self.orchestrator, self.from_step = pipeline, orchestrator, from_step
        self.made: dict[str, Artefact] = {}
        self.states: dict[str, StepState] = {}

    def go(self) -> Outcome:
        if self.from_step:
            self._take_what_is_before(self.from_step)
        versions = {step.name: self.pipeline._code(step) for step in STEPS}
        run_id, raised = self.orchestrator.run(STEPS, self._work, versions, self.from_step)
        if isinstance(raised, StepSaysNo):
            return self._outcome(run_id, raised.artefact)
        if raised:
            raise raised
        return self._outcome(run_id, None)

    def _take_what_is_before(self, from_step: str) -> None:
        made = self.pipeline._resolved()
        for name in NAMES[: NAMES.index(from_step)]:
            if name not in made or not made[name].report["passes"]:
                state = "is not up to date" if name not in made else "says no"
                raise UserError(f"cannot run from {from_step}: {name} {state}; run from {name}")
            self.made[name] = made[name]
            self.states[name] = StepState(name, AS_BEFORE)

    def _work(self, step: Step) -> Artefact:
        self.pipeline._tell(step.name, BEGINS)
        start = time.perf_counter()
        artefact, ran = self.pipeline._do(step, self.made, again=self.from_step is not None)
        self.made[step.name] = artefact
        report = artefact.report
        if not report["passes"]:
            candidate = self.made.get("train", artefact).digest
            self.pipeline.registry.refuse(candidate, step.name, report["reasons"])
        state = STOPPED if not report["passes"] else RAN if ran else AS_BEFORE
        taken = time.perf_counter() - start
        says = "; ".join(report["reasons"])
        self.states[step.name] = StepState(step.name, state, taken, says)
        self.pipeline._tell(step.name, state)
        if state == STOPPED:
            raise StepSaysNo(artefact)
        return artefact

    def _outcome(self, run_id: str, no: Artefact | None) -> Outcome:
        steps = tuple(self.states.get(name, StepState(name, NOT_REACHED)) for name in NAMES)
        serving = self.pipeline.registry.serving
        last = no or self.made["promote"]
        promoted = no is None and last.report["version"] == serving
        reasons = tuple(last.report["reasons"])
        return Outcome(run_id, steps, promoted, serving, no.step if no else None, reasons)


def check_step(step: str | None) -> None:
    """Refuse a name that is no step's.

    Raises:
        UserError: with the names that are.
    """
    if step is not None and step not in NAMES:
        raise UserError(f"no step {step!r}; there are: {', '.join(NAMES)}")
