"""Exporting runs to MLflow."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

from mlsd_kit.errors import UserError, require
from mlsd_kit.workbook.run import runs_folder
from mlsd_kit.workbook.store import load_runs

TAG = "mlsd.run"
_STATUS = {"finished": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}


def export_mlflow(
    uri: str, output: Path | None = None, case: str | None = None, experiment: str = "mlsd"
) -> int:
    """Write runs to an MLflow store: parameters, figures, versions, and the notebook as artefact.

    A run that is there already, by its tag, is left alone. Text and truth values among the figures
    become tags, as MLflow's metrics are numbers.

    Args:
        uri: of the tracking store, such as ``sqlite:///mlflow.db`` or ``http://host:5000``.
        output: where runs are kept.
        case: only of this case.
        experiment: its name; made when it is not there. With SQLite its artefacts go beside the
            database.

    Returns:
        how many runs were written.

    Raises:
        MissingExtra: without ``mlflow``.
        UserError: when the store cannot be reached.
    """
    require("mlflow")
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    runs = load_runs(output, case)
    try:
        client = MlflowClient(uri)
        found = client.get_experiment_by_name(experiment)
        where = found.experiment_id if found else _new_experiment(client, uri, experiment)
        there = _exported(client, where)
        new = [run for run in runs if run["run"] not in there]
        for run in new:
            _export(client, where, run, runs_folder(output) / run["case"] / run["run"])
    except MlflowException as error:
        raise UserError(f"{uri}: {str(error).splitlines()[0]}") from None
    return len(new)


def _new_experiment(client: Any, uri: str, name: str) -> str:
    beside = None
    if uri.startswith("sqlite:///"):
        database = Path(uri.removeprefix("sqlite:///")).resolve()
        beside = (database.parent / f"{database.stem}-artifacts" / name).as_uri()
    return str(client.create_experiment(name, artifact_location=beside))


def _exported(client: Any, experiment: str) -> set[str]:
    """Ids of our runs that are there whole."""
    found, token = set(), None
    while True:
        page = client.search_runs([experiment], page_token=token)
        found |= {r.data.tags[TAG] for r in page if TAG in r.data.tags}
        token = page.token
        if not token:
            return found


def _export(client: Any, experiment: str, run: dict[str, Any], folder: Path) -> None:
    from mlflow.entities import Metric, Param, RunTag

    facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    began = int(datetime.fromisoformat(run["started"]).timestamp() * 1000)
    made = client.create_run(experiment, start_time=began, run_name=f"{run['case']} {run['run']}")
    metrics, tags = [], [RunTag("mlsd.case", run["case"])]
    tags += [RunTag(f"mlsd.version.{name}", text) for name, text in facts["versions"].items()]
    for name, value in {**run["records"], "seconds": run["seconds"]}.items():
        if isinstance(value, bool | str) or not math.isfinite(value):
            tags.append(RunTag(_key(name), str(value)))
        else:
            metrics.append(Metric(_key(name), float(value), began, 0))
    params = [Param(name, str(value)) for name, value in run["parameters"].items()]
    client.log_batch(made.info.run_id, metrics=metrics, params=params, tags=tags)
    client.log_artifact(made.info.run_id, str(folder / "notebook.ipynb"))
    ended = began + int(run["seconds"] * 1000)
    client.set_terminated(made.info.run_id, _STATUS[run["status"]], end_time=ended)
    client.set_tag(made.info.run_id, TAG, run["run"])


def _key(name: str) -> str:
    """A name as MLflow takes it: letters, digits and a few marks."""
    return "".join(c if c.isalnum() or c in "_-. /" else "_" for c in name)
