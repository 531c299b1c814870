import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.errors import UserError
from mlsd_kit.units import COUNTED, Q, UnitError, add, format_quantity, ureg


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Q("3 s") + Q("5 bytes"), "cannot add 3 s and 5 B: different kinds"),
        (lambda: Q("3 requests") - Q("5 predictions"), "subtract 3 requests and 5 predictions"),
        (lambda: Q("3 s") < Q("2 MB"), "cannot compare 3 s and 2 MB"),
        (lambda: Q("3 bytes") + 5, "cannot add 3 B and the plain number 5"),
        (lambda: 5 + Q("3 ads"), "cannot add 3 ads and the plain number 5"),
        (lambda: add(Q("1 s"), Q("1 ad")), "cannot add 1 s and 1 ads"),
        (lambda: Q("3 s").to("MB"), "3 s cannot be given in 'MB'"),
        (lambda: Q("3 bytes").to(""), "3 B cannot be given in"),
        (lambda: Q("3 requsts/s"), "'requsts' is not a known unit; did you mean 'requests'"),
        (lambda: Q(3, "s").to("requsts"), "did you mean 'requests'"),
        (lambda: Q("3 Mb/s"), "bits or bytes: write Mbit or MB"),
        (lambda: Q("3 KB"), "kB for 1,000 bytes or KiB for 1,024"),
        (lambda: Q("1,5 s"), "a comma separates thousands"),
        (lambda: Q(""), "is not a number with a unit"),
        (lambda: Q("3 *"), "is not a number with a unit"),
        (lambda: Q("1/0"), "is not a number with a unit"),
    ],
)
def test_units_that_do_not_go_together_are_one_line(wrong, said):
    with pytest.raises(UnitError, match=said) as caught:
        wrong()
    assert isinstance(caught.value, UserError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", COUNTED)
def test_counted_things_are_each_a_dimension_of_their_own(name):
    assert len(Q(1, name).dimensionality) == 1
    others = [other for other in COUNTED if other != name]
    assert not any(Q(1, name).is_compatible_with(Q(1, other)) for other in others)


def test_plurals_prefixes_money_and_separators():
    assert Q("4,000 queries/s").to("query/s").magnitude == 4000
    assert Q("1 GB").to("bytes").magnitude == 10**9
    assert Q("1 GiB").to("bytes").magnitude == 2**30
    assert Q("1 byte").to("bit").magnitude == 8
    assert Q("$0.25/hour") == Q(0.25, "dollars/hour")
    assert Q(Q("3 s")) == Q("3000 ms")
    assert Q("3 s") != Q("3 B")
    assert copy.deepcopy(Q("3 s")) == Q("3 s")


def test_arrays_of_quantities_still_work():
    total = ureg.Quantity(np.arange(3.0), "s") + Q("1 ms")
    np.testing.assert_allclose(total.to("ms").magnitude, [1, 1001, 2001])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("4000 requests/s", "4,000 requests/s"),
        ("0.15 s", "150 ms"),
        ("1200 GB/day", "1.2 TB/day"),
        ("999.96 kB", "1 MB"),
        ("1e6 predictions/s", "1 million predictions/s"),
        ("500 bytes/impression", "500 B/impression"),
        ("500 bytes", "500 bytes"),
        ("1 query/s", "1 query/s"),
        ("2 queries", "2 queries"),
        ("3 GiB", "3 GiB"),
        ("7776000 s", "90 days"),
        ("12 $", "$12"),
        ("0.015 clicks/impression", "0.015 clicks/impression"),
        ("0.25", "0.25"),
    ],
)
def test_quantities_read_as_people_write_them(text, shown):
    assert format_quantity(Q(text)) == shown


@given(st.floats(1e-6, 1e12), st.sampled_from(["bytes", "s", "requests/s", "MB/day", "GiB"]))
def test_what_is_shown_is_right_to_three_digits(value, unit):
    shown = format_quantity(Q(value, unit))
    for word, size in (("million", "e6"), ("billion", "e9"), ("trillion", "e12")):
        shown = shown.replace(f" {word}", size)
    assert Q(shown).to(unit).magnitude == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    "text",
    ["9**9**9 GB", "10^10^10 GB", "2**(9**9) GB", "9**1e9 s", "((9**64)**64)**64 s", "9⁹⁹⁹⁹⁹⁹⁹ s"],
)
def test_a_tower_of_powers_is_refused_at_once(text):
    with pytest.raises(UnitError, match="powers"):
        Q(text)


@pytest.mark.parametrize(("text", "value"), [("10**9 B", 1e9), ("2^30 B", 2**30), ("3 m²", 3)])
def test_a_power_is_read(text, value):
    assert Q(text).magnitude == value
