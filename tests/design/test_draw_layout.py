"""Where things go in a picture, and how wide its text is."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.design.drawing.layout import place
from mlsd_kit.design.drawing.routing import Join, lanes, route
from mlsd_kit.design.drawing.text_width import _BOLD, _REGULAR, fit, text_width


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
