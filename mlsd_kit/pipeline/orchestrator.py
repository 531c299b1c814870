"""Dagster, embedded: steps as assets, runs in this process, their events in SQLite in a folder.

No daemon, no web server, no telemetry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mlsd_kit.errors import UserError, require
from mlsd_kit.pipeline.artefacts import Artefact
from mlsd_kit.pipeline.files import replace_file
from mlsd_kit.pipeline.steps.contract import Step

INSTANCE = """\
telemetry:
  enabled: false
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class StepSaysNo(Exception):  # noqa: N818
    """A step did its work and found that the run must not go on."""

    def __init__(self, artefact: Artefact) -> None:
        super().__init__("; ".join(artefact.report["reasons"]))
        self.artefact = artefact


class Orchestrator:
    """A Dagster instance in a folder, made at first use.

    Args:
        folder: of the run and event storage.
    """

    def __init__(self, folder: Path) -> None:
        dagster = require("dagster")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{folder}: cannot be made: {error.strerror}") from None
        replace_file(folder / "dagster.yaml", INSTANCE.encode())
        self.instance = dagster.DagsterInstance.from_config(str(folder))

    def run(
        self,
        steps: Sequence[Step],
        work: Callable[[Step], Artefact],
        versions: dict[str, str],
        from_step: str | None,
    ) -> tuple[str, Exception | None]:
        """Materialise the steps' artefacts, each after those before it.

        Args:
            steps: in order.
            work: does a step's work, or finds it done; raises `StepSaysNo` to end the run.
            versions: step → version of its code.
            from_step: only this one and those after it.

        Returns:
            The run's id, and what a step raised.
        """
        dagster = require("dagster")
        self._bury()
        raised: list[Exception] = []

        def made(step: Step) -> Any:
            try:
                artefact = work(step)
            except Exception as error:
                raised.append(error)
                raise dagster.Failure(str(error), allow_retries=False) from None
            said = {"path": str(artefact.path), "reasons": artefact.report["reasons"]}
            return dagster.MaterializeResult(
                metadata=said, data_version=dagster.DataVersion(artefact.digest)
            )

        assets = [_asset(dagster, step, made, versions[step.name]) for step in steps]
        chosen = dagster.AssetSelection.assets(from_step).downstream() if from_step else None
        result = _outside_any_loop(
            lambda: dagster.materialize(
                assets,
                instance=self.instance,
                selection=chosen,
                run_config=QUIET,
                raise_on_error=False,
            )
        )
        return result.run_id, raised[0] if raised else None

    def runs(self) -> list[dict[str, str]]:
        """Every run: its id, and its state in Dagster's words; the newest first."""
        return [{"run": r.run_id, "state": r.status.value} for r in self.instance.get_runs()]

    def close(self) -> None:
        """Give back the storage's connections."""
        self.instance.dispose()

    def _bury(self) -> None:
        """Note as failed what a killed process left as running; the caller holds the lock."""
        dagster = require("dagster")
        states = [dagster.DagsterRunStatus.STARTED, dagster.DagsterRunStatus.STARTING]
        for run in self.instance.get_runs(dagster.RunsFilter(statuses=states)):
            self.instance.report_run_failed(run, "its process ended before the run did")


def _outside_any_loop(run: Callable[[], Any]) -> Any:
    """Run here or, where an event loop is running already, as in a notebook, in a thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return run()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


def _asset(dagster: Any, step: Step, made: Callable[[Step], Any], version: str) -> Any:
    @dagster.asset(
        name=step.name,
        deps=list(dict.fromkeys((*step.needs, *step.after))),
        description=step.does,
        code_version=version,
    )
    def asset() -> Any:
        return made(step)

    return asset
