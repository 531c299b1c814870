"""The map of the framework's items, each with what the learner has done of it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from mlsd_kit import framework

SIGNS = {"not yet": "·", "seen": "○", "practised": "◐", "mastered": "●"}
_STYLE = """
<style>
.mlsd-map { border-collapse: collapse; font-size: 13px; }
.mlsd-map th { text-align: left; font-weight: 600; padding: 3px 12px 3px 0; }
.mlsd-map td { padding: 3px; }
.mlsd-map .item { display: inline-block; min-width: 3.6em; padding: 2px 6px; border-radius: 4px;
  border: 1px solid #8888; text-align: center; }
.mlsd-map .seen { background: #cfe3f2; color: #10293a; }
.mlsd-map .practised { background: #7fb4d9; color: #0b1f2d; }
.mlsd-map .mastered { background: #0b5f94; color: #fff; }
</style>
"""


def map_html(states: Mapping[str, str], stages: Sequence[str] = framework.STAGE_NAMES) -> str:
    """The map as HTML: a row for each stage, a sign and a colour for each item.

    Args:
        states: item → "not yet", "seen", "practised" or "mastered".
        stages: which of the stages to show.
    """
    rows = []
    for stage in framework.STAGES:
        if stage.name not in stages:
            continue
        cells = "".join(_cell(item, states[item.id]) for item in stage.items)
        rows.append(f"<tr><th scope='row'>{stage.title}</th>{cells}</tr>")
    legend = ", ".join(f"{sign} {state}" for state, sign in SIGNS.items())
    return (
        f"{_STYLE}<table class='mlsd-map' aria-label='Progress'>"
        f"{''.join(rows)}</table><p>{legend}</p>"
    )


def map_text(states: Mapping[str, str], stages: Sequence[str] = framework.STAGE_NAMES) -> str:
    """The map as plain text.

    >>> states = dict.fromkeys(framework.ITEMS, "not yet") | {"M1": "seen"}
    >>> print(map_text(states, ["model"]))
    Model: M1 ○  M2 ·  M3 ·  M4 ·  M5 ·
    """
    return "\n".join(
        f"{stage.title}: "
        + "  ".join(f"{item.id} {SIGNS[states[item.id]]}" for item in stage.items)
        for stage in framework.STAGES
        if stage.name in stages
    )


def _cell(item: framework.Item, state: str) -> str:
    name = state.replace(" ", "-")
    said = html.escape(f"{item.title}: {state}", quote=True)
    return (
        f"<td><span class='item {name}' title='{said}' aria-label='{item.id} {said}'>"
        f"{item.id} {SIGNS[state]}</span></td>"
    )
