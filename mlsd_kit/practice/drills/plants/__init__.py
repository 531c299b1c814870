"""Flaws to plant in a good design, by the rule of the linter that they may break."""

from mlsd_kit.practice.drills.plants import flows, parts
from mlsd_kit.practice.drills.plants.registry import PLANTERS, Change, changes

__all__ = ["PLANTERS", "Change", "changes", "flows", "parts"]
