"""What a query reads: D7."""

from __future__ import annotations

from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.verdicts import Judge
from mlsd_kit.units import Quantity


@exercise(
    "D7.query",
    hints=[
        "Three things decide: the days that are touched, the bytes of a day, the column's share.",
        "Partitions by day leave the other days unread; columns leave the other columns unread.",
        "`per_day * days * share`.",
    ],
)
def query(per_day: Quantity, days: Quantity, share: float, kept: Quantity) -> Judge:
    """How much does a query on one column over some days read, of all the days that are kept?"""
    right = per_day * days * share
    return Number(
        right,
        causes={
            "That reads every column: a columnar file has them apart.": per_day * days,
            "That reads all the days that are kept: the folders by day leave the others unread.": (
                per_day * kept * share
            ),
            "That is for one day.": right / days.magnitude,
            "That is the whole log, all days and all columns.": per_day * kept,
        },
    )
