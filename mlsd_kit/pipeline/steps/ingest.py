"""Ingest: take what has arrived, as it is, and say how much it is."""

from __future__ import annotations

import shutil

from mlsd_kit.errors import UserError
from mlsd_kit.pipeline.steps.contract import Work
from mlsd_kit.pipeline.stretches import read_stretch


def ingest(work: Work) -> None:
    """Copy the stretches that are there; a later change of them cannot change this run."""
    rows = {}
    for name in work.outside["stretches"]:
        shutil.copyfile(work.incoming / name, work.out / name)
        table = read_stretch(work.out / name)
        rows[name] = {"rows": len(table), "events": int(table.y.sum())}
    if len(rows) < 2:
        raise UserError(
            f"{work.incoming}: {len(rows)} stretch of data; two are needed, one to learn from and "
            "one to compare models on"
        )
    work.report(stretches=rows)
