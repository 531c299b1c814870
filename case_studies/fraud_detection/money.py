"""What an error costs, in euros, and the decision that costs least.

A fraud let through costs its amount and the chargeback fee. An honest payment blocked costs its
margin and the customers who do not come back. The figures are assumptions, to be changed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlsd_kit.evaluation import cost_threshold

FEE = 20.0
"""Euros for a chargeback."""
MARGIN = 0.05
"""Share of a sale's amount that is lost with it."""
GOODWILL = 6.0
"""Euros: one blocked customer in fifty leaves, who would have been worth 300."""


def let_through(amount: np.ndarray) -> np.ndarray:
    """Cost of letting a fraud of that amount through."""
    return amount + FEE


def turned_away(amount: np.ndarray) -> np.ndarray:
    """Cost of blocking an honest payment of that amount."""
    return MARGIN * amount + GOODWILL


def worth_blocking(p: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Block where that is cheaper by expectation: p × let_through > (1 - p) × turned_away."""
    return p * let_through(amount) > (1 - p) * turned_away(amount)


def decide(p: np.ndarray, amount: np.ndarray, review_p: float) -> np.ndarray:
    """``block``, ``review`` or ``allow`` for each payment, shape (n,).

    Args:
        p: probabilities of fraud. amount: in euros.
        review_p: probability from which a payment that is let through is looked at afterwards.
    """
    return np.select([worth_blocking(p, amount), p >= review_p], ["block", "review"], "allow")


def threshold(amount: float) -> float:
    """The probability from which a payment of that amount is blocked."""
    euros = np.array(amount)
    return cost_threshold(float(turned_away(euros)), float(let_through(euros)))


def bill(y: np.ndarray, amount: np.ndarray, blocked: np.ndarray) -> dict[str, float]:
    """What decisions cost, in euros for 1,000 payments, and their error rates.

    Args:
        y: labels, shape (n,). amount: in euros, shape (n,). blocked: the decisions, shape (n,).
    """
    fraud, per_1000 = y == 1, 1000 / len(y)
    stolen = let_through(amount)[fraud & ~blocked].sum() * per_1000
    lost = turned_away(amount)[~fraud & blocked].sum() * per_1000
    return {
        "cost": stolen + lost,
        "fraud let through": stolen,
        "honest turned away": lost,
        "honest blocked (%)": 100 * blocked[~fraud].mean(),
        "recall": blocked[fraud].mean(),
        "recall by amount": amount[fraud & blocked].sum() / amount[fraud].sum(),
    }


def bills(y: np.ndarray, amount: np.ndarray, decisions: dict[str, np.ndarray]) -> pd.DataFrame:
    """One `bill` for each way to decide."""
    table = {name: bill(y, amount, blocked) for name, blocked in decisions.items()}
    return pd.DataFrame(table).T.rename_axis("decision")
