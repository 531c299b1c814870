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
from mlsd_kit.design.drawing.layout import Rect, place
from mlsd_kit.design.drawing.routing import Join, lanes, route
from mlsd_kit.design.drawing.stops import critical_path
from mlsd_kit.design.drawing.text_width import _BOLD, _REGULAR, fit, text_width
from mlsd_kit.errors import MissingExtra, UserError

SVG = "{http://www.w3.org/2000/svg}"

LARGE = """
title: A large marketplace with a search, a feed and a fraud check
requirement: {rate: 12000 requests/s, latency: 250 ms, availability: 0.9995, budget: $900/h}
components:
  phone: {kind: client, concurrency: unlimited}
  edge: {kind: network, service: 5 ms, concurrency: unlimited}
  balancer: {kind: load_balancer, service: 0.1 ms, concurrency: 64, replicas: 3, price: $0.1/h}
  gateway: {kind: gateway, service: 0.5 ms, concurrency: 16, replicas: 4, price: $0.2/h}
  fraud_rules: {kind: rules, service: 1 ms, concurrency: 32, replicas: 2, price: $0.2/h}
  orchestrator: {kind: service, service: 2 ms, concurrency: 32, replicas: 4, price: $0.4/h}
  page_cache: {kind: cache, service: 0.2 ms, concurrency: 64, hit_rate: 0.4, price: $0.3/h}
  profile_cache: {kind: cache, service: 0.2 ms, concurrency: 64, hit_rate: 0.8, price: $0.3/h}
  profile_store: {kind: feature_store, service: 3 ms, concurrency: 16, shards: 8, replicas: 3}
  text_index: {kind: retrieval_index, service: 9 ms, shards: 12, concurrency: 8, replicas: 3}
  vector_index: {kind: retrieval_index, service: 12 ms, shards: 4, concurrency: 8, replicas: 6}
  trending_items_of_the_last_hour: {kind: database, service: 1 ms, concurrency: 32}
  friends: {kind: service, service: 4 ms, concurrency: 16, replicas: 3}
  light_ranker: {kind: ranker, service: {mean: 1 ms, per_candidate: 2 µs}, replicas: 40}
  ranker: {kind: ranker, service: {mean: 2 ms, per_candidate: 30 µs}, replicas: 300, price: $0.9/h}
  diversity: {kind: rules, service: 1 ms, concurrency: 16}
  switch: {kind: experiment, service: 0.1 ms, concurrency: 100, watches: [sessions]}
  shown: {kind: stream, service: 0.1 ms, concurrency: 100}
  clicks: {kind: queue, service: 0.1 ms, concurrency: 100, queue: 10000}
  history: {kind: warehouse, retention: 90 days}
  features: {kind: batch_job, price: $4/h}
  trainer: {kind: trainer, price: $9/h}
  registry: {kind: model_registry, promotes_after: [holdout, parity, canary]}
  alarms: {kind: monitor, watches: [latency, sessions], alerts: the team on call}
  checks: {kind: human_review}
flows:
  search:
    share: 0.7
    candidates: 5000000
    steps:
      - {call: phone}
      - {call: edge}
      - {call: balancer}
      - {call: gateway, timeout: 400 ms}
      - {call: fraud_rules, share: 0.2, timeout: 5 ms, fallback: let it pass}
      - call: page_cache
        on_miss:
          - {call: orchestrator}
          - keeps: 4000
            parallel:
              - - call: profile_cache
                  timeout: 4 ms
                  on_miss: [{call: profile_store, timeout: 20 ms, retries: 2, jitter: true}]
              - [{call: text_index, ask: all, keeps: 3000, timeout: 60 ms}]
              - [{call: vector_index, ask: all, keeps: 1000, fallback: what text search found}]
              - [{call: trending_items_of_the_last_hour, keeps: 100}]
              - [{call: friends, keeps: 50}]
          - {call: light_ranker, keeps: 500}
          - {call: profile_store, name: item_features, timeout: 20 ms, fallback: average values}
          - {call: ranker, keeps: 50, timeout: 120 ms, retries: 1, backoff: 5 ms}
          - {call: diversity, keeps: 20}
      - {call: switch}
      - {send: shown, carries: 4 kB}
  feed:
    share: 0.3
    candidates: 800
    steps:
      - {call: phone}
      - {call: balancer}
      - {call: profile_store, name: followed}
      - {call: ranker, keeps: 100}
      - {send: shown}
      - {send: clicks}
  nightly:
    kind: batch
    every: 1 day
    steps:
      - {call: shown, name: read}
      - {send: history}
      - {call: features, takes: 2 h}
      - {send: profile_store, name: refresh}
  training:
    kind: training
    every: 7 days
    waits_for_labels: 3 days
    steps: [{call: history, name: rows}, {call: trainer, takes: 5 h}, {call: registry},
            {call: checks}, {send: ranker, name: new_model}]
"""

FUNNEL = """
title: A funnel
requirement: {rate: 1000 requests/s, latency: 80 ms}
components:
  app: {kind: client, concurrency: unlimited}
  cache: {kind: cache, service: 1 ms, hit_rate: 0.9, concurrency: 8}
  store: {kind: feature_store, service: 5 ms, concurrency: 8}
  index: {kind: retrieval_index, service: 2 ms, shards: 6, replicas: 2, concurrency: 4}
  ranker: {kind: ranker, service: 4 ms, replicas: 8, does: "scores <b>ads</b> & more"}
  events: {kind: stream}
flows:
  request:
    candidates: 50000
    steps:
      - {call: app}
      - keeps: 2000
        parallel:
          - [{call: cache, on_miss: [{call: store}]}]
          - [{call: index, ask: all, keeps: 2000, timeout: 30 ms, retries: 1}]
      - {call: ranker, keeps: 20, timeout: 50 ms, fallback: "<script>alert(1)</script>"}
      - {send: events}
"""


@pytest.fixture(scope="module")
def large():
    return Design.from_yaml(LARGE)


@pytest.fixture(scope="module")
def funnel():
    return Design.from_yaml(FUNNEL)


def words(picture):
    root = ET.fromstring(picture.svg)
    return [element.text for element in root.iter(f"{SVG}text") if element.text is not None] + [
        element[0].tail for element in root.iter(f"{SVG}text") if len(element)
    ]


def assert_nothing_overlaps(sketch):
    """No box on a box, no text on a text, a chip or a box that it does not belong to."""
    named = [(f"box {box.name}", box.rect, box.name) for box in sketch.boxes]
    named += [(f"{t.text} in {b.name}", t.rect, b.name) for b in sketch.boxes for t in b.texts]
    named += [(f"bar in {b.name}", b.bar.rect, b.name) for b in sketch.boxes if b.bar]
    named += [(chip.text.text, chip.rect, None) for chip in sketch.chips]
    named += [(text.text, text.rect, None) for text in sketch.texts]
    named += [(band.label.text, band.label.rect, None) for band in sketch.bands]
    for (first, a, owner), (second, b, other) in itertools.combinations(named, 2):
        inside = owner is not None and owner == other
        if not (inside and (first.startswith("box ") or second.startswith("box "))):
            assert not a.overlaps(b), f"{first!r} lies over {second!r}"
    whole = Rect(0, 0, sketch.width, sketch.height)
    for name, rect, _ in named:
        assert rect.x >= 0, name
        assert rect.right <= whole.right, name
        assert rect.bottom <= whole.bottom, name
    for box in sketch.boxes:
        for text in box.texts:
            assert text.rect.right <= box.rect.right, text.text


def assert_lines_keep_out_of_boxes(sketch):
    for path, box in itertools.product(sketch.paths, sketch.boxes):
        inside = Rect(box.rect.x + 1, box.rect.y + 1, box.rect.width - 2, box.rect.height - 2)
        for (x1, y1), (x2, y2) in itertools.pairwise(path.points):
            assert x1 == x2 or y1 == y2
            part = Rect(min(x1, x2), min(y1, y2), abs(x1 - x2) + 0.1, abs(y1 - y2) + 0.1)
            assert not part.overlaps(inside), box.name


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


def test_place_puts_a_chain_in_one_column_and_branches_side_by_side():
    planes = dict.fromkeys("abcd", "serving")
    grid = place(planes, [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])
    cells = {name: (cell.row, cell.column) for name, cell in grid.cells.items()}
    assert cells == {"a": (0, 0), "b": (1, 0), "c": (1, 1), "d": (2, 0)}
    ways = {
        line.source: line.way for line in route(grid, [Join("d", (("b", ""), ("c", "")))]).lines
    }
    assert ways == {"b": "straight", "c": "across"}


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 30), st.integers(0, 8)), max_size=20))
def test_spans_on_one_track_do_not_touch(spans):
    spans = [(left, left + long, join) for left, long, join in spans]
    for (a, track), (b, other) in itertools.combinations(zip(spans, lanes(spans), strict=True), 2):
        if a[2] == b[2]:
            assert track == other
        elif track == other:
            assert a[1] < b[0] or b[1] < a[0]


@pytest.mark.parametrize(("file", "table"), [("DejaVuSans", _REGULAR), ("DejaVuSans-Bold", _BOLD)])
def test_widths_are_those_of_the_font(file, table):
    import matplotlib
    from matplotlib.ft2font import FT2Font, LoadFlags

    font = FT2Font(f"{matplotlib.get_data_path()}/fonts/ttf/{file}.ttf")
    font.set_size(1000, 72)
    for width, characters in table.items():
        for character in characters:
            glyph = font.load_char(ord(character), flags=LoadFlags.NO_HINTING)
            assert glyph.linearHoriAdvance / 65536 == pytest.approx(width, abs=0.5)


@given(st.text(max_size=60), st.floats(20, 300))
def test_what_is_fitted_fits(text, width):
    assert text_width(fit(text, 10, width), 10) <= width


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
