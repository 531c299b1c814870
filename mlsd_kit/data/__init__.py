"""Data: sets, exploration, validation, splits, delayed labels and storage."""

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
from mlsd_kit.data.packaged import packaged_file
from mlsd_kit.data.profile import profile
from mlsd_kit.data.rates import plot_rate_by_feature, rate_by_feature, wilson_interval
from mlsd_kit.data.relationship import relationship
from mlsd_kit.data.sets import criteo_chunks, load_criteo, load_open_bandit
from mlsd_kit.data.split import (
    Split,
    split_at_random,
    split_by_group,
    split_by_time,
    splits_with_same_test,
)
from mlsd_kit.data.storage import compare_formats, read_days, write_by_day
from mlsd_kit.data.unexpected import flag_out_of_range, flag_unit_mixup, flag_unseen
from mlsd_kit.data.validation import FrameReport, InvalidData, check_frame, split_valid
from mlsd_kit.data.windows import Window, WindowState, window_features

__all__ = [
    "DelayDistribution",
    "FrameReport",
    "InvalidData",
    "Split",
    "Window",
    "WindowState",
    "cache_folder",
    "check_frame",
    "compare_formats",
    "corrected_rate",
    "criteo_chunks",
    "delay_distribution",
    "fetch",
    "flag_out_of_range",
    "flag_unit_mixup",
    "flag_unseen",
    "label_at",
    "load_criteo",
    "load_open_bandit",
    "packaged_file",
    "plot_rate_by_feature",
    "plot_share_seen",
    "positive_weights",
    "profile",
    "rate_by_feature",
    "read_days",
    "relationship",
    "share_seen",
    "split_at_random",
    "split_by_group",
    "split_by_time",
    "split_valid",
    "splits_with_same_test",
    "wilson_interval",
    "window_features",
    "write_by_day",
]
