"""The runs that are kept, as tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from mlsd_kit.errors import UserError
from mlsd_kit.workbook.folder import is_whole
from mlsd_kit.workbook.run import runs_folder

COLUMNS = ["run", "case", "status", "started", "seconds"]


def load_runs(output: Path | None = None, case: str | None = None) -> list[dict[str, Any]]:
    """Every whole run under a folder, oldest first; damaged ones are left out.

    Args:
        output: where runs are kept; ``runs`` in the learner's folder by default.
        case: only of this case.
    """
    runs = []
    for path in runs_folder(output).glob(f"{case or '[!.]*'}/[!.]*/run.json"):
        try:
            if not is_whole(path.parent):
                continue
            run = json.loads(path.read_text(encoding="utf-8"))
            records = json.loads((path.parent / "records.json").read_text(encoding="utf-8"))
            run["records"] = {name: figure["value"] for name, figure in records.items()}
            run["units"] = {name: figure["unit"] for name, figure in records.items()}
            runs.append({key: run[key] for key in (*COLUMNS, "parameters", "records", "units")})
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(runs, key=lambda run: run["run"])


def results(output: Path | None = None, case: str | None = None) -> pd.DataFrame:
    """One row a run: id, case, status, start, seconds, then parameters and recorded figures."""
    rows = [
        {
            **{key: run[key] for key in COLUMNS},
            **{f"param {name}": value for name, value in run["parameters"].items()},
            **run["records"],
        }
        for run in load_runs(output, case)
    ]
    return pd.DataFrame(rows, columns=None if rows else COLUMNS).set_index("run")


def compare(runs: list[dict[str, Any]]) -> pd.DataFrame:
    """Runs side by side: one column a run, one row a figure; only parameters that differ.

    Raises:
        UserError: when there is no run.
    """
    if not runs:
        raise UserError("no runs yet; make one with: mlsd run ctr_prediction")
    columns = {}
    for run in runs:
        figures = {"case": run["case"], "status": run["status"], "seconds": run["seconds"]}
        figures |= {f"-p {name}": value for name, value in run["parameters"].items()}
        for name, value in run["records"].items():
            unit = run["units"][name]
            figures[f"{name} ({unit})" if unit else name] = value
        columns[run["run"]] = figures
    table = pd.DataFrame(columns, dtype=object)
    same = [
        name
        for name in table.index
        if str(name).startswith("-p ") and table.loc[name].astype(str).nunique() == 1
    ]
    return table.drop(index=same).rename_axis("figure")
