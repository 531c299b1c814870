"""Aggregates over sliding windows: one definition, computed over a log or event by event.

A window of h hours at an event at time t holds the *earlier* events of the same entity whose time
is in (t − h, t]: the event itself is never in it, nor is a later one. Events at the same time are
ordered by their place in the log. `window_features` computes this over a whole log for training,
`WindowState` event by event for serving; both give the same integers.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Window:
    """One feature: an aggregate over an entity's events of the last hours.

    Attributes:
        name: of the feature.
        by: the column that names the entity, or several columns that do together.
        hours: length of the window.
        kind: ``count`` of events, ``sum`` of a column, or ``distinct`` values of a column.
        of: that column; for ``sum`` it holds integers (cents, not euros), because a running sum of
            floats would depend on the order in which events come and go.
    """

    name: str
    by: str | tuple[str, ...]
    hours: float
    kind: Literal["count", "sum", "distinct"] = "count"
    of: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ("count", "sum", "distinct"):
            raise ValueError(f"{self.name}: kind is count, sum or distinct, not {self.kind!r}")
        if not self.hours > 0:
            raise ValueError(f"{self.name}: a window needs hours above 0, not {self.hours}")
        if (self.kind == "count") == bool(self.of):
            raise ValueError(f"{self.name}: 'of' names a column for sum and distinct only")

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that name the entity."""
        return (self.by,) if isinstance(self.by, str) else self.by


def window_features(
    events: pd.DataFrame, windows: Sequence[Window], time: str = "time_h"
) -> pd.DataFrame:
    """Compute windows for every event of a log, as they were at that event.

    Args:
        events: in order of time, n rows.
        windows: what to compute.
        time: the column of times, in hours.

    Returns:
        int64, shape (n, windows), with the log's index. Time and memory grow as n log n, however
        many events a window holds.

    Raises:
        ValueError: when the log is not in order of time, an entity or a value is missing, or a sum
            is of a column without integers.

    >>> log = pd.DataFrame({"time_h": [0.0, 0.5, 1.5], "card": [7, 7, 7]})
    >>> window_features(log, [Window("last_hour", "card", 1)])["last_hour"].tolist()
    [0, 1, 0]
    """
    times = events[time].to_numpy(float)
    if not (np.diff(times) >= 0).all():
        raise ValueError(f"events are not in order of {time}")
    distinct_times, moment = np.unique(times, return_inverse=True)
    layouts: dict[tuple[str, ...], _Layout] = {}
    features = {}
    for window in windows:
        if window.keys not in layouts:
            layouts[window.keys] = _Layout.of(_codes(events, window.keys), moment)
        layout = layouts[window.keys]
        border = np.searchsorted(distinct_times, times - window.hours, side="right")
        features[window.name] = layout.aggregate(events, window, border)
    return pd.DataFrame(features, index=events.index)


class WindowState:
    """The same windows for a stream: ask for an event's features, then add the event.

    Args:
        windows: what to keep.
        time: the field of an event that holds its time, in hours.

    Example::

        state = WindowState(windows)
        for event in stream:
            features = state.features(event)
            state.add(event)
    """

    def __init__(self, windows: Sequence[Window], time: str = "time_h") -> None:
        self.windows = tuple(windows)
        self.time = time
        self._slots: list[dict[Any, _Slot]] = [{} for _ in self.windows]
        self._now = -np.inf

    def features(self, event: Mapping[str, Any]) -> dict[str, int]:
        """Give the windows as they are at an event that has not been added.

        Raises:
            ValueError: when the event is before one that was added.
        """
        now = self._moment(event)
        found = {}
        for window, slots in zip(self.windows, self._slots, strict=True):
            key = _key(event, window)
            slot = slots.get(key)
            if slot is not None and slot.expire(now - window.hours):
                del slots[key]
                slot = None
            found[window.name] = 0 if slot is None else slot.value(window.kind)
        return found

    def add(self, event: Mapping[str, Any]) -> None:
        """Take an event in, so that later ones count it.

        Raises:
            ValueError: when the event is before one that was added, or a sum is of no integer.
        """
        now = self._now = self._moment(event)
        for window, slots in zip(self.windows, self._slots, strict=True):
            value = event[window.of] if window.of else 0
            if window.kind == "sum" and not isinstance(value, int | np.integer):
                raise ValueError(f"{window.name}: sums are of integers, not {value!r}")
            slot = slots.setdefault(_key(event, window), _Slot())
            slot.expire(now - window.hours)
            slot.add(now, value, window.kind)

    @property
    def entries(self) -> int:
        """Events held now, counted once for each window they are in."""
        return sum(len(slot.held) for slots in self._slots for slot in slots.values())

    def _moment(self, event: Mapping[str, Any]) -> float:
        now = float(event[self.time])
        if now < self._now:
            raise ValueError(f"an event at {now:g} h comes after one at {self._now:g} h")
        return now


class _Slot:
    """One entity's events in one window."""

    __slots__ = ("held", "total", "values")

    def __init__(self) -> None:
        self.held: deque[tuple[float, Any]] = deque()
        self.total = 0
        self.values: Counter[Any] = Counter()

    def add(self, now: float, value: Any, kind: str) -> None:
        self.held.append((now, value))
        if kind == "sum":
            self.total += int(value)
        elif kind == "distinct":
            self.values[value] += 1

    def expire(self, border: float) -> bool:
        """Drop what is at or before the border; whether nothing is left."""
        while self.held and self.held[0][0] <= border:
            _, value = self.held.popleft()
            if self.values:
                self.values[value] -= 1
                if not self.values[value]:
                    del self.values[value]
            else:
                self.total -= int(value)
        return not self.held

    def value(self, kind: str) -> int:
        if kind == "count":
            return len(self.held)
        return self.total if kind == "sum" else len(self.values)


@dataclass(frozen=True)
class _Layout:
    """A log rearranged so that an entity's events are neighbours, in order."""

    order: np.ndarray
    """Rows of the log, by entity and then in order; shape (n,)."""
    entity: np.ndarray
    """Of each rearranged row."""
    place: np.ndarray
    """Entity and moment of each rearranged row as one increasing integer."""
    moments: int

    @classmethod
    def of(cls, codes: np.ndarray, moment: np.ndarray) -> _Layout:
        order = np.argsort(codes, kind="stable")
        moments = int(moment[-1]) + 2 if len(moment) else 1
        entity = codes[order]
        return cls(order, entity, entity * moments + moment[order], moments)

    def aggregate(self, events: pd.DataFrame, window: Window, border: np.ndarray) -> np.ndarray:
        first = np.searchsorted(self.place, self.entity * self.moments + border[self.order])
        here = np.arange(len(first))
        if window.kind == "count":
            found = here - first
        elif window.kind == "sum":
            values = events[window.of].to_numpy()[self.order]
            if values.dtype.kind not in "iub":
                raise ValueError(f"{window.name}: sums are of integers, not {values.dtype}")
            total = np.concatenate([[0], np.cumsum(values, dtype=np.int64)])
            found = total[here] - total[first]
        else:
            values = _codes(events, (window.of,))[self.order]
            found = _count_below(self._before(values), first, here, first + 1)
        result = np.empty(len(first), dtype=np.int64)
        result[self.order] = found
        return result

    def _before(self, values: np.ndarray) -> np.ndarray:
        """1 + the place where the entity had the same value before; 0 where it had not."""
        both = pd.factorize(self.entity * (values.max(initial=0) + 1) + values)[0]
        order = np.argsort(both, kind="stable")
        again = both[order][1:] == both[order][:-1]
        before = np.zeros(len(values), dtype=np.int64)
        before[order[1:][again]] = order[:-1][again] + 1
        return before


def _count_below(
    values: np.ndarray, low: np.ndarray, high: np.ndarray, limit: np.ndarray
) -> np.ndarray:
    """How many of ``values[low:high]`` are below the limit, for each of many questions.

    A wavelet matrix (Claude, Navarro and Ordóñez, 2015): the values are parted bit by bit, and
    the ranges of all questions follow.
    """
    count = np.zeros(len(low), dtype=np.int64)
    bits = int(max(values.max(initial=0), limit.max(initial=0))).bit_length()
    for bit in range(bits - 1, -1, -1):
        one = (values >> bit) & 1 == 1
        zeros = np.concatenate([[0], np.cumsum(~one)])
        up = (limit >> bit) & 1 == 1
        low_zeros, high_zeros = zeros[low], zeros[high]
        count += np.where(up, high_zeros - low_zeros, 0)
        low = np.where(up, zeros[-1] + low - low_zeros, low_zeros)
        high = np.where(up, zeros[-1] + high - high_zeros, high_zeros)
        values = np.concatenate([values[~one], values[one]])
    return count


def _codes(events: pd.DataFrame, keys: tuple[str, ...]) -> np.ndarray:
    codes = np.zeros(len(events), dtype=np.int64)
    for key in keys:
        more = pd.factorize(events[key])[0]
        if (more < 0).any():
            raise ValueError(f"{key} is missing in row {int(np.argmin(more))}: fill it first")
        codes = codes * (more.max(initial=0) + 1) + more
        codes = pd.factorize(codes)[0].astype(np.int64)
    return codes


def _key(event: Mapping[str, Any], window: Window) -> Any:
    return event[window.by] if isinstance(window.by, str) else tuple(event[k] for k in window.by)
