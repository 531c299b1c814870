"""Monitors of a model in service, and how far each can be trusted."""

from mlsd_kit.deployment.monitoring.cycle import SameHours, daily_clock, days_without_drift
from mlsd_kit.deployment.monitoring.drift_monitors import (
    DataDrift,
    DistributionTest,
    StreamDetector,
)
from mlsd_kit.deployment.monitoring.fairness import (
    FairnessMonitor,
    Gate,
    difference_interval,
    fairness_gate,
    group_rates,
)
from mlsd_kit.deployment.monitoring.guards import PredictionRate, Volume
from mlsd_kit.deployment.monitoring.measure import (
    FalseAlarms,
    Setting,
    count_alarms,
    detection,
    false_alarms,
    measure_monitor,
    plot_detection,
)
from mlsd_kit.deployment.monitoring.monitor import Alarm, AnyOf, Monitor, plot_watch, watch
from mlsd_kit.deployment.monitoring.quality import LateQuality, Quality
from mlsd_kit.deployment.monitoring.silent import SampledParity, SilentFailure
from mlsd_kit.deployment.monitoring.window import (
    Outcomes,
    Sample,
    Window,
    cut_windows,
    join_samples,
)

__all__ = [
    "Alarm",
    "AnyOf",
    "DataDrift",
    "DistributionTest",
    "FairnessMonitor",
    "FalseAlarms",
    "Gate",
    "LateQuality",
    "Monitor",
    "Outcomes",
    "PredictionRate",
    "Quality",
    "SameHours",
    "Sample",
    "SampledParity",
    "Setting",
    "SilentFailure",
    "StreamDetector",
    "Volume",
    "Window",
    "count_alarms",
    "cut_windows",
    "daily_clock",
    "days_without_drift",
    "detection",
    "difference_interval",
    "fairness_gate",
    "false_alarms",
    "group_rates",
    "join_samples",
    "measure_monitor",
    "plot_detection",
    "plot_watch",
    "watch",
]
