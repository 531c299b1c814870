"""YAML read safely, keeping the line of every key and value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from mlsd_kit.errors import UserError

KeyPath = tuple[str | int, ...]
MOST_PARTS = 100_000
"""Keys, values and entries that a document may have, aliases written out."""


class Document:
    """Plain data from a YAML file, and the line (counted from 1) that each part stands on."""

    def __init__(self, path: Path | str, data: Any, lines: dict[KeyPath, int]) -> None:
        self.path = path
        self.data = data
        self._lines = lines

    def line(self, keys: KeyPath) -> int:
        """The line of a key path, or of the nearest parent that is there."""
        while keys and keys not in self._lines:
            keys = keys[:-1]
        return self._lines.get(keys, 1)


def read(path: Path) -> Document:
    """Read one YAML document whose top is a mapping.

    Raises:
        UserError: one line with file and line for text that is not YAML, a repeated key, or a
            file that cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    return parse(text, path)


def parse(text: str, path: Path | str = "text") -> Document:
    """Read YAML text whose top is a mapping; ``path`` is what messages call it.

    Raises:
        UserError: as `read`.
    """
    lines: dict[KeyPath, int] = {}
    try:
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            if node is not None:
                _refuse_bombs(node, path)
                _walk(node, (), lines, set(), path)
            data = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise UserError(f"{where}: not valid YAML: {error.problem}") from None
    except RecursionError:
        raise UserError(f"{path}: not valid YAML: nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise UserError(f"{path}:1: expected keys with values, such as 'title: …'")
    return Document(path, data, lines)


def _refuse_bombs(top: yaml.Node, path: Path | str) -> None:
    """Refuse aliases that contain themselves, or that unfold to more than anybody writes."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            if sizes[id(node)] == 0:
                line = node.start_mark.line + 1
                raise UserError(f"{path}:{line}: not valid YAML: contains itself")
            return sizes[id(node)]
        sizes[id(node)] = 0
        if isinstance(node, yaml.MappingNode):
            total = 1 + sum(size(key) + size(value) for key, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            total = 1 + sum(size(entry) for entry in node.value)
        else:
            total = 1
        sizes[id(node)] = total
        return total

    if size(top) > MOST_PARTS:
        raise UserError(f"{path}: unfolds to more than {MOST_PARTS:,} parts")


def _walk(
    node: yaml.Node, keys: KeyPath, lines: dict[KeyPath, int], seen: set[int], path: Path | str
) -> None:
    if id(node) in seen:
        return  # an alias: its content has its lines where the anchor stands
    seen.add(id(node))
    lines.setdefault(keys, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                raise UserError(f"{path}:{line}: a key is text, not a list or keys with values")
            inner = (*keys, key.value)
            if inner in lines:
                line, first = key.start_mark.line + 1, lines[inner]
                raise UserError(f"{path}:{line}: key {key.value!r} again; it is on line {first}")
            lines[inner] = key.start_mark.line + 1
            _walk(value, inner, lines, seen, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*keys, index), lines, seen, path)
