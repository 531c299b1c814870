"""Models: ladders of baselines, search, curves, error slices, drills; and models of their own."""

from mlsd_kit.models.baselines import baselines, boosted, columns
from mlsd_kit.models.bm25 import CollectionStatistics, InvertedIndex, merge_shards
from mlsd_kit.models.budget import expected_best, trials_needed
from mlsd_kit.models.calibrated import LogOddsCalibration
from mlsd_kit.models.checks import (
    adversarial_validation,
    column_shift,
    copied_share,
    label_signal,
    serving_mismatch,
    single_feature_auc,
)
from mlsd_kit.models.curves import learning_curve, plot_learning_curve, validation_curve
from mlsd_kit.models.diagnosis import Diagnosis, diagnose
from mlsd_kit.models.drawing import Drawing, draw_pipeline
from mlsd_kit.models.drills import BUGS, Drill, plant
from mlsd_kit.models.error_slices import Slice, candidate_slices, log_losses, slice_excess, surprise
from mlsd_kit.models.evidence import evidence, name_bug, symptoms
from mlsd_kit.models.factorization import FactorizationMachine
from mlsd_kit.models.fields import AsCategories
from mlsd_kit.models.fusion import reciprocal_rank_fusion
from mlsd_kit.models.hashing import HashedOneHot, cross, hash_codes
from mlsd_kit.models.heuristic import OneColumnRates, smoothed_rates
from mlsd_kit.models.implicit import (
    BPR,
    EASE,
    ImplicitALS,
    ItemSimilarity,
    Popularity,
    recommend,
)
from mlsd_kit.models.label_noise import flip_labels, label_suspicion
from mlsd_kit.models.ladder import Rung, climb, cost_table, efficient
from mlsd_kit.models.latency import request_latency
from mlsd_kit.models.sampling import downsample_negatives, recalibrate
from mlsd_kit.models.search import best_of, plot_search, search

__all__ = [
    "BPR",
    "BUGS",
    "EASE",
    "AsCategories",
    "CollectionStatistics",
    "Diagnosis",
    "Drawing",
    "Drill",
    "FactorizationMachine",
    "HashedOneHot",
    "ImplicitALS",
    "InvertedIndex",
    "ItemSimilarity",
    "LogOddsCalibration",
    "OneColumnRates",
    "Popularity",
    "Rung",
    "Slice",
    "adversarial_validation",
    "baselines",
    "best_of",
    "boosted",
    "candidate_slices",
    "climb",
    "column_shift",
    "columns",
    "copied_share",
    "cost_table",
    "cross",
    "diagnose",
    "downsample_negatives",
    "draw_pipeline",
    "efficient",
    "evidence",
    "expected_best",
    "flip_labels",
    "hash_codes",
    "label_signal",
    "label_suspicion",
    "learning_curve",
    "log_losses",
    "merge_shards",
    "name_bug",
    "plant",
    "plot_learning_curve",
    "plot_search",
    "recalibrate",
    "reciprocal_rank_fusion",
    "recommend",
    "request_latency",
    "search",
    "serving_mismatch",
    "single_feature_auc",
    "slice_excess",
    "smoothed_rates",
    "surprise",
    "symptoms",
    "trials_needed",
    "validation_curve",
]
