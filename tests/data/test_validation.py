import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from mlsd_kit.data import InvalidData, check_frame, split_valid


@pytest.fixture
def schema():
    return pa.DataFrameSchema(
        {
            "age": pa.Column(float, pa.Check.in_range(13, 110), nullable=True),
            "device": pa.Column(str, pa.Check.isin(["mobile", "web"])),
            "request": pa.Column(int, unique=True),
        }
    )


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "age": [20.0, np.nan, 190.0, 30.0, 5.0, 40.0],
            "device": ["mobile", "web", "moblie", "web", None, "web"],
            "request": [1, 2, 3, 4, 5, 6],
        },
        index=[7, 7, 7, 8, 9, 9],
    )


def test_a_good_frame_breaks_nothing(schema, frame):
    good = frame.iloc[[0, 1, 3, 5]]
    report = check_frame(good, schema)
    assert report.ok
    assert report.table().empty
    report.raise_if_bad()
    kept, quarantined = split_valid(good, schema)
    pd.testing.assert_frame_equal(kept, good)
    assert list(quarantined.columns) == [*frame.columns, "reason"]
    assert quarantined.empty


def test_failures_are_counted_by_column_and_rule(schema, frame):
    report = check_frame(frame, schema)
    table = report.table().set_index(["column", "rule"])
    assert table.loc[("age", "in_range(13, 110)"), "count"] == 2
    assert table.loc[("age", "in_range(13, 110)"), "share"] == pytest.approx(2 / 6)
    assert table.loc[("age", "in_range(13, 110)"), "example"] == 190.0
    assert table.loc[("age", "in_range(13, 110)"), "first_row"] == 2
    assert table.loc[("device", "not missing"), "count"] == 1
    assert table.loc[("device", "isin(['mobile', 'web'])"), "example"] == "moblie"
    assert report.bad_rows.tolist() == [2, 4]


def test_raising_names_the_worst(schema, frame):
    with pytest.raises(
        InvalidData, match=r"'age' breaks in_range.* 2 of 6 rows, such as"
    ) as caught:
        check_frame(frame, schema).raise_if_bad()
    assert "2 more rules" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bad_rows_are_quarantined_with_every_reason(schema, frame):
    good, quarantined = split_valid(frame, schema)
    assert good.index.tolist() == [7, 7, 8, 9]
    assert quarantined.index.tolist() == [7, 9]
    assert [set(reason.split("; ")) for reason in quarantined["reason"]] == [
        {"age: in_range(13, 110)", "device: isin(['mobile', 'web'])"},
        {"age: in_range(13, 110)", "device: not missing"},
    ]
    assert check_frame(good, schema).ok


def test_every_row_of_a_duplicate_is_quarantined(schema, frame):
    frame["request"] = [1, 1, 3, 4, 5, 6]
    good, quarantined = split_valid(frame, schema)
    assert len(quarantined) == 4
    assert quarantined["reason"].iloc[0] == "request: unique"
    assert len(good) == 2


def test_a_missing_column_and_a_wrong_type_are_about_the_whole_frame(schema, frame):
    report = check_frame(frame.drop(columns="request"), schema)
    row = report.table().iloc[0]
    assert (row["column"], row["rule"], row["share"]) == ("request", "column is there", 1.0)
    assert pd.isna(row["first_row"])
    typed = check_frame(frame.assign(request="x"), schema).table()
    assert typed.set_index(["column", "rule"]).loc[("request", "type int64"), "count"] == 1
    with pytest.raises(InvalidData, match="as a whole breaks its schema: column 'request'"):
        split_valid(frame.drop(columns="request"), schema)
    with pytest.raises(InvalidData, match="type int64"):
        split_valid(frame.assign(request="x"), schema)


def test_a_frame_of_text_where_numbers_are_expected_is_reported(schema, frame):
    report = check_frame(frame.assign(age="old"), schema)
    assert "type float64" in set(report.table()["rule"])
    strict = pa.DataFrameSchema({"age": pa.Column(float, nullable=True)}, strict=True)
    assert set(check_frame(frame, strict).table()["column"]) == {"device", "request"}


def test_models_and_checks_over_rows_work_too():
    class Bids(pa.DataFrameModel):
        low: float
        high: float

        @pa.dataframe_check
        def low_is_lower(cls, frame):  # noqa: N805
            return frame["low"] <= frame["high"]

    frame = pd.DataFrame({"low": [1.0, 5.0], "high": [2.0, 3.0]})
    report = check_frame(frame, Bids)
    assert report.bad_rows.tolist() == [1]
    good, quarantined = split_valid(frame, Bids)
    assert len(good) == 1
    assert "low_is_lower" in quarantined["reason"].iloc[0]


def test_the_frame_is_not_changed(schema, frame):
    before = frame.copy()
    check_frame(frame, schema)
    split_valid(frame, schema)
    pd.testing.assert_frame_equal(frame, before)
