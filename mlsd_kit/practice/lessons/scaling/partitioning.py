"""What a table is partitioned by, what a new shard moves, and the look-up on a ring: S2."""

from __future__ import annotations

import bisect
import math

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.values import Function, Values
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "S2.column",
    hints=[
        "Which column stands in the condition of nearly every query?",
        "How many folders does each make in a year, and how many rows are in one?",
        "Is a reason true of the column that you chose? Weekends have fewer clicks than Mondays.",
    ],
)
def column() -> Judge:
    """The column to partition a click log by, and why."""
    return All(
        {
            "column": Choice(
                "day",
                {
                    "user_id": "50 million folders of small files each: the queries for a day "
                    "would open every one of them.",
                    "timestamp": "Nearly each value has a partition of its own, of a row or two.",
                    "country": "Only 30 partitions, which grow for ever, and a query for one day "
                    "reads all days: it prunes at most a second level, below the day.",
                },
                "Days are named by the queries, are few, and are dropped whole when they are old.",
            ),
            "because": Chosen(
                {
                    "nearly every query names it": "Only what the query names can be pruned by.",
                    "it has few values, each with many rows": "Large files, few of them.",
                    "old partitions are dropped whole": "Retention without rewriting a file.",
                },
                {
                    "all partitions get the same number of rows": "days differ, and a partition "
                    "need not be even to be pruned; shards of a running job need to be.",
                    "deletions by user then touch one partition": "a user has rows on many days. "
                    "Sort or bucket by user within the day for that.",
                },
            ),
        }
    )


@exercise(
    "S2.moved",
    hints=[
        "On a ring only what the new servers take moves: their share of all servers.",
        "By modulo a key stays when hash mod 20 equals hash mod 25. How often is that?",
        "Both repeat after the least common multiple, 100: in 0 to 99, which remainders agree?",
    ],
)
def moved(before: int, after: int) -> Judge:
    """Share of the keys that moves when servers are added, by modulo and on a ring."""
    period = math.lcm(before, after)
    stay = sum(h % before == h % after for h in range(period)) / period
    more = after - before
    right = {"modulo": 1 - stay, "ring": more / after}
    return Values(
        right,
        rtol=0.005,
        causes={
            "The two are exchanged: the ring is the one that moves little.": {
                "modulo": right["ring"],
                "ring": right["modulo"],
            },
            "Those are the shares that stay where they are.": {
                "modulo": stay,
                "ring": 1 - more / after,
            },
            "n / (n + 1) holds for one server more; for several, count the remainders that agree "
            "up to the least common multiple.": {
                "modulo": before / (before + 1),
                "ring": right["ring"],
            },
            "On the ring the new servers take their share of *all* servers, new ones included: "
            "divide by the number afterwards.": {
                "modulo": right["modulo"],
                "ring": more / before,
            },
            "1 / (n + 1) is for one server more; here several come.": {
                "modulo": right["modulo"],
                "ring": 1 / (before + 1),
            },
        },
    )


def _at_or_after(position: int, points: list[int], owners: list[str]) -> str:
    return owners[bisect.bisect_left(points, position) % len(owners)]


def _strictly_after(position: int, points: list[int], owners: list[str]) -> str:
    return owners[bisect.bisect_right(points, position) % len(owners)]


def _before(position: int, points: list[int], owners: list[str]) -> str:
    return owners[bisect.bisect_right(points, position) - 1]


def _nearest(position: int, points: list[int], owners: list[str]) -> str:
    return owners[min(range(len(points)), key=lambda i: abs(points[i] - position))]


def _no_turn(position: int, points: list[int], owners: list[str]) -> str:
    return owners[min(bisect.bisect_left(points, position), len(owners) - 1)]


def _by_remainder(position: int, points: list[int], owners: list[str]) -> str:
    return owners[position % len(owners)]


@exercise(
    "S2.shard",
    hints=[
        "The points are sorted: where would the position be inserted?",
        "`bisect.bisect_left(points, position)` gives the first point at or after it.",
        "Behind the last point that is len(points): a remainder leads back to the first.",
    ],
)
def shard() -> Judge:
    """The shard of a position on a ring of points."""
    points, owners = [10, 25, 40, 70, 90], ["a", "b", "a", "c", "b"]
    inputs = [(p, points, owners) for p in (0, 10, 11, 26, 40, 41, 69, 71, 90, 95)]
    return Function(
        _at_or_after,
        [*inputs, (5, [50], ["x"])],
        causes={
            "A position at a point itself belongs to that point.": _strictly_after,
            "That is the point before; a key goes on to the next.": _before,
            "That is the nearest point. Then a new point would take keys of both neighbours; a key "
            "goes on in one direction.": _nearest,
            "Behind the last point comes the first: it is a ring.": _no_turn,
            "That is modulo, which a new point would tear up; the points' positions decide.": (
                _by_remainder
            ),
        },
    )
