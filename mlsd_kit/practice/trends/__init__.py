"""What a learner's history says over time: interviews, exercises and cards."""

from mlsd_kit.practice.trends.frames import (
    axis_change,
    axis_frame,
    estimate_frame,
    exercise_frame,
    item_frame,
    played,
    time_frame,
)
from mlsd_kit.practice.trends.learner import Learner, load_learner
from mlsd_kit.practice.trends.plots import (
    plot_axes,
    plot_estimates,
    plot_exercises,
    plot_forecast,
    plot_items,
    plot_time,
)
from mlsd_kit.practice.trends.sentences import (
    about_axes,
    about_estimates,
    about_exercises,
    about_learner,
    about_reviews,
    about_time,
)

__all__ = [
    "Learner",
    "about_axes",
    "about_estimates",
    "about_exercises",
    "about_learner",
    "about_reviews",
    "about_time",
    "axis_change",
    "axis_frame",
    "estimate_frame",
    "exercise_frame",
    "item_frame",
    "load_learner",
    "played",
    "plot_axes",
    "plot_estimates",
    "plot_exercises",
    "plot_forecast",
    "plot_items",
    "plot_time",
    "time_frame",
]
