"""MovieLens 100K by the published protocol: the ladder and two stages over five splits.

`python benchmarks/recommendation_table.py` prints mean and spread of each metric and the seconds.
EASE's penalty is chosen on an inner split of each training part. The ranker's settings (leaves,
rate, penalty) were chosen while looking at the splits 42 and 43; the splits 1 to 5 were not used.
"""

from __future__ import annotations

import time

import pandas as pd

from mlsd_kit.cases import load_case
from mlsd_kit.models import EASE, recommend

W = load_case("recommendation").world()
PENALTIES = (100.0, 200.0, 400.0, 800.0, 1600.0)


def penalty(train) -> float:
    """The best penalty on an inner split of the training part."""
    inner, valid = W.split_within_items(train, 100)
    X = inner.matrix()
    found = {
        value: W.quality(recommend(EASE(value).fit(X).score(X), 10, seen=X), valid)["nDCG@10"]
        for value in PENALTIES
    }
    return max(found, key=found.get)


def main() -> None:
    views, rows = W.load(), []
    for seed in range(1, 6):
        train, test = W.split_within_items(views, seed)
        start = time.perf_counter()
        chosen = penalty(train)
        two = W.TwoStage(W.split_within_items, chosen, seed=seed).fit(train)
        seconds = time.perf_counter() - start
        rows.append({"model": "two stages", **W.quality(two.recommend(10), test), "fit_s": seconds})
        ladder = W.over_splits(views, W.split_within_items, range(seed, seed + 1), chosen, 10)
        rows.extend(ladder.drop(columns=["split", "score_s"]).to_dict("records"))
        print(f"split {seed}: penalty {chosen:g}, two stages {rows[-6]['nDCG@10']:.4f}", flush=True)
    by_model = pd.DataFrame(rows).groupby("model", sort=False)
    table = by_model.mean().join(by_model["nDCG@10"].std().rename("s.d."))
    print(table.sort_values("nDCG@10").round(4).to_string())


if __name__ == "__main__":
    main()
