"""Endless series of tasks that a seed gives again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def source(drill: str, seed: int, number: int) -> random.Random:
    """What chance decides in one task; the same for the same drill, seed and number.

    >>> source("estimate", 1, 0).random() == source("estimate", 1, 0).random()
    True
    """
    return random.Random(f"{drill} {seed} {number}")


def nth(choices: Sequence[T], drill: str, seed: int, number: int) -> T:
    """The choice of task so and so: each comes once in a round, in an order of the round's own.

    >>> sorted(nth("abc", "letters", 7, number) for number in range(3, 6))
    ['a', 'b', 'c']
    """
    turn, place = divmod(number, len(choices))
    order = list(choices)
    source(f"{drill} round", seed, turn).shuffle(order)
    return order[place]
