"""The mock interview in a notebook: widgets over the interview's engine, and nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlsd_kit.errors import require

if TYPE_CHECKING:
    from mlsd_kit.practice.desk.desk import Desk

__all__ = ["mock_interview"]

require("anywidget")


def mock_interview(
    case: str, level: str = "senior", minutes: float = 45.0, *, interview: str = "", file: str = ""
) -> Desk:
    """Open a desk for a mock interview; in JupyterLab it begins with a form.

    Where there is no browser, it is a text that says how to begin.

    Args:
        case: that the form begins with.
        level: junior, senior or staff.
        minutes: of the whole interview.
        interview: id of a kept interview, which is then opened at once.
        file: where interviews are kept; ``.mlsd/interviews.sqlite`` in the learner's folder
            unless told.

    Raises:
        UserError: for an unknown case, level or interview, or a length outside 5 to 180 minutes.
    """
    from pathlib import Path

    from mlsd_kit.practice.desk.desk import Desk
    from mlsd_kit.practice.record.history import History, history_file

    history = History(Path(file).expanduser() if file else history_file())
    desk = Desk(case, level, minutes, history)
    if interview:
        desk.open(interview)
    return desk
