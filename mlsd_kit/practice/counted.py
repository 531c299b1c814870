"""A number of things in words."""

from __future__ import annotations


def counted(count: int, name: str) -> str:
    """How many of what.

    >>> counted(1, "fact"), counted(2, "fact")
    ('1 fact', '2 facts')
    """
    return f"{count} {name}{'' if count == 1 else 's'}"
