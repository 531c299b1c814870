"""A learner at a lesson: wrong, a hint, right, and the progress that outlives the kernel."""

import subprocess
import sys

import pytest

from tests.browser.jupyter import OpenNotebook, browser_page, jupyter_lab, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
LESSON = "notebooks/01_requirements.ipynb"
EXERCISE = 'check("R1.goal"'


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    """The learner's copy of a lesson, open in JupyterLab."""
    book = tmp_path_factory.mktemp("learner") / "book"
    command = [sys.executable, "-m", "mlsd_kit", "init", str(book)]
    subprocess.run(command, check=True, capture_output=True)
    with jupyter_lab(book) as address, browser_page() as page:
        yield OpenNotebook(page, address, LESSON)


def begin(lesson):
    """Run what every lesson begins with, up to the map."""
    for cell in ("style.use_style()", "mode: str", "start_lesson(", "lesson.map()"):
        lesson.run(cell)


def on_map(lesson, item):
    return lesson.page.locator(".mlsd-map .item", has_text=f"{item} ").first.get_attribute("class")


def test_wrong_then_a_hint_then_right_and_the_kernel_may_end(lesson, tmp_path):
    begin(lesson)
    assert 'mode: str = "study"' in lesson.source("mode: str")
    assert "BEGIN SOLUTION" not in lesson.source(EXERCISE)
    assert on_map(lesson, "R1") == "item not-yet"
    assert "There is no answer yet" in lesson.run(EXERCISE)
    wrong = lesson.type(EXERCISE, f'goal = "C"\n{EXERCISE}, goal)')
    assert "✗ R1.goal" in wrong
    assert "no answer yet" not in wrong
    assert "Hint 1:" in lesson.add_below(EXERCISE, 'hint("R1.goal")')
    assert "✓ R1.goal" in lesson.type(EXERCISE, f'goal = "B"\n{EXERCISE}, goal)')
    reached = on_map(lesson, "R1")
    assert reached in {"item practised", "item mastered"}
    lesson.page.screenshot(path=tmp_path / "right.png")
    lesson.restart()
    begin(lesson)
    assert on_map(lesson, "R1") == reached
    lesson.page.screenshot(path=tmp_path / "restarted.png")


def test_a_prediction_is_kept_and_compared(lesson):
    begin(lesson)
    lesson.run("spec = lesson.case.spec")
    lesson.run('"R9",')
    lesson.page.get_by_placeholder("a number").first.fill("7")
    lesson.page.get_by_role("button", name="Keep").first.click()
    lesson.page.get_by_text("Kept: 7 facts").wait_for()
    shown = lesson.add_below('"R9",', 'reveal("R9", 5)')
    assert "You predicted 7 facts: too high by a factor of 1.4" in shown
