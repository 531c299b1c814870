import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from mlsd_kit.data import compare_formats, read_days, write_by_day
from mlsd_kit.errors import UserError


@pytest.fixture(scope="module")
def log():
    rng = np.random.default_rng(0)
    rows = 20_000
    return pd.DataFrame(
        {
            "time": pd.Timestamp("2026-03-01", tz="UTC")
            + pd.to_timedelta(np.sort(rng.uniform(0, 3 * 86_400, rows)), unit="s"),
            "user": rng.zipf(1.3, rows) % 100_000,
            "device": rng.choice(["mobile", "web"], rows),
            "click": rng.random(rows) < 0.01,
        }
    )


def test_bytes_of_a_row_are_those_of_the_file(log):
    table = compare_formats(log, rows_per_second=2000, column="click")
    lines = log.to_json(orient="records", lines=True, date_format="iso")
    assert table.loc["JSON lines", "bytes_per_row"] == len(lines.encode()) / len(log)
    assert json.loads(lines.splitlines()[0])["device"] in ("mobile", "web")
    assert table["against_json"].iloc[0] == 1
    expected = table["bytes_per_row"] * 2000 * 86_400 / 1e9
    pd.testing.assert_series_equal(table["gb_per_day"], expected, check_names=False)


def test_columnar_is_smaller_and_reads_one_column_alone(log):
    table = compare_formats(log, column="click")
    assert "gb_per_day" not in table
    assert (
        table.loc["Parquet, zstd", "bytes_per_row"] < table.loc["JSON lines", "bytes_per_row"] / 4
    )
    assert table.loc["JSON lines", "read_for_one_column"] == 1
    assert table.loc["Parquet, zstd", "read_for_one_column"] < 0.1
    time = compare_formats(log, column="time").loc["Parquet, zstd", "read_for_one_column"]
    assert time > table.loc["Parquet, zstd", "read_for_one_column"]
    assert time < 1


def test_a_partition_for_each_day_holds_the_days_rows(log, tmp_path):
    sizes = write_by_day(log, "time", tmp_path / "log")
    assert sizes.index.tolist() == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert sizes["rows"].sum() == len(log)
    day = tmp_path / "log" / "day=2026-03-02"
    assert sizes.loc["2026-03-02", "bytes"] == sum(f.stat().st_size for f in day.iterdir())
    assert pq.read_metadata(next(day.iterdir())).num_rows == sizes.loc["2026-03-02", "rows"]


def test_days_and_columns_read_back(log, tmp_path):
    write_by_day(log, "time", tmp_path / "log")
    back = read_days(tmp_path / "log", "2026-03-02", "2026-03-03")
    expected = log[log["time"] >= "2026-03-02"].reset_index(drop=True)
    back = back.sort_values("time", ignore_index=True)
    assert list(back) == list(log)
    assert (back["user"].to_numpy() == expected["user"].to_numpy()).all()
    assert (back["time"].to_numpy() == expected["time"].to_numpy()).all()
    one = read_days(tmp_path / "log", "2026-03-01", "2026-03-01", columns=["click"])
    assert list(one) == ["click"]


def test_only_the_files_of_the_days_are_read(log, tmp_path):
    write_by_day(log, "time", tmp_path / "log")
    for file in (tmp_path / "log" / "day=2026-03-01").iterdir():
        file.write_bytes(b"not parquet")
    assert len(read_days(tmp_path / "log", "2026-03-02", "2026-03-02")) > 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda log, folder: compare_formats(log.head(0)), "empty frame"),
        (lambda log, folder: compare_formats(log, column="clik"), "did you mean 'click'"),
        (lambda log, folder: write_by_day(log, "user", folder), "datetime"),
        (lambda log, folder: write_by_day(log, "tme", folder), "did you mean 'time'"),
        (lambda log, folder: write_by_day(log, "time", folder.parent), "has files already"),
        (
            lambda log, folder: write_by_day(log.assign(time=log["time"].shift()), "time", folder),
            "belong to no day",
        ),
        (lambda log, folder: read_days(folder / "none", "2026-01-01", "2026-01-01"), "no folder"),
        (
            lambda log, folder: (
                write_by_day(log, "time", folder),
                read_days(folder, "2026-04-01", "2026-04-02"),
            ),
            "no day from 2026-04-01 to 2026-04-02; it has 2026-03-01 to 2026-03-03",
        ),
    ],
)
def test_mistakes_are_one_line(log, tmp_path, wrong, said):
    (tmp_path / "a_file").touch()
    with pytest.raises(UserError, match=said) as caught:
        wrong(log, tmp_path / "log")
    assert "\n" not in str(caught.value)
