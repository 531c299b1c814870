"""The picture: everything has its place, nothing lies over anything else, user text stays text."""

import base64
import itertools
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsd_kit.design import Design
from mlsd_kit.design.drawing.draw import draw
from mlsd_kit.design.drawing.stops import critical_path
from mlsd_kit.errors import MissingExtra, UserError
from tests.design.pictures import (
    FUNNEL,
    LARGE,
    SVG,
    assert_lines_keep_out_of_boxes,
    assert_nothing_overlaps,
    words,
)


@pytest.fixture(scope="module")
def large():
    return Design.from_yaml(LARGE)


@pytest.fixture(scope="module")
def funnel():
    return Design.from_yaml(FUNNEL)


def test_25_components_are_legible(large):
    sketch = draw(large).sketch
    assert len(sketch.boxes) == 25
    assert_nothing_overlaps(sketch)
    assert_lines_keep_out_of_boxes(sketch)
    sizes = [text.size for text in sketch.texts] + [t.size for b in sketch.boxes for t in b.texts]
    assert min(sizes) >= 8.5
    assert sketch.width <= 1600


def test_planes_stand_apart_and_hold_their_components(large):
    sketch = draw(large).sketch
    bands = {band.plane: band.rect for band in sketch.bands}
    assert list(bands) == ["serving", "data", "training"]
    for one, two in itertools.combinations(bands.values(), 2):
        assert not one.overlaps(two)
    for box in sketch.boxes:
        band = bands[large.components[box.name].where]
        assert band.x < box.rect.x
        assert box.rect.right < band.right
        assert band.y < box.rect.y
        assert box.rect.bottom < band.bottom


def test_each_step_has_a_line_or_a_start_and_a_number(funnel):
    picture = draw(funnel)
    assert {chip.text.text for chip in picture.sketch.chips} == set("123456")
    said = words(picture)
    assert "50,000 → 2,000 · 1,000/s" in " ".join(said)
    assert {"hit 90 %", "miss 10 %"} <= set(said)
    assert any("timeout 30 ms" in text for text in said)
    assert any("1 retry" in text for text in said)
    assert "6 shards × 2 × 4" in said


def test_what_is_sent_is_dashed(funnel):
    sketch = draw(funnel).sketch
    events = next(box.rect for box in sketch.boxes if box.name == "events")
    ends = [path for path in sketch.paths if path.points[-1][1] == events.y and path.dashed]
    assert len(ends) == 1


def test_user_text_stays_text(funnel):
    root = ET.fromstring(draw(funnel).svg)
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{name}" for name in ("svg", "title", "desc", "rect", "path", "polygon", "text", "g")
    }
    assert "<script" not in draw(funnel).svg
    assert any("<script>" in text for text in words(draw(funnel)))
    hints = [element.text for element in root.iter(f"{SVG}title")]
    assert "ranker (ranker): scores <b>ads</b> & more" in hints


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=80))
def test_any_text_gives_xml_in_which_nothing_overlaps(title, does):
    design = Design.from_dict(
        {
            "title": title,
            "requirement": {"rate": "10 requests/s", "latency": "1 s"},
            "components": {"a": {"kind": "service", "does": does}, "b": {"kind": "ranker"}},
            "flows": {"f": {"steps": [{"call": "a"}, {"call": "b", "fallback": does}]}},
        }
    )
    picture = draw(design)
    ET.fromstring(picture.svg)
    assert_nothing_overlaps(picture.sketch)


def test_it_has_a_name_and_a_description_for_those_who_do_not_see_it(funnel):
    root = ET.fromstring(draw(funnel).svg)
    assert root.get("role") == "img"
    ids = root.get("aria-labelledby").split()
    named = {element.get("id"): element.text for element in root if element.get("id")}
    assert named[ids[0]] == "A funnel"
    assert "Critical path: app, index, ranker." in named[ids[1]]
    assert "1 app" in named[ids[1]]


def test_it_fits_a_narrow_page(funnel):
    root = ET.fromstring(draw(funnel).svg)
    _, _, width, height = root.get("viewBox").split()
    assert (width, height) == (root.get("width"), root.get("height"))
    assert "max-width:100%" in root.get("style")


def test_the_critical_path_takes_the_slowest_branch_and_the_miss(funnel):
    slow = funnel.change({"components.cache.service": "6 ms"})
    labels = [label for _, label in critical_path(slow, {})]
    assert labels == ["app", "cache", "store", "ranker"]
    waits = {("request", "index"): (0.5, None)}
    labels = [label for _, label in critical_path(slow, waits)]
    assert labels == ["app", "index", "ranker"]


def test_the_critical_path_is_heavier_than_the_rest(funnel):
    sketch = draw(funnel).sketch
    ends = {}
    for box in sketch.boxes:
        at_box = [path for path in sketch.paths if path.points[-1][1] == box.rect.y]
        ends[box.name] = [
            path.width for path in at_box if box.rect.x < path.points[-1][0] < box.rect.right
        ]
    assert min(ends["index"]) > max(ends["cache"] + ends["store"])


def test_an_estimate_gives_tails_and_a_prediction(funnel):
    from mlsd_kit.design.closed_forms.estimate import estimate

    worked = estimate(funnel)
    said = " ".join(words(draw(funnel, estimate=worked)))
    assert "(met)" in said or "(not met)" in said
    tail = worked.steps.loc[("request", "index"), "p99"]
    assert f"p99 {tail * 1000:.3g} ms" in said
    overloaded = estimate(funnel.change({"components.ranker.replicas": 1}))
    assert "ranker cannot keep up" in " ".join(words(draw(overloaded.design, estimate=overloaded)))


def test_against_another_design_marks_and_lists_the_differences(funnel):
    data = funnel.change({"components.ranker.replicas": 2, "flows.request.ranker.timeout": None})
    data = data.to_dict()
    data["components"]["watch"] = {"kind": "monitor"}
    worse = Design.from_dict(data)
    picture = draw(worse, against=funnel)
    assert_nothing_overlaps(picture.sketch)
    marks = {box.name: box.mark for box in picture.sketch.boxes if box.mark}
    assert marks == {"ranker": "changed", "watch": "added"}
    said = words(picture)
    assert "Compared with 'A funnel': 3 differences." in said
    assert "components.ranker.replicas: 8 → 2" in said
    assert "flows.request.ranker.timeout: 50 ms → not set" in said
    assert "watch: added" in said
    back = draw(funnel, against=worse)
    assert {box.name: box.mark for box in back.sketch.boxes if box.mark}["watch"] == "removed"
    assert "watch: removed" in words(back)


def test_highlight_takes_names_and_paths(funnel):
    marked = lambda *names: {  # noqa: E731
        box.name for box in draw(funnel, highlight=names).sketch.boxes if box.marked
    }
    assert marked("store") == {"store"}
    assert marked("components.index.replicas", "request.ranker") == {"index", "ranker"}
    assert marked("flows.request.cache.timeout", "requirement.latency") == {"cache"}
    assert marked("flows.request.candidates") == set()
    with pytest.raises(UserError, match="nothing 'rankr' to point at; the nearest is 'ranker'"):
        draw(funnel, highlight=["rankr"])


def test_a_component_that_is_visited_twice_or_left_out(funnel):
    again = funnel.to_dict()
    steps = again["flows"]["request"]["steps"]
    steps += [{"call": "store", "name": "late"}, {"call": "store", "name": "later"}]
    again["components"]["spare"] = {"kind": "database"}
    sketch = draw(Design.from_dict(again)).sketch
    assert_nothing_overlaps(sketch)
    assert_lines_keep_out_of_boxes(sketch)
    assert "spare" in {box.name for box in sketch.boxes}


names = st.sampled_from([f"c{number}" for number in range(9)])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["serving", "data", "training"]), min_size=9, max_size=9),
    st.lists(st.lists(st.tuples(names, st.booleans()), min_size=1, max_size=9), min_size=1,
             max_size=4),
)  # fmt: skip
def test_no_design_makes_things_overlap(planes, flows):
    components = {f"c{n}": {"kind": "service", "plane": plane} for n, plane in enumerate(planes)}
    design = Design.from_dict(
        {
            "title": "Any",
            "requirement": {"rate": "10 requests/s", "latency": "1 s"},
            "components": components,
            "flows": {
                f"f{n}": {
                    "candidates": 1000000,
                    "steps": [
                        {"send" if sent else "call": name, "name": f"s{i}", "keeps": 1000 - i}
                        for i, (name, sent) in enumerate(steps)
                    ],
                }
                for n, steps in enumerate(flows)
            },
        }
    )
    sketch = draw(design).sketch
    assert_nothing_overlaps(sketch)
    assert_lines_keep_out_of_boxes(sketch)


def test_lines_to_different_steps_never_lie_on_each_other(large):
    sketch = draw(large).sketch
    parts = []
    for path in sketch.paths:
        if path.arrow:
            parts += [(path.points[-1], a, b) for a, b in itertools.pairwise(path.points)]
    for (end, a, b), (other, c, d) in itertools.combinations(parts, 2):
        if end == other:
            continue
        for axis in (0, 1):
            if a[axis] == b[axis] == c[axis] == d[axis]:
                one = sorted((a[1 - axis], b[1 - axis]))
                two = sorted((c[1 - axis], d[1 - axis]))
                assert min(one[1], two[1]) - max(one[0], two[0]) <= 0, (end, other)


def test_save_and_png(funnel, tmp_path):
    picture = draw(funnel)
    assert picture.save(tmp_path / "a.svg").read_text(encoding="utf-8") == picture.svg
    with pytest.raises(UserError, match=re.escape("saved as .svg or .png")):
        picture.save(tmp_path / "a.jpg")
    with pytest.raises(UserError, match="cannot be written"):
        picture.save(tmp_path / "no" / "a.svg")
    shown = picture._repr_mimebundle_()["text/html"]
    held = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', shown)[1]
    assert base64.b64decode(held).decode() == picture.svg


def test_png_is_as_large_as_asked_and_not_empty(funnel, tmp_path):
    pytest.importorskip("resvg_py")
    import io

    import numpy as np
    from PIL import Image

    picture = draw(funnel)
    data = picture.png(tmp_path / "a.png", scale=1.5)
    assert (tmp_path / "a.png").read_bytes() == data
    image = Image.open(io.BytesIO(data)).convert("L")
    assert image.width == pytest.approx(1.5 * picture.sketch.width, abs=1.5)
    title = picture.sketch.texts[0].rect
    box = [round(1.5 * v) for v in (title.x, title.y, title.right, title.bottom)]
    assert np.asarray(image.crop(box)).min() < 100
    with pytest.raises(UserError, match="scale"):
        picture.png(scale=0)


def test_png_without_its_package_names_the_install_command(funnel, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingExtra, match="resvg_py is not installed; install it with: pip"):
        draw(funnel).png()


def test_a_design_shows_itself_as_its_picture(funnel):
    assert funnel._repr_mimebundle_()["text/html"] == draw(funnel).html
