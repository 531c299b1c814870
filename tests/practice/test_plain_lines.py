"""Where lines can be edited, and how they are read elsewhere."""

import io
import sys

import pytest

from mlsd_kit.practice.plain_lines import can_edit, plain_line


class Tty(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("typed", "printed", "name", "can"),
    [
        (Tty, Tty, "xterm-256color", True),
        (Tty, Tty, "", True),
        (Tty, io.StringIO, "xterm-256color", False),
        (io.StringIO, Tty, "xterm-256color", False),
        (Tty, Tty, "dumb", False),
    ],
)
def test_only_a_real_terminal_can_edit(monkeypatch, typed, printed, name, can):
    monkeypatch.setattr(sys, "stdin", typed())
    monkeypatch.setattr(sys, "stdout", printed())
    monkeypatch.setenv("TERM", name)
    assert can_edit() is can


@pytest.mark.parametrize(("made", "shown"), [(io.StringIO, "> hello\n"), (Tty, "> ")])
def test_a_line_of_a_pipe_is_shown(monkeypatch, made, shown):
    printed = io.StringIO()
    monkeypatch.setattr(sys, "stdin", made("hello\n"))
    monkeypatch.setattr(sys, "stdout", printed)
    assert plain_line("> ") == "hello"
    assert printed.getvalue() == shown
