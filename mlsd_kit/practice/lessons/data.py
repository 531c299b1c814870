"""The exercises of the lesson on data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import mutual_info_score
from sklearn.neighbors import NearestNeighbors

from mlsd_kit.practice.choices import All, Choice, Chosen
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Function
from mlsd_kit.practice.verdicts import Judge
from mlsd_kit.units import Quantity


@exercise(
    "D1.names",
    hints=[
        "A quantity can be added and averaged. What would the average of two of them mean?",
        "Look at the types and at the numbers of distinct values in the profile.",
        "They are the whole numbers (int64): ids of users, ads, cards, devices.",
    ],
)
def names(X: pd.DataFrame) -> Judge:
    """Which columns are names, although they are written as numbers?"""
    ids = [str(name) for name in X if X[name].dtype.kind == "i"]
    return Chosen(
        dict.fromkeys(ids, "its digits name something"),
        {
            str(name): "it is a quantity: twice as much means something there."
            if X[name].dtype.kind == "f"
            else "it is a category already, so nothing would take it for a number."
            for name in X
            if name not in ids
        },
    )


@exercise(
    "D2.bits",
    hints=[
        "From counts to shares first: p(x, y), and its sums over rows and over columns.",
        "Sum p(x, y) · log₂(p(x, y) / (p(x) p(y))) over the cells that are not empty.",
        "`p = counts / counts.sum()`, `both = p.sum(axis=1, keepdims=True) * p.sum(axis=0)`, then "
        "`(p[p > 0] * np.log2(p[p > 0] / both[p > 0])).sum()`.",
    ],
)
def bits() -> Judge:
    """Code the mutual information, in bits, of a table of counts (values × classes)."""

    def right(counts: np.ndarray) -> float:
        return float(mutual_info_score(None, None, contingency=counts) / np.log(2))

    def entropies(counts: np.ndarray) -> tuple[float, float, float]:
        p = counts / counts.sum()
        return _entropy(p.sum(axis=1)), _entropy(p.sum(axis=0)), _entropy(p.ravel())

    def unweighted(counts: np.ndarray) -> float:
        p = counts / counts.sum()
        ratio = p / (p.sum(axis=1, keepdims=True) * p.sum(axis=0))
        return float(np.log2(ratio[p > 0]).sum())

    return Function(
        right,
        [
            (np.array([[90, 10], [60, 40]]),),
            (np.array([[5, 0], [0, 5]]),),
            (np.array([[700, 3], [200, 9], [80, 8]]),),
        ],
        causes={
            "These are nats: the logarithm to base 2 gives bits.": lambda c: (
                right(c) * float(np.log(2))
            ),
            "Each logarithm has to be weighed by its cell's share p(x, y).": unweighted,
            "That is the entropy of both together; what they share is H(x) + H(y) − H(x, y).": (
                lambda c: entropies(c)[2]
            ),
            "That is the target's own entropy: what there is to know, not what the column tells.": (
                lambda c: entropies(c)[1]
            ),
        },
        rtol=1e-4,
    )


@exercise(
    "D3.rows",
    hints=[
        "The standard error of a share p from n rows is √(p (1 − p) / n).",
        "95 % is 1.96 standard errors to each side; that is to be 10 % of p, not 0.1.",
        "n = 1.96² · (1 − p) / (0.1² · p).",
    ],
)
def rows(base_rate: float) -> Judge:
    """How many labelled rows until the base rate is known to ± 10 % of itself (95 %)?"""
    p, n = base_rate, 1.96**2 * (1 - base_rate) / (0.01 * base_rate)
    return Number(
        n,
        rtol=0.05,
        causes={
            "That many positives are needed; most rows are none, so divide by the base rate.": n
            * p,
            "Ten percentage points are wider than the rate itself; wanted are 10 % of the rate.": (
                1.96**2 * p * (1 - p) / 0.01
            ),
            "That is one standard error; 95 % takes 1.96 of them, and it counts squared.": n
            / 1.96**2,
            "That is for a share of one half; a rare event needs more rows for the same relative "
            "precision.": 1.96**2 * 0.25 / 0.01,
        },
    )


@exercise(
    "D3.correct",
    hints=[
        "Leaving out negatives multiplies the odds of every row by the same factor.",
        "Divide the odds by the factor (trained / (1 − trained)) / (true / (1 − true)).",
        "`odds = p / (1 - p) * (true / (1 - true)) / (trained / (1 - trained))`, and back: "
        "`odds / (1 + odds)`.",
    ],
)
def correct() -> Judge:
    """Code the correction of a probability after resampling to another base rate."""

    def odds(p: float) -> float:
        return p / (1 - p)

    def right(p: float, trained: float, true: float) -> float:
        # Bayes' rule by the likelihood ratio that both worlds share
        ratio = p * (1 - trained) / ((1 - p) * trained)
        return ratio * true / (ratio * true + 1 - true)

    return Function(
        right,
        [(0.5, 0.5, 0.02), (0.9, 0.5, 0.02), (0.2, 0.3, 0.01)],
        causes={
            "Scaling the probability is right only for small ones: scale the odds.": (
                lambda p, a, b: p * b / a
            ),
            "Those are the odds: turn them back into a probability.": (
                lambda p, a, b: odds(p) * odds(b) / odds(a)
            ),
            "The wrong way round: the factor has to take the probability down to the true rate.": (
                lambda p, a, b: right(p, b, a)
            ),
            "Shifting the probability by the difference of the rates leaves the interval from "
            "0 to 1.": lambda p, a, b: p - (a - b),
        },
        rtol=1e-4,
    )


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


@exercise(
    "D6.additive",
    hints=[
        "SHAP values of a classifier are in log-odds, and they are relative to the base.",
        "Sum the row's values, add the base: that is the model's raw score.",
        "`1 / (1 + np.exp(-(shap.sum() + base)))`.",
    ],
)
def additive(shap: Sequence[float], base: float) -> Judge:
    """What probability does the model give a row with these SHAP values?"""
    score = float(np.sum(shap))

    def sigmoid(x: float) -> float:
        return float(1 / (1 + np.exp(-x)))

    return Number(
        sigmoid(score + base),
        rtol=0.005,
        causes={
            "That is the log-odds; the sigmoid turns them into a probability.": score + base,
            "The base is missing: the values say how the row differs from the average row.": (
                sigmoid(score)
            ),
            "That is the base alone, what the model says before it looks at the row.": sigmoid(
                base
            ),
            "That is the sum of the values alone, still in log-odds.": score,
            "exp gives the odds; the probability is odds / (1 + odds).": float(
                np.exp(score + base)
            ),
        },
    )


@exercise(
    "D6.twins",
    hints=[
        "Shuffle one of two columns that say the same. What does the model still have?",
        "Permutation asks what the model loses *without* a column; SHAP asks what it *used*.",
        "What is lost by shuffling one is small, for the other is still there.",
    ],
)
def twins() -> Judge:
    """Two columns carry the same signal. How does each view show their importance?"""
    return Choice(
        "permutation too low, shap shared",
        {
            "both too high": "Nothing is counted twice: SHAP values sum to the score, and "
            "shuffling one leaves the other.",
            "permutation shared, shap too low": "The other way round: SHAP divides among what was "
            "used, permutation measures what is lost.",
            "both right": "With a twin, what a column is worth has no single answer: alone it is "
            "worth all, beside its twin nearly nothing.",
        },
        "Shuffling one leaves its twin, so the loss is small; SHAP divides the credit by use.",
    )


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


@exercise(
    "D8.smooth",
    hints=[
        "Think of `strength` rows with the overall rate that every value is given in advance.",
        "Those rows add strength · rate positives and strength rows.",
        "`(positives + strength * rate) / (rows + strength)`.",
    ],
)
def smooth() -> Judge:
    """Code the smoothed rate of a value: few rows pull it to the overall rate."""
    return Function(
        lambda k, n, rate, m: (n * (k / n if n else 0) + m * rate) / (n + m),
        [(1, 1, 0.02, 20.0), (30, 1000, 0.02, 20.0), (0, 0, 0.02, 20.0), (2, 5, 0.5, 10.0)],
        causes={
            "The raw rate: a value seen once has 0 or 1, and one never seen has none.": (
                lambda k, n, rate, m: k / n if n else 0.0
            ),
            "One is added, not the overall rate: of rare events, rare values get too many.": (
                lambda k, n, rate, m: (k + 1) / (n + 2)
            ),
            "The overall rate has to be weighed with the strength.": lambda k, n, rate, m: (
                (k + rate) / (n + m)
            ),
            "The strength also counts as rows, below the line.": lambda k, n, rate, m: (
                (k + m * rate) / n if n else rate
            ),
        },
    )


@exercise(
    "D8.collisions",
    hints=[
        "Take one value. Each of the others falls into its bucket with probability 1 / buckets.",
        "It stays alone when none of the others does.",
        "`1 - (1 - 1 / buckets) ** (values - 1)`.",
    ],
)
def collisions(values: int, buckets: int) -> Judge:
    """Which share of the values shares its bucket with another value, on average?"""
    alone = (1 - 1 / buckets) ** (values - 1)
    return Number(
        1 - alone,
        rtol=0.02,
        causes={
            "That is the load, values per bucket; it can pass 1, and a share cannot.": values
            / buckets,
            "That is the share that stays alone.": alone,
            "That is the share of buckets that are used.": 1 - (1 - 1 / buckets) ** values
            if values < buckets / 50
            else 1 - buckets * (1 - (1 - 1 / buckets) ** values) / values,
            "That is the chance for two given values.": 1 / buckets,
        },
    )


@exercise(
    "D9.nearest",
    hints=[
        "Cosine: the dot product of vectors that have been brought to length one.",
        "The nearest to a vector is always itself: leave it out.",
        "`unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)`, "
        "`near = unit @ unit[i]`, `near[i] = -np.inf`, `near.argmax()`.",
    ],
)
def nearest() -> Judge:
    """Code `nearest(vectors, i)`: the row nearest to row i by cosine, other than i."""

    def by(vectors: np.ndarray, i: int, metric: str) -> int:
        index = NearestNeighbors(n_neighbors=1, metric=metric).fit(np.delete(vectors, i, axis=0))
        found = int(index.kneighbors(vectors[[i]], return_distance=False)[0, 0])
        return found + (found >= i)

    def dot(vectors: np.ndarray, i: int) -> int:
        scores = vectors @ vectors[i]
        scores[i] = -np.inf
        return int(scores.argmax())

    def farthest(vectors: np.ndarray, i: int) -> int:
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return int((unit @ unit[i]).argmin())

    points = np.array([[2.0, 0.1], [6.0, 0.5], [9.0, 9.0], [2.0, 1.0], [-4.0, 1.0]])
    return Function(
        lambda vectors, i: by(vectors, i, "cosine"),
        [(points, 0), (points, 3), (points, 4)],
        causes={
            "That is the row itself: leave it out.": lambda vectors, i: i,
            "Without bringing the vectors to length one, the long (frequent) ones win: that is the "
            "dot product.": dot,
            "That is the distance of the points; cosine compares directions.": lambda v, i: by(
                v, i, "euclidean"
            ),
            "That is the farthest one.": farthest,
        },
    )


@exercise(
    "D10.known",
    hints=[
        "A row may be trained on when its label is there at the moment of training.",
        "It is there `delay` after the row's own time.",
        "`np.asarray(times) + delay <= test_from`.",
    ],
)
def known() -> Judge:
    """Code `usable(times, delay, test_from)`: which rows have their label when the test begins?"""
    times = np.array([0.0, 5.0, 9.0, 10.0, 12.0, 14.0])
    return Function(
        lambda t, delay, start: np.asarray(t) <= start - delay,
        [(times, 3.0, 12.5), (times, 0.0, 10.5), (times, 24.0, 12.5)],
        causes={
            "These rows are before the test, but the labels of the last ones were not there yet.": (
                lambda t, delay, start: np.asarray(t) < start
            ),
            "The wrong side: a row needs to be older by the delay, not younger.": (
                lambda t, delay, start: np.asarray(t) >= start - delay
            ),
            "The delay is taken off: that lets rows in that are younger than the test's begin.": (
                lambda t, delay, start: np.asarray(t) - delay <= start
            ),
        },
    )


@exercise(
    "D10.flaw",
    hints=[
        "Which step computes something from labels that it should not have seen?",
        "Go through the lines in order; ask of each which rows it was fitted on.",
        "The encoder is fitted before the split, on the labels of the test rows too.",
    ],
    also=["D8"],
)
def flaw() -> Judge:
    """Which line is the flaw: 1 sorts, 2 encodes, 3 splits, 4 trains, 5 scores?"""
    return Choice(
        "2",
        {
            "1": "Sorting by time changes no value.",
            "3": "The split itself is by time. Something was done before it.",
            "4": "Training uses the training rows only; what is in their features was decided "
            "earlier.",
            "5": "Scoring the later rows is what a test is for; look at where their features come "
            "from.",
        },
        "Line 2 fits rates on all labels, those of the test included; split first, then fit.",
    )


@exercise(
    "D10.split",
    hints=[
        "Tomorrow's rows: are they later, or from other groups, or both?",
        "Choose the split that asks of the model what the service will ask.",
        "by time; and both reasons that speak of the service and of the hours.",
    ],
)
def split() -> Judge:
    """Which split stands for the service, and why?"""
    return All(
        {
            "split": Choice(
                "by time",
                {
                    "at random": "Its test rows lie between the training rows, so training has "
                    "seen their hours and their users.",
                    "by group": "It asks about new users only, and has seen the hours of the test; "
                    "the service meets known users, later.",
                },
            ),
            "because": Chosen(
                {
                    "the service scores later rows": "that is what it is for",
                    "features must come from the past": "a split by time makes a leak show",
                },
                {
                    "it gives the best score": "The best score is often that of a leak.",
                    "every part has the same base rate": "It has not, and that is how tomorrow is.",
                },
            ),
        }
    )


def _entropy(p: Any) -> float:
    p = np.asarray(p)[np.asarray(p) > 0]
    return float(-(p * np.log2(p)).sum())
