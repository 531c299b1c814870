"""The router's configuration: one validated object, with a version, in one file."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mlsd_kit.documents.lines import KeyPath
from mlsd_kit.documents.validate import Mistakes, mistakes
from mlsd_kit.errors import UserError

CONFIG = "config.json"
Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=60)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Part):
    """Requests of a segment go to a model of their own; no experiment takes them."""

    feature: str
    values: list[str | int | float] = Field(min_length=1)
    model: str


class Arm(_Part):
    """One side of a split."""

    model: str
    share: Share


class Split(_Part):
    """An experiment: units are hashed with its salt into arms; shares add up to 1."""

    salt: str = Field(min_length=1)
    arms: dict[str, Arm] = Field(min_length=1)

    @property
    def shares(self) -> dict[str, float]:
        """Arm → its share, in their order."""
        return {name: arm.share for name, arm in self.arms.items()}


class Shadow(_Part):
    """A model that sees a copy of the traffic, and whose answers nobody gets."""

    model: str
    share: Share = 1.0
    queue: int = Field(default=100, ge=1, le=100_000)
    """Most copies that wait; what comes when it is full is dropped, and counted."""
    deadline_s: Seconds = 1.0


class RouterConfig(_Part):
    """What the router does: its models, who answers whom, and what is tried out.

    A request goes by the first rule that fits it, or else by the split, or else to the champion.
    When that model is down or late, the champion answers, and after it the standby.

    >>> RouterConfig(models={"a": "http://127.0.0.1:1"}, champion="a").but(deadline_s=0.1).version
    2
    """

    version: int = Field(default=1, ge=1)
    models: dict[str, str]
    """Name → address of its service, such as http://127.0.0.1:8000."""
    champion: str
    standby: str | None = None
    rules: list[Rule] = []
    split: Split | None = None
    shadow: Shadow | None = None
    deadline_s: Seconds = 0.25
    """How long one model is waited for; the chain of fallbacks waits for each."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if found := [*self._unknown_models(), *self._wrong_addresses(), *self._wrong_shares()]:
            raise Mistakes(found)
        return self

    def but(self, **changes: Any) -> RouterConfig:
        """The next version, with some values changed.

        Raises:
            UserError: when it is not valid; one line.
        """
        return parse_config({**self.model_dump(), **changes, "version": self.version + 1})

    def chain(self, model: str) -> list[str]:
        """The models that are asked in turn until one answers."""
        asked = (model, self.champion, self.standby)
        return list(dict.fromkeys(name for name in asked if name is not None))

    def _unknown_models(self) -> list[tuple[KeyPath, str]]:
        named: list[tuple[KeyPath, str | None]] = [(("champion",), self.champion)]
        named += [(("standby",), self.standby)]
        named += [(("rules", i, "model"), rule.model) for i, rule in enumerate(self.rules)]
        if self.split:
            named += [(("split", "arms", a, "model"), x.model) for a, x in self.split.arms.items()]
        if self.shadow:
            named += [(("shadow", "model"), self.shadow.model)]
        known = ", ".join(self.models)
        return [
            (keys, f"there is no model {name!r}; there are {known}")
            for keys, name in named
            if name is not None and name not in self.models
        ]

    def _wrong_addresses(self) -> list[tuple[KeyPath, str]]:
        said = "is no address like http://127.0.0.1:8000"
        return [
            (("models", name), f"{url!r} {said}")
            for name, url in self.models.items()
            if not _is_address(url)
        ]

    def _wrong_shares(self) -> list[tuple[KeyPath, str]]:
        if not self.split:
            return []
        total = math.fsum(self.split.shares.values())
        says = f"the shares add up to {total:g}, not to 1"
        return [] if math.isclose(total, 1, abs_tol=1e-9) else [(("split", "arms"), says)]


def parse_config(given: object) -> RouterConfig:
    """A configuration from plain values, or from JSON as bytes.

    Raises:
        UserError: when it is not valid: one line, with the key of the first mistake.
    """
    try:
        if isinstance(given, bytes):
            return RouterConfig.model_validate_json(given)
        return RouterConfig.model_validate(given)
    except ValidationError as refused:
        found = mistakes(refused, RouterConfig)
        keys, message = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        line = " ".join(f"{'.'.join(map(str, keys)) or 'the body'}: {message}{more}".split())
        raise UserError(line) from None


def write_config(folder: Path, config: RouterConfig) -> None:
    """Write the configuration into the router's folder; whoever reads finds the old or the new."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{CONFIG}.part"
    part.write_text(config.model_dump_json(indent=1) + "\n", "utf-8")
    os.replace(part, folder / CONFIG)


def read_config(folder: Path) -> RouterConfig:
    """The configuration in the router's folder.

    Raises:
        UserError: when there is none, or it is not valid.
    """
    try:
        return parse_config((folder / CONFIG).read_bytes())
    except OSError as error:
        raise UserError(f"{folder / CONFIG}: {error.strerror}") from None


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
