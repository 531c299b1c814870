"""The files of the drills: what their parts have in common, and the mistakes in them."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from mlsd_kit.errors import UserError

FOLDER = Path(__file__).parent


class Part(BaseModel):
    """A part of a drill's file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DrillError(UserError):
    """A drill's file with mistakes: one line each, with file, line and key."""
