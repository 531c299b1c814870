"""Card fraud, the public table of 2013: 284,807 payments, 492 of them frauds."""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from mlsd_kit.errors import UserError

CARD_FRAUD_COLUMNS = ["Time", *[f"V{i}" for i in range(1, 29)], "Amount", "Class"]
SOURCE = "https://www.kaggle.com/datasets/mlg-ulb/creditcardfraud"


def load_card_fraud(path: Path | str, n_rows: int | None = None) -> pd.DataFrame:
    """Load payments by European cardholders in two days of September 2013, from the file's start.

    Collected by Worldline and the Machine Learning Group of the Université Libre de Bruxelles (Dal
    Pozzolo, Caelen, Johnson and Bontempi, "Calibrating Probability with Undersampling for
    Unbalanced Classification", CIDM 2015), published as ``creditcard.csv`` under the Database
    Contents License (DbCL) 1.0. It has to be downloaded by hand, from Kaggle or OpenML; nothing is
    fetched here.

    It is a static table. There are no cards, devices or merchants, so nothing can be counted over
    windows or linked; the labels are final, so nothing can be shown about their delay; and what a
    bank blocked is not in it.

    Columns:
        Time: seconds since the first payment, float64, increasing.
        V1 … V28: principal components of features that are not disclosed, float32.
        Amount: of the payment, in a currency not named, float64, 0 or more.
        Class: 1 for fraud, int8.

    Args:
        path: ``creditcard.csv``, plain or as ``.gz``.
        n_rows: how many rows; all by default.

    Raises:
        UserError: one line when the file is missing or not in the format, with file and line.
    """
    path = Path(path)
    rows: list[list[float]] = []
    with _lines(path) as lines:
        _check_header(path, lines)
        for number, line in enumerate(lines, start=2):
            if n_rows is not None and len(rows) == n_rows:
                break
            rows.append(_row(line, f"{path}:{number}"))
    if not rows:
        raise UserError(f"{path}: no rows")
    table = np.array(rows)
    back = np.flatnonzero(np.diff(table[:, 0]) < 0)
    if back.size:
        raise UserError(f"{path}:{back[0] + 3}: Time is less than in the line before")
    kinds = dict.fromkeys(CARD_FRAUD_COLUMNS[1:-2], "float32") | {"Class": "int8"}
    frame = pd.DataFrame(table, columns=CARD_FRAUD_COLUMNS).astype(kinds)
    frame.attrs = {"name": "Credit card fraud (ULB)", "licence": "DbCL 1.0", "source": SOURCE}
    return frame


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[list[str]]]:
    if not path.is_file():
        raise UserError(f"there is no file {path}; give the path of creditcard.csv, .gz or not")
    try:
        with _text(path) as text:
            yield csv.reader(text)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None


def _text(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="ascii", newline="")
    return path.open(encoding="ascii", newline="")


def _check_header(path: Path, lines: Iterator[list[str]]) -> None:
    header = next(lines, [])
    if header != CARD_FRAUD_COLUMNS:
        shown = ",".join(header)[:60]
        raise UserError(f"{path}:1: the header is Time,V1,…,V28,Amount,Class, not {shown!r}")


def _row(line: list[str], place: str) -> list[float]:
    if len(line) != len(CARD_FRAUD_COLUMNS):
        raise UserError(f"{place}: expected {len(CARD_FRAUD_COLUMNS)} fields, found {len(line)}")
    try:
        values = [float(text) for text in line]
    except ValueError:
        raise _first_wrong_field(line, place) from None
    time, amount, fraud = values[0], values[-2], values[-1]
    if not (all(map(math.isfinite, values)) and min(time, amount) >= 0 and fraud in (0, 1)):
        raise _first_wrong_field(line, place)
    return values


def _first_wrong_field(line: list[str], place: str) -> UserError:
    for name, text in zip(CARD_FRAUD_COLUMNS, line, strict=True):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        expected, fine = "a number", math.isfinite(value)
        if name == "Class":
            expected, fine = "0 or 1", value in (0, 1)
        elif name in ("Time", "Amount"):
            expected, fine = "a number from 0", fine and value >= 0
        if not fine:
            return UserError(f"{place}: {name} is {text[:40]!r}, not {expected}")
    return UserError(f"{place}: not in the format")
