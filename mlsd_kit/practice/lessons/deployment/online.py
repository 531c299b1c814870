"""Online learning: P14."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


class RunningRate:
    """A model that predicts the rate seen so far: (events + 1) / (rows + 2)."""

    def __init__(self) -> None:
        self.events, self.rows = 1.0, 2.0

    def predict(self, x: object) -> float:
        """The rate so far."""
        return self.events / self.rows

    def learn(self, x: object, y: int) -> None:
        """Count a row."""
        self.events += y
        self.rows += 1


Stream = Iterable[tuple[object, int]]


def _by_cumulative_sums(model: Any, stream: Stream) -> list[float]:
    y = np.array([label for _, label in stream], dtype=float)
    rates = (1 + np.concatenate([[0.0], y.cumsum()[:-1]])) / (2 + np.arange(len(y)))
    return [float(loss) for loss in (y - rates) ** 2]


def _learns_first(model: Any, stream: Stream) -> list[float]:
    losses = []
    for x, y in stream:
        model.learn(x, y)
        losses.append((y - model.predict(x)) ** 2)
    return losses


def _never_learns(model: Any, stream: Stream) -> list[float]:
    return [(y - model.predict(x)) ** 2 for x, y in stream]


def _at_the_end(model: Any, stream: Stream) -> list[float]:
    rows = list(stream)
    for x, y in rows:
        model.learn(x, y)
    return _never_learns(model, rows)


@exercise(
    "P14.loop",
    hints=[
        "For each row three things happen; only one order of them is honest.",
        "Predict, note (y - p)², then learn.",
        "`for x, y in stream: p = model.predict(x); losses.append((y - p) ** 2); "
        "model.learn(x, y)`.",
    ],
    also=["E11"],
)
def loop() -> Judge:
    """Progressive validation: the squared loss of each row of a stream, predicted before it."""
    streams = ([1, 0, 0, 1, 1], [0, 0, 0, 0, 1, 0], [1])
    return Function(
        _by_cumulative_sums,
        [(RunningRate(), [(None, y) for y in labels]) for labels in streams],
        causes={
            "It learns before it predicts: the model has seen the answer, and every loss is "
            "flattered.": _learns_first,
            "It never learns: that is a fixed model on the stream.": _never_learns,
            "It predicts with the model of the end of the stream, which has seen every row.": (
                _at_the_end
            ),
            "The losses are to be squared: (y - p)².": lambda model, stream: list(
                np.sqrt(_by_cumulative_sums(model, stream))
            ),
            "That is their mean; a list with the loss of each row is wanted.": (
                lambda model, stream: float(np.mean(_by_cumulative_sums(model, stream)))
            ),
        },
    )


@exercise(
    "P14.back",
    hints=[
        "The alarm comes later than the trouble: batches between them have been learned.",
        "Which snapshots cannot have learned a row of the suspected stretch?",
        "The largest position that is not above `began`.",
    ],
)
def back(positions: Sequence[int], began: int, alarm: int) -> Judge:
    """The position of the snapshot to go back to, after an alarm."""
    kept = sorted(int(position) for position in positions)
    clean = [position for position in kept if position <= began]
    right = clean[-1]
    causes: dict[str, float] = {}
    if (latest := kept[-1]) != right:
        causes[
            "That is the newest snapshot. It has learned part of the suspected stretch: the alarm "
            "comes later than the trouble."
        ] = latest
    if (first := kept[0]) != right:
        causes[
            "That one is clean, and so are later ones: all good rows since then would have to be "
            "learned again."
        ] = first
    causes["There is no snapshot at that row; go back to one that was stored."] = began
    causes["That is where the alarm was raised, not a snapshot."] = alarm
    for nearest in kept:
        if nearest > began and nearest != latest:
            causes[
                f"The snapshot at {nearest:,} has learned rows after the trouble began ({began:,})."
            ] = nearest
    causes = {says: row for says, row in causes.items() if row != right}
    return Number(right, rtol=0.0, causes=causes)
