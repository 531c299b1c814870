"""The scorecard under the desk, and as files in the learner's folder."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from mlsd_kit.errors import UserError
from mlsd_kit.practice.desk.part import shown
from mlsd_kit.practice.grading.export import plot_scorecard, scorecard_html, scorecard_markdown
from mlsd_kit.practice.grading.scorecard import Scorecard


def scorecard_outputs(card: Scorecard, start: Path) -> tuple[dict[str, Any], ...]:
    """The plot and the scorecard, as outputs that JupyterLab renders in its theme.

    Args:
        card: the scorecard; what was typed is escaped in it.
        start: the notebook's folder, from which links lead to the lessons.
    """
    bars = "; ".join(f"{axis.name} {axis.score:.2f}, {axis.grade}" for axis in card.axes)
    picture = f'<img alt="{bars}" style="max-width:100%" src="data:image/png;base64,{_png(card)}">'
    return (
        _display("text/html", picture, bars),
        _display("text/markdown", shown(scorecard_markdown(card, start)), card.title),
    )


def save_scorecard(card: Scorecard, folder: Path, name: str) -> list[Path]:
    """Write the scorecard as Markdown and as an HTML page.

    Args:
        card: the scorecard.
        folder: where to.
        name: of the files, without their ending.

    Raises:
        UserError: when they cannot be written.
    """
    written = []
    for suffix, render in (("md", scorecard_markdown), ("html", scorecard_html)):
        path = folder / f"{name}.{suffix}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(shown(render(card, folder)), encoding="utf-8")
        except OSError as error:
            raise UserError(f"{path}: cannot be written ({error.strerror})") from None
        written.append(path)
    return written


def _png(card: Scorecard) -> str:
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    figure = plot_scorecard(card).figure
    assert isinstance(figure, Figure)
    kept = io.BytesIO()
    figure.savefig(kept, format="png", dpi=110, facecolor="white")
    plt.close(figure)
    return base64.b64encode(kept.getvalue()).decode()


def _display(kind: str, data: str, plain: str) -> dict[str, Any]:
    return {
        "output_type": "display_data",
        "data": {kind: data, "text/plain": plain},
        "metadata": {},
    }
