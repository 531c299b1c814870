"""Hive partitions of Parquet: nothing is lost, and a query reads what its column allows."""

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.scaling.partitioning import (
    compare_layouts,
    layout_size,
    query_cost,
    write_partitioned,
)

ROWS = pd.DataFrame(
    {
        "day": np.repeat(np.arange(6), 1000),
        "shop": np.random.default_rng(0).integers(0, 40, 6000),
        "price": np.random.default_rng(1).random(6000),
    }
)
LAYOUTS = {"one": [], "day": ["day"], "shop": ["shop"], "both": ["day", "shop"]}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    made = {n: write_partitioned(ROWS, folder / n, by, 500) for n, by in LAYOUTS.items()}
    by_shop = ROWS.sort_values("shop", kind="stable")
    return made | {"sorted": write_partitioned(by_shop, folder / "sorted", [], 500)}


def test_every_layout_holds_the_same_rows(tables):
    wanted = ROWS.sort_values(["day", "price"]).reset_index(drop=True)
    for folder in tables.values():
        read = ds.dataset(folder, partitioning="hive").to_table().to_pandas()[list(ROWS)]
        read = read.astype(ROWS.dtypes).sort_values(["day", "price"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(read, wanted)


def test_files_are_as_many_as_the_distinct_values(tables):
    assert layout_size(tables["one"])["files"] == 1
    assert layout_size(tables["day"])["files"] == 6
    assert layout_size(tables["shop"])["files"] == 40
    assert layout_size(tables["both"])["files"] == len(ROWS[["day", "shop"]].drop_duplicates())
    assert layout_size(tables["day"])["rows_per_file"] == 1000


def test_a_query_opens_the_partitions_it_names_and_no_others(tables):
    day = {name: query_cost(folder, "sum(price)", {"day": 3}) for name, folder in tables.items()}
    assert {name: cost.files_read for name, cost in day.items()} == {
        "one": 1, "day": 1, "shop": 40, "both": 40, "sorted": 1,
    }  # fmt: skip
    assert day["day"].rows_scanned == day["one"].rows_scanned == day["both"].rows_scanned == 1000
    assert day["shop"].rows_scanned == 6000
    shop = query_cost(tables["shop"], "sum(price)", {"shop": 7})
    assert (shop.files_read, shop.rows_scanned) == (1, (ROWS["shop"] == 7).sum())
    assert query_cost(tables["day"], "sum(price)", {}).rows_scanned == 6000
    assert query_cost(tables["day"], "sum(price)", {"day": 99}).rows_scanned == 0


def test_sorted_rows_let_row_groups_be_skipped(tables):
    loose = query_cost(tables["one"], "sum(price)", {"shop": 7})
    tight = query_cost(tables["sorted"], "sum(price)", {"shop": 7})
    assert loose.rows_scanned == 6000
    assert tight.rows_scanned in (500, 1000)


def test_the_wrong_column_costs_reads_and_bytes(tables):
    costs = compare_layouts(tables, "sum(price)", {"a day": {"day": 2}, "a shop": {"shop": 3}})
    day, shop = costs.loc["a day"], costs.loc["a shop"]
    assert day.loc["shop", "bytes_read"] > 3 * day.loc["day", "bytes_read"]
    assert day.loc["shop", "reads"] > 4 * day.loc["day", "reads"]
    assert shop.loc["shop", "reads"] < shop.loc["day", "reads"]
    assert layout_size(tables["both"])["bytes"] > 2 * layout_size(tables["one"])["bytes"]


def test_mistakes_are_one_clear_line(tmp_path, tables):
    with pytest.raises(UserError, match="no such column"):
        write_partitioned(ROWS, tmp_path / "a", ["week"])
    with pytest.raises(UserError, match="empty table"):
        write_partitioned(ROWS.iloc[:0], tmp_path / "b", ["day"])
    with pytest.raises(UserError, match="has files already"):
        write_partitioned(ROWS, tables["day"], ["day"])
    with pytest.raises(UserError, match="the query was refused"):
        query_cost(tables["day"], "sum(cost)", {"day": 1})
    with pytest.raises(UserError, match="no Parquet files"):
        layout_size(tmp_path)
