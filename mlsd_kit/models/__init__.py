"""Models: hashing, factorisation machines, sampling, ladders, search and learning curves."""

from mlsd_kit.models.bm25 import CollectionStatistics, InvertedIndex, merge_shards
from mlsd_kit.models.calibrated import LogOddsCalibration
from mlsd_kit.models.curves import learning_curve, plot_learning_curve
from mlsd_kit.models.factorization import FactorizationMachine
from mlsd_kit.models.fusion import reciprocal_rank_fusion
from mlsd_kit.models.hashing import HashedOneHot, cross, hash_codes
from mlsd_kit.models.implicit import (
    BPR,
    EASE,
    ImplicitALS,
    ItemSimilarity,
    Popularity,
    recommend,
)
from mlsd_kit.models.ladder import Rung, climb, cost_table
from mlsd_kit.models.sampling import downsample_negatives, recalibrate
from mlsd_kit.models.search import best_of, plot_search, search

__all__ = [
    "BPR",
    "EASE",
    "CollectionStatistics",
    "FactorizationMachine",
    "HashedOneHot",
    "ImplicitALS",
    "InvertedIndex",
    "ItemSimilarity",
    "LogOddsCalibration",
    "Popularity",
    "Rung",
    "best_of",
    "climb",
    "cost_table",
    "cross",
    "downsample_negatives",
    "hash_codes",
    "learning_curve",
    "merge_shards",
    "plot_learning_curve",
    "plot_search",
    "recalibrate",
    "reciprocal_rank_fusion",
    "recommend",
    "search",
]
