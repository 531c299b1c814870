"""Capacity arithmetic with units."""

from __future__ import annotations

from mlsd_kit.requirements.quantities import converted, quantity
from mlsd_kit.units import Quantity


def predictions_per_second(requests: Quantity | str, candidates: Quantity | str) -> Quantity:
    """Give the predictions per second of requests that each score several candidates.

    Args:
        requests: a rate, such as ``"4000 requests/s"``.
        candidates: predictions for a request, such as ``"250 predictions/request"``.

    >>> predictions_per_second("4000 requests/s", "250 predictions/request").magnitude
    1000000.0
    """
    return converted(
        quantity(requests) * quantity(candidates), "predictions/s", "requests × candidates"
    )


def rows_per_day(rate: Quantity | str, unit: str = "rows/day") -> Quantity:
    """Give a rate as a count for each day, in ``unit``.

    >>> rows_per_day("2000 impressions/s", "impressions/day").magnitude
    172800000.0
    """
    return converted(rate, unit, "the rate")


def bytes_per_day(rate: Quantity | str, row_size: Quantity | str) -> Quantity:
    """Give the bytes a log grows by in a day, in decimal gigabytes.

    Args:
        rate: rows for each second, such as ``"2000 rows/s"``; the mean over a day, not the peak.
        row_size: bytes for each row of that kind, such as ``"500 bytes/row"``.

    >>> bytes_per_day("2000 rows/s", "500 bytes/row").magnitude
    86.4
    """
    return converted(quantity(rate) * quantity(row_size), "GB/day", "rate × row size")


def storage(
    growth: Quantity | str, retention: Quantity | str, replication: float = 3.0
) -> Quantity:
    """Give the disk space of a log that is kept for some time in several copies, in terabytes.

    Args:
        growth: bytes for each day, such as ``"86.4 GB/day"``.
        retention: how long a row is kept, such as ``"90 days"``.
        replication: copies of each byte; 3 is the default of HDFS (Shvachko et al. 2010).

    >>> round(storage("86.4 GB/day", "90 days").magnitude, 3)
    23.328
    """
    if not replication >= 1:
        raise ValueError(f"replication is the number of copies, at least 1, not {replication}")
    return converted(
        quantity(growth) * quantity(retention) * replication, "TB", "growth × retention"
    )


def bandwidth(rate: Quantity | str, payload: Quantity | str) -> Quantity:
    """Give the network bandwidth in Gbit/s of messages of a size; overheads are not in it.

    >>> round(bandwidth("4000 requests/s", "25 kB/request").magnitude, 6)
    0.8
    """
    return converted(quantity(rate) * quantity(payload), "gigabit/s", "rate × payload")


def mean_rate(peak: Quantity | str, peak_to_mean: float) -> Quantity:
    """Give the mean rate behind a peak: what is stored follows the mean, machines the peak.

    >>> mean_rate("4000 requests/s", 2).magnitude
    2000.0
    """
    if not peak_to_mean >= 1:
        raise ValueError(f"a peak is at least the mean: peak_to_mean is {peak_to_mean}")
    return quantity(peak) / peak_to_mean
