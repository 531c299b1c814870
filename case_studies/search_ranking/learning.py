"""The table that the lessons learn from: the results of a log of searches, one row each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlsd_kit.cases import LearningTable
from mlsd_kit.errors import UserError
from mlsd_kit.models import InvertedIndex

from .features import served
from .searchlog import BOT_CLICKS, BOT_SHARE, POOL, SearchLog, simulate_log
from .simulator import PLACES, World, examination

DAYS = 20
FEWEST_SEARCHES = 100
CLICK_LOST = 0.40
PLACE_WASTED = 0.03
PRODUCT = ["price", "rating", "reviews", "sales", "age_days", "photo_score"]


def learning_table(n_rows: int, seed: int) -> LearningTable:
    """Simulated results for the lessons: what was shown at a place for a query, and if clicked.

    As logged: a rating is missing before the first review, and robots have clicked. Assumptions:
    searches come evenly over `DAYS` days, the catalogue stays that of the first; about one click in
    twenty becomes a purchase that leaves 8 dollars, so a click that is lost costs `CLICK_LOST`; a
    place given to a product that nobody wants costs `PLACE_WASTED`. The true probability knows the
    place, not who is a robot.

    Raises:
        UserError: for too few rows.
    """
    searches = n_rows // PLACES
    if searches < FEWEST_SEARCHES:
        least = FEWEST_SEARCHES * PLACES
        raise UserError(f"n_rows: {n_rows} results are too few to learn from; at least {least}")
    world = World(seed)
    judged = served(world, InvertedIndex().fit(world.titles), POOL)
    log = simulate_log(judged, searches, seed)
    row = log.row.ravel()
    person = np.tile(examination(), searches) * judged.attraction[row]
    hours = np.sort(np.random.default_rng([seed, 6]).uniform(0, 24 * DAYS, searches))
    columns = _columns(world, log, judged.X.iloc[row], judged.item[row])
    return LearningTable(
        columns.assign(hour=np.repeat(hours % 24, PLACES)),
        log.clicked.ravel().astype(np.int64),
        np.repeat(hours, PLACES),
        np.repeat(log.query, PLACES),
        "result",
        "click",
        CLICK_LOST,
        PLACE_WASTED,
        (1 - BOT_SHARE) * person + BOT_SHARE * BOT_CLICKS,
        np.repeat(np.arange(searches), PLACES),
    )


def _columns(
    world: World, log: SearchLog, scores: pd.DataFrame, product: np.ndarray
) -> pd.DataFrame:
    """Ids, categories and numbers of each result, as the shop logs them."""
    query, known = np.repeat(log.query, PLACES), world.products.iloc[product]
    words = world.queries["words"].to_numpy()[query]
    form = np.where(world.target[query] >= 0, "series", np.where(words > 1, "attributes", "kind"))
    ids = {"query_id": query, "product_id": product, "seller_id": known["seller"].to_numpy()}
    kinds = {
        "department": known["department"].to_numpy(),
        "query_form": form,
        "query_band": world.queries["band"].astype(str).to_numpy()[query],
    }
    numbers = {name: scores[name].to_numpy() for name in scores}
    numbers |= {name: known[name].to_numpy() for name in PRODUCT}
    numbers |= {"query_words": words, "position": np.tile(np.arange(1, PLACES + 1), len(log))}
    return pd.DataFrame(
        {name: values.astype(np.int64) for name, values in ids.items()}
        | {name: pd.Categorical(values) for name, values in kinds.items()}
        | {name: values.astype(float) for name, values in numbers.items()}
    )
