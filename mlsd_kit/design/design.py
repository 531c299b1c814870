"""The design object: read, written, changed and compared."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import ValidationError

from mlsd_kit.design.schema import Blueprint, Flow, Step
from mlsd_kit.documents import Document, parse, read, validated
from mlsd_kit.documents.validate import mistakes
from mlsd_kit.errors import UserError


class DesignError(UserError):
    """A design with mistakes: one line each."""


class Design(Blueprint):
    """An architecture: what it has to meet, its components, and the flows through them.

    It never changes; `change` gives another one. In JupyterLab it shows as its drawing.

    >>> design = Design.from_yaml('''
    ... title: One service
    ... requirement: {rate: 100 requests/s, latency: 50 ms}
    ... components:
    ...   app: {kind: client, concurrency: unlimited}
    ...   ranker: {kind: ranker, service: 4 ms, replicas: 2}
    ... flows:
    ...   request: {steps: [{call: app}, {call: ranker, timeout: 30 ms}]}
    ... ''')
    >>> design.components["ranker"].service.mean
    0.004
    >>> bigger = design.change({"components.ranker.replicas": 3, "flows.request.ranker.retries": 1})
    >>> design.diff(bigger)
                                       before  after
    components.ranker.replicas              2      3
    flows.request.ranker.retries  not set (0)      1
    >>> Design.from_yaml(bigger.to_yaml()) == bigger
    True
    """

    @classmethod
    def from_yaml(cls, text: str, path: Path | str = "design") -> Design:
        """Read a design from YAML text; ``path`` is what messages call it.

        Raises:
            DesignError: one line for each mistake, with line, key and what would be right.
        """
        return cls.from_document(parse(text, path))

    @classmethod
    def from_document(cls, document: Document) -> Design:
        """Validate a document that was read.

        Raises:
            DesignError: one line for each mistake.
        """
        return validated(document, cls, DesignError)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Design:
        """Make a design in Python, from what a YAML file would say or from its parts.

        Raises:
            DesignError: one line for each mistake.
        """
        try:
            return cls.model_validate(dict(data))
        except ValidationError as refused:
            told = [f"{'.'.join(map(str, k)) or 'top'}: {m}" for k, m in mistakes(refused, cls)]
            raise DesignError("\n".join(dict.fromkeys(told))) from None

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, as `to_yaml` writes it: only what was said, amounts with their units."""
        data: dict[str, Any] = self.model_dump(mode="json", exclude_unset=True)
        return data

    def to_yaml(self) -> str:
        """Write the design; reading it back gives an equal one."""
        return yaml.dump(
            _shortened(self.to_dict()),
            sort_keys=False,
            allow_unicode=True,
            width=100,
            default_flow_style=None,
            Dumper=_Dumper,
        )

    def change(self, changes: Mapping[str, Any]) -> Design:
        """Give the design with some values changed; None takes a value away.

        Args:
            changes: path → value. Paths are dotted, and a step goes by its name or its
                component's: ``components.ranker.replicas``, ``flows.request.ranker.timeout``.

        Raises:
            DesignError: for a path that is not there, or a design that is not valid then.
        """
        data = self.to_dict()
        for path, value in changes.items():
            _set(data, path, value)
        return Design.from_dict(data)

    def diff(self, other: Design) -> pd.DataFrame:
        """Compare with another design: a row for each path whose value differs."""
        before, after = _flat(self), _flat(other)
        rows = {}
        for path in dict.fromkeys([*before, *after]):
            old, new = before.get(path), after.get(path)
            if old != new:
                rows[path] = (self._said(path, old), other._said(path, new))
        return pd.DataFrame.from_dict(rows, orient="index", columns=["before", "after"])

    def _said(self, path: str, value: Any) -> Any:
        if value is not None:
            return value
        field = path.rpartition(".")[2]
        parts = Step.model_fields if path.startswith("flows.") else {}
        default = parts[field].default if field in parts else None
        return "not set" if default in (None, (), "") else f"not set ({default})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from mlsd_kit.design.drawing.draw import draw

        picture = draw(self)
        return {"text/html": picture.html, "text/plain": f"<Design {self.title!r}>"}


class _Dumper(yaml.SafeDumper):
    """YAML without aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def load_design(path: Path | str) -> Design:
    """Read a design from a file.

    Raises:
        UserError: one line for each mistake, with file, line and key.
    """
    return Design.from_document(read(Path(path)))


def _shortened(data: Any) -> Any:
    """Write ``service: {mean: 2 ms}`` as ``service: 2 ms``."""
    if isinstance(data, dict):
        return {
            key: value["mean"]
            if key == "service" and isinstance(value, dict) and list(value) == ["mean"]
            else _shortened(value)
            for key, value in data.items()
        }
    return [_shortened(value) for value in data] if isinstance(data, list) else data


def _set(data: dict[str, Any], path: str, value: Any) -> None:
    here: Any = data
    *way, last = path.split(".")
    for done, key in enumerate(way):
        here = _down(here, key, ".".join(way[: done + 1]))
    if isinstance(here, list):
        here = _down(here, last, path)
        raise DesignError(f"{path}: is a step; name one of its values, such as {path}.timeout")
    if not isinstance(here, dict):
        raise DesignError(f"{path}: {way[-1]!r} has no keys")
    if value is None:
        here.pop(last, None)
    else:
        here[last] = value


def _down(here: Any, key: str, path: str) -> Any:
    if (
        isinstance(here, dict)
        and "steps" in here
        and key != "steps"
        and key not in Flow.model_fields
    ):
        here = here["steps"]
    if isinstance(here, list):
        found = _step(here, key)
        if found is not None:
            return found
        names = [_label(step) for step in _all_steps(here)]
        raise DesignError(f"{path}: no such step; {_nearest(key, names)}")
    if isinstance(here, dict):
        inner = here.setdefault(key, {}) if key in ("service", "failures", "waivers") else None
        if inner is not None or key in here:
            if isinstance(here[key], str) and key == "service":
                here[key] = {"mean": here[key]}
            return here[key]
        raise DesignError(f"{path}: not there; {_nearest(key, list(here))}")
    raise DesignError(f"{path}: not there")


def _nearest(key: str, names: list[str]) -> str:
    near = difflib.get_close_matches(key, names, 1, 0)
    return f"the nearest is {near[0]!r}" if near else "there are none"


def _label(step: dict[str, Any]) -> str:
    return str(step.get("name") or step.get("call") or step.get("send") or "parallel")


def _all_steps(steps: list[Any]) -> list[dict[str, Any]]:
    found = []
    for step in steps:
        found.append(step)
        for branch in step.get("parallel", []):
            found += _all_steps(branch)
        found += _all_steps(step.get("on_miss", []))
    return found


def _step(steps: list[Any], name: str) -> dict[str, Any] | None:
    return next((step for step in _all_steps(steps) if _label(step) == name), None)


def _flat(design: Design) -> dict[str, Any]:
    flat: dict[str, Any] = {}

    def go(data: Any, path: str) -> None:
        if isinstance(data, dict) and data:
            for key, value in data.items():
                go(value, f"{path}.{key}" if path else key)
        else:
            flat[path] = data

    plain = design.to_dict()
    for flow in plain["flows"].values():
        steps = flow.pop("steps")
        flow["steps"] = [_outline(step) for step in steps]
        for step in _all_steps(steps):
            label = _label(step)
            if label != "parallel":
                inside = ("name", "on_miss", "parallel")
                said = {k: v for k, v in step.items() if k not in inside}
                flow[label] = {k: v for k, v in said.items() if (k, v) != ("call", label)}
    go(plain, "")
    return {path: value for path, value in flat.items() if value != {}}


def _outline(step: dict[str, Any]) -> Any:
    if step.get("parallel"):
        return [[_outline(inner) for inner in branch] for branch in step["parallel"]]
    if step.get("on_miss"):
        return {_label(step): [_outline(inner) for inner in step["on_miss"]]}
    return _label(step)
