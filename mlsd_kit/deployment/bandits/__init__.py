"""Bandits: models that compete for the traffic while one learns which of them is best."""

from mlsd_kit.deployment.bandits.contextual import LinUCB
from mlsd_kit.deployment.bandits.play import Played, play, plot_regret, regret_table
from mlsd_kit.deployment.bandits.policies import UCB1, ABTest, EpsilonGreedy, Policy, Thompson
from mlsd_kit.deployment.bandits.theory import choice_probabilities, lai_robbins, ucb1_bound
from mlsd_kit.deployment.bandits.traffic import Traffic, draw_traffic, first_choice_outcomes

__all__ = [
    "UCB1",
    "ABTest",
    "EpsilonGreedy",
    "LinUCB",
    "Played",
    "Policy",
    "Thompson",
    "Traffic",
    "choice_probabilities",
    "draw_traffic",
    "first_choice_outcomes",
    "lai_robbins",
    "play",
    "plot_regret",
    "regret_table",
    "ucb1_bound",
]
