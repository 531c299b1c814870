"""What validation and the gate say yes and no to."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline_rows import make_table, parts

from mlsd_kit.deployment import inject_fault
from mlsd_kit.errors import UserError
from mlsd_kit.pipeline import Gate, Validation, cut
from mlsd_kit.pipeline.steps.gate import gate_checks
from mlsd_kit.pipeline.steps.validate import complaints
from mlsd_kit.pipeline.stretches import join, read_stretch, write_stretch


def with_column(table, **columns):
    return replace(table, X=table.X.assign(**columns))


def spoilt(kind):
    *_, newest = parts()
    X, n = newest.X, len(newest)
    some = np.arange(n) % 10 == 0
    return {
        "unit": replace(newest, X=inject_fault(X, "z", "unit", share=0.05)),
        "column gone": replace(newest, X=X.drop(columns="z")),
        "column too many": with_column(newest, w=1.0),
        "type": with_column(newest, z=X["z"].astype("str")),
        "missing": with_column(newest, x=X["x"].mask(some)),
        "constant": with_column(newest, x=0.0),
        "new value": with_column(
            newest, city=pd.Categorical(np.where(some, "Paris", X["city"].astype("str")))
        ),
        "twice": parts()[2],
        "labels": replace(newest, y=newest.y * (np.arange(n) % 8 == 0)),
    }[kind]


SAID = {
    "unit": r"\d% of the rows are out of range \(at most 0.2%\), most in 'z'",
    "column gone": "column 'z' breaks column is there",
    "column too many": "column 'w' breaks column is in the schema",
    "type": "column 'z' breaks type float64",
    "missing": r"'x' is missing in 10\.0% of the rows, 0\.0% before",
    "constant": "'x' has another distribution",
    "new value": r"'city' has a value that was never seen in 10\.0% of the rows",
    "twice": "was it delivered twice",
    "labels": "the event's rate is",
}


def test_good_data_pass():
    for seed in range(5):
        assert complaints(cut(make_table(seed=seed), 4), Validation()) == []


@pytest.mark.parametrize("kind", SAID)
def test_bad_data_are_stopped_with_the_reason(kind):
    import re

    found = complaints([*parts()[:3], spoilt(kind)], Validation())
    assert any(re.search(SAID[kind], said) for said in found), found


def test_a_column_may_move_as_far_as_it_usually_does():
    grown = [
        with_column(part, x=part.X["x"] + 0.7 * k) for k, part in enumerate(cut(make_table(), 4))
    ]
    assert not [said for said in complaints(grown, Validation()) if "distribution" in said]
    jumped = [*grown[:3], with_column(grown[3], x=grown[3].X["x"] + 3)]
    assert [said for said in complaints(jumped, Validation()) if "distribution" in said]


def test_stretches_are_read_as_they_were_written(tmp_path):
    table = make_table()
    for k, part in enumerate(cut(table, 3)):
        write_stretch(part, tmp_path / f"{k}.parquet")
    again = join([read_stretch(path) for path in sorted(tmp_path.glob("*.parquet"))])
    pd.testing.assert_frame_equal(again.X, table.X)
    for name in ("y", "time_h", "group"):
        assert np.array_equal(getattr(again, name), getattr(table, name))
    assert (again.row, again.event, again.cost_missed) == ("visit", "order", 5.0)
    (tmp_path / "0.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match=r"0\.parquet: is no stretch of data"):
        read_stretch(tmp_path / "0.parquet")


def found(difference=(-0.01, -0.02, 0.001), calibration=1.0, group=-0.01, size=1.0, ms=0.1):
    low, high = 0.9 * calibration, 1.1 * calibration
    group_difference = [group, group - 0.001, group + 0.001]
    return {
        "champion": "v1",
        "log_loss": {"candidate": 0.49, "champion": 0.5},
        "difference": list(difference),
        "calibration": {"candidate": [calibration, low, high], "champion": [1.1, 1.0, 1.2]},
        "groups": {
            "by": "city",
            "compared": {
                "Oslo": {"events": 50, "champion": 0.5, "difference": group_difference},
                "Bonn": {"events": 50, "champion": 0.5, "difference": [0.0, -0.1, 0.1]},
            },
        },
        "size_mb": size,
        "latency_ms": ms,
    }


@pytest.mark.parametrize(
    ("figures", "failing"),
    [
        ({}, []),
        ({"difference": (0.0, -0.004, 0.004)}, []),
        ({"difference": (-0.01, -0.03, 0.0051)}, ["quality"]),
        ({"difference": (0.02, 0.01, 0.03)}, ["quality"]),
        ({"calibration": 1.3}, []),
        ({"calibration": 1.4}, ["calibration"]),
        ({"calibration": 0.7}, ["calibration"]),
        ({"group": 0.1}, ["groups"]),
        ({"size": 21.0}, ["size"]),
        ({"ms": 21.0, "calibration": 2.0}, ["calibration", "latency"]),
    ],
)
def test_the_gate_tells_every_check_that_fails(figures, failing):
    checks = gate_checks(found(**figures), Gate())
    assert [check.name for check in checks if not check.passes] == failing


def test_calibration_may_be_as_bad_as_the_serving_models():
    given = found(calibration=1.6)
    given["calibration"]["champion"][0] = 1.0 / 1.5
    assert all(check.passes for check in gate_checks(given, Gate()))


@given(st.floats(-0.1, 0.1), st.floats(0, 0.1), st.floats(0, 0.2), st.floats(0, 0.2))
def test_a_wider_margin_never_stops_what_a_narrower_one_lets_through(middle, half, a, b):
    given = found(difference=(middle, middle - half, middle + half))
    narrow, wide = sorted((a, b))
    passes = [gate_checks(given, Gate(margin=m))[0].passes for m in (narrow, wide)]
    assert passes[0] <= passes[1]
