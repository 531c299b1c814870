"""A model published as data: its predictions, made ahead, in a file that any process reads."""

from mlsd_kit.deployment.published.reading import Miss, Prediction, PublishedPredictions
from mlsd_kit.deployment.published.store import Publication, publish_predictions

__all__ = [
    "Miss",
    "Prediction",
    "Publication",
    "PublishedPredictions",
    "publish_predictions",
]
