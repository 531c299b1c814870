"""Judges say what kind of wrong an answer is, whatever the answer is."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsd_kit.practice import All, Choice, Chosen, Function, Number, Values, Verdict
from mlsd_kit.units import Q


@pytest.mark.parametrize(
    ("expected", "answer", "says"),
    [
        ("1e6 predictions/s", ..., "no answer yet"),
        ("1e6 predictions/s", None, "no answer yet"),
        ("1e6 predictions/s", float("nan"), "nan"),
        ("1e6 predictions/s", "a lot", "'lot' is not a known unit"),
        ("1e6 predictions/s", "[", "not a number with a unit"),
        ("1e6 predictions/s", [1], "A number in predictions/s is wanted, not a list"),
        ("1e6 predictions/s", True, "not True or False"),
        ("1e6 predictions/s", Q("1e6 requests/s"), "The unit is requests/s"),
        ("1e6 predictions/s", Q("1e9 predictions/s"), "off by one step"),
        (
            "1e6 predictions/s",
            Q("3e8 predictions/s"),
            "order of magnitude: too large by about 10^2",
        ),
        ("1e6 predictions/s", 1.7e6, "right order of magnitude, but too large by a factor of 1.7"),
        ("1 GB", Q("8 GB"), "bits and bytes"),
        ("2 GB", Q("1 GB"), "factor of two"),
        (0.25, 0.75, "one less the answer"),
        (0.2, 5.0, "upside down"),
        (0.3, -0.3, "sign"),
        (0.3, 0, "zero"),
    ],
)
def test_a_number_s_mistake_is_named(expected, answer, says):
    verdict = Number(expected)(answer)
    assert not verdict.right
    assert says.casefold() in verdict.says.casefold()


@pytest.mark.parametrize(
    "answer", [1e6, "1 million predictions/s".replace(" million", "e6"), 1.01e6]
)
def test_a_right_number_may_be_plain_text_or_nearly_right(answer):
    assert Number("1 million predictions/s")(answer).right


def test_an_estimate_is_right_within_a_factor():
    assert Number(100, within=3)(250).right
    assert not Number(100, within=3)(350).right


@given(st.floats(min_value=1e-9, max_value=1e12), st.floats(min_value=1.05, max_value=1e6))
def test_a_number_is_right_or_said_to_be_wrong(target, factor):
    assert Number(target)(target).right
    assert not Number(target)(target * factor).right
    assert not Number(target)(target / factor).right


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(...),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(ANYTHING)
def test_no_answer_breaks_a_judge(answer):
    judges = [
        Number("3 GB"), Number(0.5), Choice("a", {"b": "no"}), Chosen({"a": "yes"}, {"b": "no"}),
        Values([1.0, 2.0]), Values({"a": 1}), Function(len, [("x",)]), All({"x": Number(1)}),
    ]  # fmt: skip
    for judge in judges:
        verdict = judge(answer)
        assert isinstance(verdict, Verdict)
        assert verdict.says


def test_choices_have_their_reasons():
    judge = Chosen({"a": "yes", "b": "yes"}, {"c": "it is late."})
    assert judge(["a", "b"]).right
    assert "1 more belongs" in judge(["a"]).says
    assert "it is late" in judge(["a", "c"]).says
    assert "none of the options" in judge(["d"]).says


def test_values_name_shape_order_and_nan():
    judge = Values(np.array([3.0, 1.0, 2.0]))
    assert judge(pd.Series([3, 1, 2])).right
    assert "order" in judge([1, 2, 3]).says
    assert "NaN" in judge([3.0, np.nan, 2.0]).says
    assert "shape" in judge(np.ones((3, 2))).says
    assert "first at position 1" in judge([3, 9, 2]).says


def endless(x):
    while True:
        pass


def test_a_function_is_judged_by_what_it_does():
    judge = Function(
        sorted, [([2, 1],), ([3, 1, 2],)], causes={"Descending.": lambda x: sorted(x)[::-1]}
    )
    assert judge(lambda x: sorted(x)).right
    assert judge(lambda x: sorted(x)[::-1]).says == "Descending."
    assert "ZeroDivisionError" in judge(lambda x: 1 / 0).says
    assert "Right for 1 of 2" in judge(lambda x: [1, 2]).says
    assert "A function is wanted" in judge(3).says


def stub(x): ...


def unwritten(x):
    raise NotImplementedError


@pytest.mark.parametrize("function", [stub, lambda x: x.sort(), lambda x: ...])
def test_a_function_that_returns_nothing_for_any_input_is_no_answer_yet(function):
    verdict = Function(sorted, [([2, 1],), ([3, 1, 2],)])(function)
    assert verdict == Verdict(
        False,
        "There is no answer yet: the function returns nothing; if it is written, is `return` "
        "missing?",
        answered=False,
    )


def test_a_function_that_returns_nothing_for_some_inputs_is_told_which():
    judge = Function(abs, [(1,), (-2,), (3,)])
    verdict = judge(lambda x: x if x > 0 else None)
    assert verdict == Verdict(False, "It returns nothing for (-2): is `return` missing?")


@pytest.mark.parametrize("answer", [..., None, unwritten, {"a": ..., "b": None}])
def test_no_answer_yet_is_not_a_wrong_one(answer):
    parts = All({"a": Choice("x", {}), "b": Chosen({"y": ""}, {})})
    judge = parts if isinstance(answer, dict) else Function(abs, [(1,)])
    assert not judge(answer).answered
    assert not judge(answer).right


def test_one_part_that_is_answered_makes_an_answer():
    judge = All({"a": Choice("x", {"w": "no"}), "b": Chosen({"y": ""}, {})})
    assert judge({"a": "x", "b": ...}).answered
    assert judge({"a": ..., "b": ["y"]}).says.startswith("a: There is no answer yet")


def test_a_loop_that_never_ends_is_told():
    judge = Function(abs, [(1,)], limit_s=0.1)
    assert "never ends" in judge(endless).says


def test_a_function_cannot_change_the_inputs_of_the_next_judgement():
    judge = Function(len, [([1, 2],)])

    def clears(x):
        n = len(x)
        x.clear()
        return n

    assert judge(clears).right
    assert judge(clears).right


def test_parts_are_judged_in_order():
    judge = All({"choice": Choice("a", {"b": "no"}), "why": Chosen({"x": "y"}, {})})
    assert judge({"choice": "a", "why": ["x"]}).right
    assert judge({"choice": "b", "why": ["x"]}).says == "choice: no"
    assert judge({"choice": "a"}).says == "'why' is missing."
