"""The record of experiments: a folder with a file a run, listed, filtered and compared."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError
from mlsd_kit.evaluation.decision import Decision
from mlsd_kit.evaluation.protocol import Protocol
from mlsd_kit.evaluation.trial import Run, Trial


class RunLog:
    """Runs in a folder: configuration, protocol, seed and metrics as JSON, predictions as NumPy.

    A run is written whole or not at all, and under its id: the same run again replaces itself.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = RunLog(folder)
    ...     log.add([Run(Trial("rate", ("age",)), "p1", 0, {"AUC": 0.5}, np.zeros(3), np.zeros(2))])
    ...     log.table()["AUC"].tolist(), log.table(model="boosted").empty
    ([0.5], True)
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def add(self, runs: Iterable[Run]) -> None:
        """Keep runs."""
        for run in runs:
            record = {
                "trial": run.trial.config(), "protocol": run.protocol, "seed": run.seed,
                "metrics": dict(run.metrics),
            }  # fmt: skip
            np.savez(part := self._part(".npz"), p=run.p, p_choose=run.p_choose)
            part.replace(self.folder / f"{run.id}.npz")
            (part := self._part(".json")).write_text(json.dumps(record), encoding="utf-8")
            part.replace(self.folder / f"{run.id}.json")

    def runs(self) -> list[Run]:
        """Every run, in order of their ids."""
        return [self.run(path.stem) for path in sorted(self.folder.glob("[!.]*.json"))]

    def run(self, id: str) -> Run:
        """The run of that id, or of an id that begins so.

        Raises:
            UserError: when none or several do.
        """
        found = sorted(path.stem for path in self.folder.glob(f"{id}*.json"))
        if len(found) != 1:
            raise UserError(f"run: {len(found)} runs have an id that begins with {id!r}")
        record = json.loads((self.folder / f"{found[0]}.json").read_text(encoding="utf-8"))
        with np.load(self.folder / f"{found[0]}.npz") as predicted:
            return Run(
                Trial.from_config(record["trial"]), record["protocol"], record["seed"],
                record["metrics"], predicted["p"], predicted["p_choose"],
            )  # fmt: skip

    def table(self, **where: Any) -> pd.DataFrame:
        """One row a run: model, settings, features, share, protocol, seed and metrics.

        Args:
            where: column → value; only runs that have it, such as ``model="logistic"``.

        Raises:
            UserError: for a column that no run has.
        """
        rows = {run.id: _row(run) for run in self.runs()}
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("run")
        for name, value in where.items() if rows else ():
            if name not in table:
                raise UserError(f"runs: {name!r} is none of {', '.join(map(str, table))}")
            table = table[table[name] == value]
        return table

    def compare(
        self, new: str, old: str, protocol: Protocol, y: np.ndarray
    ) -> tuple[Decision, dict[str, tuple[Any, Any]]]:
        """The decision between two runs, and what differs in their trials.

        Args:
            new, old: ids. protocol: under which both were made. y: labels of its test rows.

        Raises:
            UserError: for runs of other protocols: they were tested otherwise, so that no
                difference between them says anything of the models.
        """
        first, second = self.run(new), self.run(old)
        for run in (first, second):
            if run.protocol != protocol.id:
                raise UserError(
                    f"run {run.id} was made under protocol {run.protocol}, not {protocol.id}: "
                    "the two cannot be compared"
                )
        return protocol.decide(y, first.p, second.p), first.trial.difference(second.trial)

    def _part(self, suffix: str) -> Path:
        handle, name = tempfile.mkstemp(suffix, ".part-", self.folder)
        os.close(handle)
        return Path(name)


def _row(run: Run) -> dict[str, Any]:
    settings = ", ".join(f"{name}={value}" for name, value in run.trial.settings.items())
    return {
        "model": run.trial.model, "settings": settings, "features": len(run.trial.features),
        "train_share": run.trial.train_share, "protocol": run.protocol, "seed": run.seed,
        **run.metrics,
    }  # fmt: skip
