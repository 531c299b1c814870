"""The exercises of the lesson on requirements."""

from mlsd_kit.practice.lessons.requirements.latency import FLAWS, draft_budget

__all__ = ["FLAWS", "draft_budget"]
