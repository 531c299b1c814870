"""Missing and wrong values: D4 and D5."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge


@exercise(
    "D4.fill",
    hints=[
        "What does the service know when one row comes in? Only what training has left behind.",
        "The median of the *training* values, and a column that says where it was put.",
        "`gone = np.isnan(new)`, then `np.column_stack([np.where(gone, np.nanmedian(train), new), "
        "gone])`.",
    ],
    also=["D10"],
)
def fill() -> Judge:
    """Code `fill(train, new)`: two columns, the filled values and a flag of what was missing."""

    def filled(new: np.ndarray, value: float) -> np.ndarray:
        gone = np.isnan(new)
        return np.column_stack([np.where(gone, value, new), gone]).astype(float)

    nan = np.nan
    train, new = np.array([1.0, 2.0, nan, 9.0]), np.array([nan, 5.0, 8.0, nan])
    return Function(
        lambda a, b: filled(b, float(np.nanmedian(a))),
        [(train, new), (np.array([10.0, 20.0, 20.0]), np.array([nan, 1.0]))],
        causes={
            "That is the median of the new rows: a service sees one row at a time, and a test that "
            "fills itself has been looked at.": lambda a, b: filled(b, float(np.nanmedian(b))),
            "That is the mean; one large value moves it, the median stays.": lambda a, b: filled(
                b, float(np.nanmean(a))
            ),
            "Zero is a value like others here: a model cannot tell it from a true zero.": (
                lambda a, b: filled(b, 0.0)
            ),
            "The values are filled, but nothing says where: add the flag as a second column.": (
                lambda a, b: filled(b, float(np.nanmedian(a)))[:, 0]
            ),
        },
    )


@exercise(
    "D5.leak",
    hints=[
        "Ask of each column: is it known at the moment of the prediction?",
        "A single column that tells most of the target is no stroke of luck.",
        "It is the column with the finding of the highest share under 'leak suspicion'.",
    ],
    also=["D2"],
)
def leak(findings: pd.DataFrame) -> Judge:
    """Which column has to go before anything is trained?"""
    suspects = findings[findings["finding"] == "leak suspicion"]
    right = str(suspects.sort_values("share")["column"].iloc[-1])
    says = {
        "unit": "Another unit can be repaired: divide, and tell whoever logs it. It is no leak.",
        "typo candidate": "A mistyped value can be repaired: it is known before the event.",
        "missing": "Missing values are handled, with a flag or by the model; the column stays.",
        "id": "A name is known before the event; it needs an encoding, not removal.",
        "unseen": "New values come every day: the encoding has to have an answer for them.",
        "drift": "It moves, so it has to be watched; it is known before the event all the same.",
        "code": "A code for missing is turned into a missing value; the column stays.",
        "constant": "A constant does no harm; it tells nothing.",
        "leak suspicion": "It tells much, and it is known before the event: strong is not leaked.",
    }
    wrong = {
        str(row["column"]): says[row["finding"]]
        for row in findings.iloc[::-1].to_dict("records")
        if row["column"] not in ("", right)
    }
    because = (
        "It is filled after the event: in training it knows the answer, in service it is empty."
    )
    return Choice(right, wrong, because)


@exercise(
    "D5.decide",
    hints=[
        "Is the true value still to be known from the wrong one?",
        "The same client will send the same wrong unit tomorrow, to the service.",
        "repair; two of the reasons belong.",
    ],
    also=["D8"],
)
def decide() -> Judge:
    """What do you do with rows whose number came in another unit, and for which reasons?"""
    return All(
        {
            "do": Choice(
                "repair",
                {
                    "keep": "A linear model scales by these values and loses the others; they are "
                    "known to be wrong.",
                    "drop the rows": "They are one client's: that takes the client out of "
                    "training, and it keeps sending such rows to the service.",
                    "set to missing": "A choice where the true value is lost. Here it is one "
                    "division away.",
                    "clip": "A clipped value is still wrong: the largest instead of the true one.",
                },
            ),
            "because": Chosen(
                {
                    "the true value can be computed": "a unit is a factor",
                    "the same step runs in the service": "else training and service differ",
                },
                {
                    "it makes the scores look better": "A score on repaired rows is no reason; the "
                    "service has to see the same.",
                    "trees cannot handle outliers": "Trees split on the order and mind them least.",
                    "wrong rows are always noise": "They follow a rule, here that of one client: a "
                    "signal about the logging.",
                },
            ),
        }
    )
