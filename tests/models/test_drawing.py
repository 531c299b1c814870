"""The drawing follows the pipeline object."""

import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from mlsd_kit.models import baselines, draw_pipeline

X = pd.DataFrame({"age": [1.0], "bid": [2.0], "kind": ["a"], "user": [3]})
SVG = "{http://www.w3.org/2000/svg}"


def columns(remainder="drop"):
    parts = [
        ("numbers", StandardScaler(), ["age", "bid"]),
        ("kinds", OneHotEncoder(), make_column_selector(dtype_include=["object", "string"])),
    ]
    return ColumnTransformer(parts, remainder=remainder)


def titles(drawing):
    return [box.title for box in drawing.boxes]


def test_branches_join_at_the_model_and_dropped_columns_are_named():
    drawing = draw_pipeline(make_pipeline(columns(), LogisticRegression(C=0.5)), X)
    assert titles(drawing) == [
        "table", "numbers", "StandardScaler", "kinds", "OneHotEncoder", "LogisticRegression",
    ]  # fmt: skip
    last = drawing.boxes[-1]
    assert [titles(drawing)[number] for number in last.after] == ["StandardScaler", "OneHotEncoder"]
    assert last.detail == "C=0.5"
    assert last.layer == 3
    assert drawing.unused == ["user"]


def test_a_step_more_is_a_box_more_and_a_remainder_reaches_the_model():
    more = draw_pipeline(
        make_pipeline(columns("passthrough"), MinMaxScaler(), LogisticRegression()), X
    )
    assert "MinMaxScaler" in titles(more)
    assert more.unused == []
    assert any(box.detail == "user" for box in more.boxes)


def test_unions_stand_side_by_side():
    union = FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())])
    drawing = draw_pipeline(make_pipeline(union, LogisticRegression()), X)
    assert len(drawing.boxes[-1].after) == 2
    a, b = (drawing.boxes[number] for number in drawing.boxes[-1].after)
    assert a.lane != b.lane


@pytest.mark.parametrize("name", baselines(X))
def test_the_picture_is_well_formed_inside_its_frame_and_without_script(name):
    drawing = draw_pipeline(baselines(X)[name], X)
    root = ET.fromstring(drawing.svg)
    width, height = map(float, root.get("viewBox").split()[2:])
    boxes = [
        [float(box.get(side)) for side in ("x", "y", "width", "height")]
        for box in root.iter(f"{SVG}rect")
    ]
    assert len(boxes) == len(drawing.boxes)
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    for i, (x, y, w, h) in enumerate(boxes):
        for u, v, s, t in boxes[i + 1 :]:
            assert x + w <= u or u + s <= x or y + h <= v or v + t <= y
    assert "<script" not in drawing.svg
    assert drawing.mermaid.count("-->") == sum(len(box.after) for box in drawing.boxes)
