"""How evenly what is chosen spreads over those who could be chosen, and a cap that keeps it so."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mlsd_kit.errors import UserError


def effective_number(values: ArrayLike, order: float = 2.0) -> float:
    """Give the number of equally frequent values that would be as diverse as these.

    The Hill number (Hill, "Diversity and Evenness", Ecology 54(2), 1973): (Σ share^q)^(1/(1-q));
    of order 2 it is 1 / Σ share², of order 1 the exponential of the entropy, of order 0 the number
    of different values.

    Args:
        values: who was chosen each time, shape (n,), such as the advertiser of each ad shown.
        order: 0 or more; the higher, the more the frequent values count.

    Raises:
        UserError: when there is no value, or the order is negative.

    >>> effective_number(["a", "a", "b", "b"])
    2.0
    >>> round(effective_number(["a"] * 9 + ["b"]), 2)
    1.22
    """
    counts = pd.Series(np.asarray(values)).value_counts().to_numpy()
    if not counts.size:
        raise UserError("an effective number needs at least one value")
    if order < 0:
        raise UserError(f"the order of an effective number is 0 or more, not {order}")
    share = counts / counts.sum()
    if order == 1:
        return float(np.exp(-np.sum(share * np.log(share))))
    return float(np.sum(share**order) ** (1 / (1 - order)))


def top_with_cap(scores: ArrayLike, k: int, entity: ArrayLike, cap: int) -> np.ndarray:
    """Give the positions of the k best scores, with at most ``cap`` of each entity.

    Fewer than k come back when the cap leaves no more. Equal scores keep their order.

    Args:
        scores: shape (n,), higher is better.
        k: how many to choose.
        entity: whose each row is, shape (n,).
        cap: the most of one entity.

    Raises:
        UserError: when ``k`` or ``cap`` is below 1, or the lengths differ.

    >>> top_with_cap([9, 8, 7, 6], 2, ["a", "a", "b", "b"], cap=1).tolist()
    [0, 2]
    """
    ranked, whose = np.asarray(scores, dtype=float), np.asarray(entity)
    if k < 1 or cap < 1 or ranked.shape != whose.shape:
        raise UserError(
            f"{len(ranked)} scores of {len(whose)} entities, the best {k}, at most {cap} each: "
            "the lengths are the same and both numbers at least 1"
        )
    order = np.argsort(-ranked, kind="stable")
    turn = pd.Series(whose[order]).groupby(whose[order]).cumcount().to_numpy()
    return order[turn < cap][:k]
