"""Loaders of public data sets, each with its licence and its columns described."""

from mlsd_kit.data.sets.card_fraud import CARD_FRAUD_COLUMNS, load_card_fraud
from mlsd_kit.data.sets.criteo import CRITEO_COLUMNS, CRITEO_URL, criteo_chunks, load_criteo
from mlsd_kit.data.sets.letor import load_letor, load_mslr_sample
from mlsd_kit.data.sets.movielens import MovieLens, load_movielens
from mlsd_kit.data.sets.open_bandit import load_open_bandit

__all__ = [
    "CARD_FRAUD_COLUMNS",
    "CRITEO_COLUMNS",
    "CRITEO_URL",
    "MovieLens",
    "criteo_chunks",
    "load_card_fraud",
    "load_criteo",
    "load_letor",
    "load_movielens",
    "load_mslr_sample",
    "load_open_bandit",
]
