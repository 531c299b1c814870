"""Router, shadow, canary and A/B test: P10, P11 and P12."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from mlsd_kit.evaluation import sample_size
from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.limits import TookTooLong, time_limit
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import NOTHING
from mlsd_kit.practice.verdicts import Judge, Verdict, kind_of, no_answer

UNITS = [f"user-{number}" for number in range(10_000)]
CHANCE = 1e-6
LIMIT_S = 10.0


@dataclass(frozen=True)
class SplitJudge:
    """Judges a function of (unit, salt, share) by what a split has to be, not by its values."""

    def __call__(self, answer: Any) -> Verdict:
        """The verdict."""
        if early := no_answer(answer):
            return early
        if not callable(answer):
            return Verdict(False, f"A function is wanted, not {kind_of(answer)}.")
        try:
            with time_limit(LIMIT_S):
                return self._judged(answer)
        except TookTooLong:
            return Verdict(False, f"It takes more than {LIMIT_S:g} s for some 50,000 users.")
        except Exception as error:
            return Verdict(False, f"It raises {type(error).__name__} ({error}).")

    def _judged(self, split: Callable[..., Any]) -> Verdict:
        first = [split(unit, "one", 0.25) for unit in UNITS]
        if all(value is None or value is ... for value in first):
            return Verdict(False, f"{NOTHING}; if it is written, is `return` missing?", False)
        if not all(isinstance(value, bool | np.bool_) for value in first):
            return Verdict(False, "True or False is wanted for each unit.")
        inside = np.array(first, dtype=bool)
        if problem := self._unsteady(split, inside) or _wrong_share(inside, 0.25):
            return Verdict(False, problem)
        other = np.array([split(unit, "two", 0.25) for unit in UNITS], dtype=bool)
        if problem := _dependent(inside, other) or self._not_nested(split):
            return Verdict(False, problem)
        return Verdict(
            True,
            f"Right: {inside.mean():.1%} of {len(UNITS):,} users for 25 %, always the same ones, "
            "and another salt draws anew.",
        )

    def _unsteady(self, split: Callable[..., Any], inside: np.ndarray) -> str:
        again = np.array([split(unit, "one", 0.25) for unit in UNITS], dtype=bool)
        if (again != inside).any():
            return (
                f"{(again != inside).sum():,} of {len(UNITS):,} users changed sides when asked "
                "again: a split has to stick."
            )
        with _other_hash():
            elsewhere = np.array([split(unit, "one", 0.25) for unit in UNITS], dtype=bool)
        if (elsewhere != inside).any():
            return (
                "Python's `hash` of a text differs from process to process: after a restart, or "
                "on the next server, the same user is on the other side."
            )
        return ""

    def _not_nested(self, split: Callable[..., Any]) -> str:
        small, large = (
            np.array([split(unit, "one", share) for unit in UNITS], dtype=bool)
            for share in (0.05, 0.25)
        )
        left = int((small & ~large).sum())
        if left:
            return (
                f"{left} of the users who are in at 5 % are out at 25 %: they flip when it grows."
            )
        return _wrong_share(small, 0.05)


def _wrong_share(inside: np.ndarray, share: float) -> str:
    p = stats.binomtest(int(inside.sum()), len(inside), share).pvalue
    if p >= CHANCE:
        return ""
    if stats.binomtest(int((~inside).sum()), len(inside), share).pvalue >= CHANCE:
        return f"Upside down: {inside.mean():.1%} are in the treatment, for a share of {share:.0%}."
    return f"{inside.mean():.1%} are in the treatment, for a share of {share:.0%}."


def _dependent(one: np.ndarray, two: np.ndarray) -> str:
    if (one == two).all():
        return (
            "The salt has no effect: the same users are in the treatment of every experiment, and "
            "carry what the last one did to them into the next."
        )
    table = [[int((one & two).sum()), int((one & ~two).sum())]]
    table += [[int((~one & two).sum()), int((~one & ~two).sum())]]
    if stats.chi2_contingency(table).pvalue < CHANCE:
        return "Two salts give splits that depend on each other: hash salt and unit together."
    return ""


@contextmanager
def _other_hash() -> Iterator[None]:
    """`hash` as another process would have it."""
    own = builtins.hash
    builtins.hash = lambda value: own(("another process", value))
    try:
        yield
    finally:
        builtins.hash = own


@exercise(
    "P10.split",
    hints=[
        "What is random between users and the same for one user, in every process?",
        "A cryptographic hash of salt and unit, read as a number in [0, 1).",
        "`int.from_bytes(hashlib.sha256(f'{salt}:{unit}'.encode()).digest()[:6], 'big') / 2**48 "
        "< share`",
    ],
    also=["P12"],
)
def split() -> Judge:
    """A split of units that sticks, is uniform, and is independent between salts."""
    return SplitJudge()


@exercise(
    "P11.shadow",
    hints=[
        "A shadow sees what the champion sees, and answers. What happens to its answers?",
        "Whatever needs that somebody *gets* the answer cannot show.",
    ],
)
def shadow() -> Judge:
    """What a shadow cannot tell."""
    return Chosen(
        {
            "whether users like the new answers": "nobody gets them",
            "a feedback loop through what is shown": "nothing of it is shown",
        },
        {
            "a memory leak under full load": "a shadow gets the full traffic, and leaks as it "
            "would in service.",
            "a feature that the service misses": "it is missing in the copies too: they are "
            "refused, or diverge.",
            "that the new model shifts all scores": "that is the first line of the report, the "
            "ratio of the mean predictions.",
            "that the new model is too slow": "its answers are timed like any others.",
        },
    )


@exercise(
    "P11.canary",
    hints=[
        "No error in n answers has the probability (1 − rate)ⁿ; that should be 5 %.",
        "n = ln 0.05 / ln(1 − rate), or about 3 / rate: the rule of three.",
        "Those are the canary's answers; it gets only the share of the requests.",
    ],
    also=["P12"],
)
def canary(share: float, rate: float) -> Judge:
    """Requests to the router until the canary has shown an error with 95 %."""
    answers = math.log(0.05) / math.log1p(-rate)
    return Number(
        answers / share,
        rtol=0.03,
        causes={
            "Those are the canary's own answers; it gets only a share of the router's "
            "requests.": answers,
            "By then *one* error is expected; with 37 % it has not come. For 95 % it takes about "
            "three times as many.": 1 / rate / share,
            "(1 − rate)ⁿ is the chance of *no* error; that should be 5 %, not 95 %.": math.log(0.95)
            / math.log1p(-rate)
            / share,
            "The share divides: a smaller canary needs more requests.": answers * share,
        },
    )


@exercise(
    "P12.size",
    hints=[
        "The variance of the difference is σ² (1/n₁ + 1/n₂).",
        "With N in all, n₁ = share · N and n₂ = (1 − share) · N.",
        "N = (1.96 + 0.84)² · rate (1 − rate) · (1/share + 1/(1 − share)) / (lift · rate)².",
    ],
)
def size(rate: float, lift: float, share: float) -> Judge:
    """Requests of both arms together, when the arms are not equal."""
    each = sample_size(rate, lift)
    right = each / 2 * (1 / share + 1 / (1 - share))
    return Number(
        right,
        within=1.2,
        causes={
            "That is for two equal arms. The small arm has most of the variance, and sets the "
            "size.": 2 * each,
            "That is one of two equal arms; both together are asked for, and they are not "
            "equal.": each,
            "The small arm need not be as large as one of two equal arms: the other one is "
            "larger, and the variance of a difference is σ² (1/n₁ + 1/n₂).": each / share,
            "The lift is relative: the absolute difference is lift × rate.": right * rate**2,
            "δ is not squared.": right * lift * rate,
        },
    )


@exercise(
    "P12.flaw",
    hints=[
        "How large may the difference of two halves of a million be by chance? √1,000,000 / 2 = "
        "500 is the standard deviation of one.",
        "Who is assigned, and who is it that rates?",
    ],
    also=["P10"],
)
def flaw() -> Judge:
    """What is wrong with a test, and what is looked into first."""
    return All(
        {
            "first": Choice(
                "why the arms differ in size",
                {
                    "why it took nine days": "That is the least of it: first, who is in the arms?",
                    "whether 0.03 is small enough": "No p-value means anything while the arms "
                    "differ by what is not chance.",
                },
                "6 standard deviations: something loses users of one arm, and not at random.",
            ),
            "flaws": Chosen(
                {
                    "the sizes cannot be chance": "6 standard deviations",
                    "a user was in both arms": "requests were split, and users rate",
                    "every look is another chance": "of p < 0.05",
                },
                {
                    "too few requests": "a million is a lot; what is wrong does not go away with "
                    "more.",
                    "the arms should differ in size": "equal arms are best for power; here they "
                    "were planned equal, and are not.",
                },
            ),
        }
    )
