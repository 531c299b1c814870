"""Data: sets, exploration, validation, splits, delayed labels and storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlsd_kit.data.balance import class_balance, correct_base_rate, resample
from mlsd_kit.data.delay import (
    DelayDistribution,
    corrected_rate,
    delay_distribution,
    label_at,
    plot_share_seen,
    positive_weights,
    share_seen,
)
from mlsd_kit.data.fetch import cache_folder, fetch
from mlsd_kit.data.histograms import plot_numbers
from mlsd_kit.data.importance import effect_curve, importance_table, plot_importance, tree_shap
from mlsd_kit.data.leaktest import leak_test, only_new_groups, purge, tell_apart
from mlsd_kit.data.missing import hide, missing_table
from mlsd_kit.data.packaged import packaged_file
from mlsd_kit.data.plant import Planted, plant_faults
from mlsd_kit.data.profile import profile
from mlsd_kit.data.quality import quality_findings
from mlsd_kit.data.rates import plot_rate_by_feature, rate_by_feature, wilson_interval
from mlsd_kit.data.relationship import relationship
from mlsd_kit.data.sets import criteo_chunks, load_criteo, load_open_bandit
from mlsd_kit.data.shift import part_shift, population_stability
from mlsd_kit.data.split import (
    Split,
    split_at_random,
    split_by_group,
    split_by_time,
    splits_with_same_test,
)
from mlsd_kit.data.storage import compare_formats, read_days, write_by_day
from mlsd_kit.data.suspects import suspect_codes, suspect_unit
from mlsd_kit.data.typos import typo_candidates
from mlsd_kit.data.unexpected import flag_out_of_range, flag_unit_mixup, flag_unseen
from mlsd_kit.data.validation import FrameReport, InvalidData, check_frame, split_valid
from mlsd_kit.data.windows import Window, WindowState, window_features
from mlsd_kit.lean import later

if TYPE_CHECKING:
    from mlsd_kit.data.embedding import (
        CooccurrenceEmbedding,
        described_by,
        neighbour_agreement,
        neighbours,
        usual_value,
    )
    from mlsd_kit.data.encoders import (
        HashEncoder,
        InSampleTargetEncoder,
        compare_encoders,
        usual_encoders,
    )

__all__ = [
    "CooccurrenceEmbedding",
    "DelayDistribution",
    "FrameReport",
    "HashEncoder",
    "InSampleTargetEncoder",
    "InvalidData",
    "Planted",
    "Split",
    "Window",
    "WindowState",
    "cache_folder",
    "check_frame",
    "class_balance",
    "compare_encoders",
    "compare_formats",
    "correct_base_rate",
    "corrected_rate",
    "criteo_chunks",
    "delay_distribution",
    "described_by",
    "effect_curve",
    "fetch",
    "flag_out_of_range",
    "flag_unit_mixup",
    "flag_unseen",
    "hide",
    "importance_table",
    "label_at",
    "leak_test",
    "load_criteo",
    "load_open_bandit",
    "missing_table",
    "neighbour_agreement",
    "neighbours",
    "only_new_groups",
    "packaged_file",
    "part_shift",
    "plant_faults",
    "plot_importance",
    "plot_numbers",
    "plot_rate_by_feature",
    "plot_share_seen",
    "population_stability",
    "positive_weights",
    "profile",
    "purge",
    "quality_findings",
    "rate_by_feature",
    "read_days",
    "relationship",
    "resample",
    "share_seen",
    "split_at_random",
    "split_by_group",
    "split_by_time",
    "split_valid",
    "splits_with_same_test",
    "suspect_codes",
    "suspect_unit",
    "tell_apart",
    "tree_shap",
    "typo_candidates",
    "usual_encoders",
    "usual_value",
    "wilson_interval",
    "window_features",
    "write_by_day",
]

_LATER = {
    "CooccurrenceEmbedding": "embedding",
    "described_by": "embedding",
    "usual_value": "embedding",
    "neighbour_agreement": "embedding",
    "neighbours": "embedding",
    "HashEncoder": "encoders",
    "InSampleTargetEncoder": "encoders",
    "compare_encoders": "encoders",
    "usual_encoders": "encoders",
}
"""Imported on first use: they need scikit-learn, which a service's features do not."""


def __getattr__(name: str) -> Any:
    return later(__name__, _LATER, name)
