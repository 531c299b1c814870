"""Speed-up, all-reduce, shuffling, and a model that is split: S3 and S4."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlsd_kit.practice.choices import All, Choice
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "S3.amdahl",
    hints=[
        "Part of the time does not shrink with the workers: minutes(n) = serial + divided / n.",
        "Two measurements, two unknowns: serial + divided = one, serial + divided / 2 = two.",
        "divided = 2 · (one - two), serial = one - divided.",
    ],
)
def amdahl(one: float, two: float, workers: int) -> Judge:
    """Minutes that a training takes on many workers, from its minutes on one and on two."""
    shares = np.array([[1, 1], [1, 1 / 2]])
    serial, divided = np.linalg.solve(shares, np.array([one, two]))
    right = float(serial + divided / workers)
    doublings = np.log2(workers)
    return Number(
        right,
        rtol=0.01,
        causes={
            "That is as if all of it were divided. The second worker did not halve the time, so "
            "part of it is not.": one / workers,
            "That divides the time on two workers further, as if from there on nothing were "
            "serial.": 2 * two / workers,
            "That takes the gain of the first doubling for every further one; it shrinks, for the "
            "serial part stays.": one * (two / one) ** doublings,
            "That is the speed-up; the minutes are wanted.": one / right,
            "That is the serial part, the limit for ever more workers; the divided part over "
            "the workers comes on top.": 2 * two - one,
        },
    )


@exercise(
    "S3.all_reduce",
    hints=[
        "A parameter of 32 bits is 4 bytes; a network's gigabits are 8 to a gigabyte.",
        "In a ring every worker sends 2 (n - 1) / n times the gradient.",
        "seconds = 2 (n - 1) / n · 4 · parameters / (bits per second / 8).",
    ],
)
def all_reduce(parameters: float, workers: int, bits_per_s: float) -> Judge:
    """Seconds of a ring all-reduce of a gradient of 32-bit numbers, by its bytes alone."""
    part = 4 * parameters / workers
    rounds = 2 * (workers - 1)
    right = rounds * part * 8 / bits_per_s
    return Number(
        right,
        rtol=0.01,
        causes={
            "That is half of it: after the sums are made (n - 1 rounds) they are handed round "
            "(n - 1 more).": right / 2,
            "The network is given in bits, the parameters are bytes: 8 bits to a byte.": right / 8,
            "That is one gradient over the wire. In a ring every worker sends 2 (n - 1) / n "
            "gradients.": 32 * parameters / bits_per_s,
            "That sends every gradient to one worker over its one link. In a ring the parts "
            "travel at the same time.": (workers - 1) * 32 * parameters / bits_per_s,
            "That grows with the workers: 2 (n - 1) whole gradients. In each round only an n-th "
            "part is sent.": rounds * 32 * parameters / bits_per_s,
            "A parameter of 32 bits is 4 bytes.": right / 4,
        },
    )


@exercise(
    "S3.flaw",
    hints=[
        "Follow one row through a pass: which workers may take it?",
        "Each worker cuts its part out of another order; nothing makes the parts disjoint.",
        "A worker leaves a row out with probability 1 - 1/n; all of them with that to the n-th.",
    ],
)
def flaw(workers: int) -> Judge:
    """What is wrong with a data-parallel training, and the share of rows that a pass leaves out."""
    left_out = (1 - 1 / workers) ** workers
    return All(
        {
            "flaw": Choice(
                "every worker shuffles by its own seed and then takes its part",
                {
                    "all workers start from the same parameters": "They have to: from different "
                    "ones their averaged gradients belong to no model.",
                    "the gradients are averaged, not summed": "The average over equal parts is "
                    "the gradient of the whole batch, as it should be.",
                    "the workers wait for each other in every step": "That is what synchronous "
                    "means. It costs time, not quality.",
                },
                "The parts overlap: one order for all, a part for each.",
            ),
            "left_out": Number(
                left_out,
                rtol=0.02,
                causes={
                    "That is the share that is taken at least once.": 1 - left_out,
                    "That is the share that one worker leaves out; a row is lost when all of them "
                    "leave it out.": 1 - 1 / workers,
                    "Some rows are taken twice, so others are not at all.": 0.0,
                    "That is the share that one worker takes.": 1 / workers,
                },
            ),
        }
    )


def _parts(
    x: np.ndarray, w1: np.ndarray, w2: np.ndarray, workers: int, relu: bool = True
) -> list[np.ndarray]:
    hidden = np.array_split(np.arange(w1.shape[1]), workers)
    products = [(x @ w1[:, units], w2[units]) for units in hidden]
    return [(np.maximum(h, 0) if relu else h) @ w for h, w in products]


def _by_rows(x: np.ndarray, w1: np.ndarray, w2: np.ndarray, workers: int) -> list[np.ndarray]:
    inputs = np.array_split(np.arange(len(w1)), workers)
    return [np.maximum(x[:, one] @ w1[one], 0) @ w2 for one in inputs]


def _whole(x: np.ndarray, w1: np.ndarray, w2: np.ndarray, workers: int) -> np.ndarray:
    return np.maximum(x @ w1, 0) @ w2


def _linear(x: np.ndarray, w1: np.ndarray, w2: np.ndarray, workers: int) -> list[np.ndarray]:
    return _parts(x, w1, w2, workers, relu=False)


def _late(x: np.ndarray, w1: np.ndarray, w2: np.ndarray, workers: int) -> list[np.ndarray]:
    return [np.maximum(part, 0) for part in _linear(x, w1, w2, workers)]


def _shared(x: np.ndarray, w1: np.ndarray, w2: np.ndarray, workers: int) -> list[np.ndarray]:
    return [_whole(x, w1, w2, workers) / workers] * workers


def _layers(seed: int, workers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    random = np.random.default_rng(seed)
    shapes: Sequence[tuple[int, int]] = [(3, 4), (4, 4 * workers), (4 * workers, 2)]
    x, w1, w2 = (random.normal(size=shape) for shape in shapes)
    return x, w1, w2, workers


@exercise(
    "S4.split",
    hints=[
        "A hidden unit needs all inputs, and is alone in its ReLU: give each worker some units.",
        "The units are columns of `w1` and rows of `w2`: `np.split(w1, workers, axis=1)` and "
        "`np.split(w2, workers, axis=0)`.",
        "Each worker: `np.maximum(x @ a, 0) @ b` of its two parts; no sum yet.",
    ],
)
def split() -> Judge:
    """What each worker contributes to two dense layers with a ReLU between, before the sum."""
    return Function(
        _parts,
        [_layers(1, 2), _layers(2, 4), _layers(3, 1)],
        causes={
            "That cuts `w1` by rows: each worker has a part of every unit's sum, and the ReLU of "
            "a part is not the part of a ReLU. It would need an all-reduce before it.": _by_rows,
            "The ReLU between the layers is missing.": _linear,
            "The ReLU stands between the layers, not after the second.": _late,
            "That is the sum already; what each worker adds to it is wanted, as a list.": _whole,
            "Each of these is computed from the whole model, which fits on no worker.": _shared,
        },
    )
