"""A case's learning table as data that arrive, one stretch after the other."""

from __future__ import annotations

import json

from mlsd_kit.cases import Case
from mlsd_kit.errors import UserError
from mlsd_kit.pipeline.files import replace_file, to_json
from mlsd_kit.pipeline.pipeline import Pipeline
from mlsd_kit.pipeline.stretches import cut

STRETCHES, AT_FIRST = 6, 3


def bring_data(
    pipeline: Pipeline,
    case: Case,
    more: bool = False,
    n_rows: int | None = None,
    seed: int | None = None,
) -> list[str]:
    """Let the first stretches of the case's table arrive at first use, later the next one.

    Args:
        pipeline: where they arrive.
        case: whose table it is.
        more: whether the next stretch is to arrive, when the first ones are there.
        n_rows: of the whole table, 60,000 by default. seed: of a simulation, 1 by default. Both
            are kept in the folder.

    Returns:
        Names of what arrived.

    Raises:
        UserError: when all have arrived, or the folder was begun with another table.
    """
    file = pipeline.folder / "source.json"
    begun = json.loads(file.read_bytes()) if file.exists() else {}
    wanted = {"n_rows": n_rows, "seed": seed}
    for name, value in wanted.items():
        if begun and value not in (None, begun[name]):
            raise UserError(
                f"{pipeline.folder}: was begun with {name} {begun[name]}, not {value}; take "
                "another --folder"
            )
    table = begun or {"n_rows": n_rows or 60_000, "seed": 1 if seed is None else seed}
    replace_file(file, to_json(table))
    there = len(pipeline.arrived())
    until = max(there + 1 if more and there >= AT_FIRST else there, AT_FIRST)
    if until > STRETCHES:
        raise UserError(f"{pipeline.folder}: all {STRETCHES} stretches of the data have arrived")
    if until == there:
        return []
    parts = cut(case.learning_table(table["n_rows"], table["seed"]), STRETCHES)
    return [pipeline.receive(part) for part in parts[there:until]]
