"""Judging arrays, tables and functions by their values."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mlsd_kit.practice.limits import TookTooLong, time_limit
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.verdicts import Verdict, kind_of, no_answer, short
from mlsd_kit.units import UnitError

FUNCTION_LIMIT_S = 2.0
NOTHING = "There is no answer yet: the function returns nothing"


@dataclass(frozen=True)
class Values:
    """Judges an array, a series, a list or a mapping, element by element.

    Args:
        expected: the right values.
        rtol: relative tolerance of numbers.
        causes: what is said → the wrong values that come of it.

    >>> judge = Values([3, 1, 2], causes={"In ascending order.": [1, 2, 3]})
    >>> judge(np.array([3, 1, 2])).right, judge([1, 2, 3]).says
    (True, 'In ascending order.')
    >>> judge([3, 1]).says
    '3 values are wanted, not 2.'
    """

    expected: Any
    rtol: float = 1e-6
    causes: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, answer: Any) -> Verdict:
        """The verdict."""
        if early := no_answer(answer):
            return early
        if same(answer, self.expected, self.rtol):
            return Verdict(True, "Right.")
        for says, value in self.causes.items():
            if same(answer, value, self.rtol):
                return Verdict(False, says)
        return Verdict(False, difference(answer, self.expected, self.rtol))


@dataclass(frozen=True)
class Function:
    """Judges a function by what it returns for some inputs.

    Args:
        reference: the right function.
        inputs: arguments of each call; the learner's function gets copies.
        rtol: relative tolerance of numbers.
        causes: what is said → a function with that mistake.
        limit_s: seconds that a call may take.

    >>> judge = Function(max, [((1, 2),), ((3, 0),)], causes={"That is the smallest.": min})
    >>> judge(lambda pair: max(pair)).right, judge(lambda pair: min(pair)).says
    (True, 'That is the smallest.')
    >>> judge(lambda pair: 1 / 0).says
    'It raises ZeroDivisionError (division by zero) for ((1, 2)).'
    """

    reference: Callable[..., Any]
    inputs: Sequence[tuple[Any, ...]]
    rtol: float = 1e-6
    causes: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    limit_s: float = FUNCTION_LIMIT_S

    def __call__(self, answer: Any) -> Verdict:
        """The verdict."""
        if early := no_answer(answer):
            return early
        if not callable(answer):
            return Verdict(False, f"A function is wanted, not {kind_of(answer)}.")
        returned = self._returned(answer)
        if isinstance(returned, Verdict):
            return returned
        nothing = [i for i, value in enumerate(returned) if value is None or value is ...]
        if len(nothing) == len(returned):
            return Verdict(False, f"{NOTHING}; if it is written, is `return` missing?", False)
        if nothing:
            shown = _shown(self.inputs[nothing[0]])
            return Verdict(False, f"It returns nothing for {shown}: is `return` missing?")
        expected = [self.reference(*copy.deepcopy(arguments)) for arguments in self.inputs]
        wrong = [
            i
            for i, pair in enumerate(zip(returned, expected, strict=True))
            if not same(*pair, self.rtol)
        ]
        if not wrong:
            return Verdict(True, f"Right, for {len(expected)} of {len(expected)} inputs.")
        for says, mistaken in self.causes.items():
            values = [mistaken(*copy.deepcopy(arguments)) for arguments in self.inputs]
            if all(same(a, b, self.rtol) for a, b in zip(returned, values, strict=True)):
                return Verdict(False, says)
        told = difference(returned[wrong[0]], expected[wrong[0]], self.rtol)
        right = f"Right for {len(expected) - len(wrong)} of {len(expected)} inputs."
        return Verdict(False, f"{right} For {_shown(self.inputs[wrong[0]])}: {told}")

    def _returned(self, answer: Callable[..., Any]) -> list[Any] | Verdict:
        """What it returns for each input, or the verdict when it does not come that far."""
        returned = []
        for arguments in self.inputs:
            shown = _shown(arguments)
            try:
                with time_limit(self.limit_s):
                    returned.append(answer(*copy.deepcopy(arguments)))
            except TookTooLong:
                return Verdict(
                    False,
                    f"It did not come to an end in {self.limit_s:g} s for {shown}: "
                    "is there a loop that never ends?",
                )
            except NotImplementedError:
                return Verdict(False, "There is no answer yet: the function is not written.", False)
            except Exception as error:
                first = str(error).splitlines()[0] if str(error) else ""
                return Verdict(False, f"It raises {type(error).__name__} ({first}) for {shown}.")
        return returned


def _shown(arguments: tuple[Any, ...]) -> str:
    return f"({', '.join(short(argument) for argument in arguments)})"


def same(a: Any, b: Any, rtol: float) -> bool:
    """Whether two answers agree: numbers within a tolerance, all else exactly."""
    try:
        a, b = _plain(a), _plain(b)
        if isinstance(b, Mapping):
            return (
                isinstance(a, Mapping)
                and {str(k) for k in a} == {str(k) for k in b}
                and all(
                    same({str(k): v for k, v in a.items()}[str(k)], v, rtol) for k, v in b.items()
                )
            )
        if isinstance(b, str | bool) or isinstance(a, str):
            return type(a) is type(b) and a == b
        if hasattr(b, "magnitude"):
            return hasattr(a, "magnitude") and same(a.to(b.units).magnitude, b.magnitude, rtol)
        first, second = np.asarray(a), np.asarray(b)
        if first.shape != second.shape:
            return False
        if second.dtype.kind in "OUSb":
            return bool((first == second).all())
        return bool(np.allclose(first.astype(float), second, rtol=rtol, atol=1e-9, equal_nan=True))
    except (TypeError, ValueError, UnitError):
        return False


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Series | pd.DataFrame | pd.Index):
        return value.to_numpy()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value


def difference(answer: Any, expected: Any, rtol: float) -> str:
    """What is wrong with an answer that is not the expected one."""
    answer, expected = _plain(answer), _plain(expected)
    if isinstance(expected, int | float) and not isinstance(expected, bool):
        return Number(expected, rtol)(answer).says
    if isinstance(expected, Mapping):
        if not isinstance(answer, Mapping):
            return f"A dictionary is wanted, not {kind_of(answer)}."
        wrong = [k for k in expected if k not in answer or not same(answer[k], expected[k], rtol)]
        return f"Not right for {wrong[0]!r}." if wrong else "There are names that do not belong."
    if isinstance(expected, list | np.ndarray):
        if isinstance(answer, str | Mapping) or not hasattr(answer, "__len__"):
            return f"A list or an array is wanted, not {kind_of(answer)}."
        if len(answer) != len(expected):
            return f"{len(expected)} values are wanted, not {len(answer)}."
        try:
            first, second = np.asarray(answer), np.asarray(expected)
        except ValueError:
            return "Its parts are of different lengths."
        if first.shape != second.shape:
            return f"The shape is {first.shape}; {second.shape} is wanted."
        if first.dtype.kind == "f" and np.isnan(first).any() and second.dtype.kind in "fi":
            return f"{int(np.isnan(first).sum())} of {first.size} values are NaN."
        if first.dtype.kind not in "fiub" and second.dtype.kind in "fi":
            return "Numbers are wanted."
        if first.ndim == 1 and same(sorted(first.tolist()), sorted(second.tolist()), rtol):
            return "The values are right, but not their order."
        wrong = [
            i for i, (a, b) in enumerate(zip(first, second, strict=True)) if not same(a, b, rtol)
        ]
        return f"{len(wrong)} of {len(second)} values are wrong, the first at position {wrong[0]}."
    return f"Not right: {short(answer)}."
