"""A whole interview in JupyterLab: typed, estimated, drawn, broken off, gone on with, finished."""

import re
import subprocess
import sys
import time

import pytest

from mlsd_kit.practice.interview import History, state_of
from tests.browser.jupyter import OpenNotebook, browser_page, jupyter_lab, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1800), needs_chromium]
NOTEBOOK = "notebooks/mock_interview.ipynb"
CELLS = ("import mock_interview", "case: str", "desk = mock_interview")
HOSTILE = ('<img src=x onerror="window.hacked=1">', "<script>window.hacked=1</script>")
ESTIMATE = "4,000 QPS x 250 = 1M predictions/s"
SKETCH = "ranker: ranker, 4 replicas, 8 ms\nrequest: client -> ranker"
ANSWERS = {
    "Data": "I split by time, because a random split lets the model see tomorrow's ads.",
    "Model": "A linear model first, since it is cheap and shows what the trees have to beat.",
    "Evaluation": "Calibration matters, because the auction multiplies the score with the bid.",
    "Deployment": "I release to one percent first, so that a broken model costs little.",
    "Scaling": "The ranker breaks first, therefore I score only a few hundred ads.",
    "Wrap-up": "The weakest point is the delay of the labels.",
}
READING_MS = 600_000
PAUSE = "import signal; signal.pause()"
NAMELESS = """() => [...document.querySelectorAll('.mlsd-desk *')]
    .filter(n => n.matches('input, select, textarea, button'))
    .filter(n => !(n.labels?.length || n.ariaLabel || n.textContent.trim())).map(n => n.outerHTML)
"""
KERNEL = "const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel; "


class Desk:
    """The desk in an open notebook, by what a person sees and presses."""

    def __init__(self, opened):
        self.opened, self.page = opened, opened.page
        self.part = self.page.locator(".mlsd-desk")
        self.log = self.part.get_by_role("log")
        self.field = self.part.get_by_label("Your question or answer")
        self.timer = self.part.get_by_role("timer")

    def button(self, name):
        return self.part.get_by_role("button", name=name, exact=True)

    def run(self):
        for cell in CELLS:
            self.opened.run(cell)

    def has_focus(self, selector, patience=None):
        self.page.wait_for_function(
            "s => document.activeElement.matches(s)", arg=selector, timeout=patience
        )

    def begun(self):
        """Wait until the interviewer has read the case."""
        self.has_focus(".mlsd-chat textarea", READING_MS)

    def tab_to(self, selector):
        """Press Tab until a control has the focus."""
        for _ in range(40):
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {selector}")

    def say(self, text, reply=None):
        """Type a line and wait for what is answered."""
        count = self.log.locator(".mlsd-interviewer").count()
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Enter")
        self.log.locator(".mlsd-interviewer").nth(count).wait_for()
        if reply:
            self.log.get_by_text(reply).wait_for()

    def left(self):
        """Seconds left on the clock."""
        minutes, seconds = re.search(r"(\d+):(\d+) left", self.timer.inner_text()).groups()
        return 60 * int(minutes) + int(seconds)

    def tick(self):
        """Wait until the clock shows another second."""
        shown = self.timer.inner_text()
        self.page.wait_for_function(
            "was => document.querySelector('[role=timer]').innerText !== was", arg=shown
        )

    def theme(self, name, path):
        """Take a picture of the desk in a theme."""
        self.page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", name
        )
        self.page.wait_for_function(
            "theme => document.body.dataset.jpThemeName === theme", arg=name
        )
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")
        self.page.screenshot(path=path)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A learner's folder."""
    book = tmp_path_factory.mktemp("interview") / "book"
    command = [sys.executable, "-m", "mlsd_kit", "init", str(book)]
    subprocess.run(command, check=True, capture_output=True)
    return book


@pytest.fixture
def desk(book):
    """The desk of the learner's notebook, with its form."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTERLAB_SETTINGS_DIR", str(book / "settings"))
        with jupyter_lab(book) as address, browser_page(1400, 1500) as page:
            desk = Desk(OpenNotebook(page, address, NOTEBOOK))
            desk.run()
            yield desk


def events(book):
    """The events of the one interview that is kept."""
    [(_, found)] = History(book / ".mlsd" / "interviews.sqlite").interviews().items()
    return found


def test_a_whole_interview(desk, book, tmp_path):
    page, keyboard = desk.page, desk.page.keyboard

    # begin, ask and estimate with the keyboard alone
    page.get_by_label("Case", exact=True).focus()
    desk.tab_to(".mlsd-form button.mlsd-first")
    keyboard.press("Enter")
    page.get_by_text("the interviewer is reading the case").wait_for()
    desk.begun()
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    keyboard.type("dd bb")
    keyboard.press("Control+A")
    desk.say("How many ads do we have in total?", "100,000 eligible ads")
    desk.has_focus(".mlsd-chat textarea")
    assert desk.field.input_value() == ""
    for text in HOSTILE:
        desk.say(text)
        desk.log.get_by_text(text, exact=True).wait_for()
    desk.tab_to(".mlsd-form select")
    what = page.get_by_label("What", exact=True)
    keyboard.press("ArrowDown")
    assert what.evaluate("select => select.selectedIndex") == 1
    keyboard.press("ArrowUp")
    keyboard.press("Tab")
    keyboard.insert_text(ESTIMATE)
    keyboard.press("Enter")
    page.locator(".mlsd-form .mlsd-says", has_text="Right: about").wait_for()
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert desk.log.locator("img, script").count() == 0

    # draw: a mistake is told below, the drawing follows, and it is criticised
    board = page.get_by_label("Your design, a line for each component and flow")
    board.focus()
    keyboard.insert_text("ranker: rankr")
    page.locator(".mlsd-error", has_text="no kind 'rankr'").wait_for()
    board.fill(SKETCH)
    page.wait_for_function("() => document.querySelector('.mlsd-picture img').naturalWidth > 100")
    assert page.locator(".mlsd-error").inner_text() == ""
    keyboard.press("Tab")
    keyboard.press("Enter")
    page.locator(".mlsd-whiteboard .mlsd-says").wait_for()
    page.get_by_label("For yourself").fill("Ask about the labels.")
    desk.button("Keep").click()
    page.get_by_role("listitem").filter(has_text="Ask about the labels.").wait_for()

    # on to the next stage
    desk.button("Next stage").focus()
    keyboard.press("b")
    keyboard.press("Enter")
    page.locator("[aria-current=step]", has_text="Data").wait_for()
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    desk.field.focus()
    desk.say(ANSWERS["Data"])
    page.evaluate(f"() => {{ {KERNEL} kernel.requestExecute({{ code: '{PAUSE}' }}); }}")
    page.wait_for_function(f"() => {{ {KERNEL} return kernel.status === 'busy'; }}")
    desk.tick()
    desk.tick()
    page.evaluate(f"() => {{ {KERNEL} return kernel.interrupt(); }}")
    desk.opened.idle()
    assert page.evaluate(NAMELESS) == []
    desk.theme("JupyterLab Dark", tmp_path / "dark.png")
    desk.theme("JupyterLab Light", tmp_path / "light.png")

    # the kernel is restarted in the middle
    lines = desk.log.locator(".mlsd-line").all_inner_texts()
    before = events(book)
    desk.opened.restart()
    desk.run()
    desk.button("Open").focus()
    keyboard.press("Enter")
    desk.begun()
    desk.log.get_by_text("You were away; the clock stood still.").wait_for()
    assert desk.log.locator(".mlsd-line").all_inner_texts()[: len(lines)] == lines
    early = time.time()
    shown = desk.left()
    late = time.time()
    kept = events(book)
    away = next(event.at for event in kept if event.kind == "resumed") - before[-1].at
    assert away > 0
    assert state_of(kept, late).left - 2 <= shown <= state_of(kept, early).left + 2
    assert page.locator("[aria-current=step]").inner_text().startswith("Data")
    assert board.input_value() == SKETCH
    page.get_by_role("listitem").filter(has_text="Ask about the labels.").wait_for()

    # to the end
    for stage, text in list(ANSWERS.items())[1:]:
        desk.button("Next stage").click()
        page.locator("[aria-current=step]", has_text=stage).wait_for()
        desk.field.focus()
        desk.say(text)
    desk.button("Finish").focus()
    keyboard.press("Enter")
    page.get_by_text("The interview ends here").wait_for()
    keyboard.press("Escape")
    page.wait_for_function("() => document.activeElement.textContent === 'Finish'")
    keyboard.press("Enter")
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    desk.has_focus(".mlsd-assessment h3")
    assert not desk.field.is_visible()
    assert page.evaluate(NAMELESS) == []
    desk.theme("JupyterLab Dark", tmp_path / "judge_dark.png")
    desk.theme("JupyterLab Light", tmp_path / "judge_light.png")

    # the own judgement, and the scorecard
    desk.tab_to(".mlsd-assessment input")
    keyboard.press("Space")
    page.locator(".mlsd-assessment .mlsd-says", has_text="Noted.").wait_for()
    desk.button("Show the scorecard").click()
    page.get_by_role("heading", name="Scorecard: ").wait_for()
    assert page.get_by_role("img", name="problem understanding").evaluate(
        "i => i.naturalWidth > 400"
    )
    link = page.locator(".jp-RenderedMarkdown a[href*='.ipynb']").first
    desk.button("Save as Markdown and HTML").click()
    page.locator(".mlsd-says", has_text="Written:").wait_for()
    written = sorted(path.suffix for path in (book / ".mlsd").glob("scorecard-*"))
    assert written == [".html", ".md"]
    page.get_by_role("heading", name="Scorecard: ").scroll_into_view_if_needed()
    desk.theme("JupyterLab Dark", tmp_path / "scorecard_dark.png")
    desk.theme("JupyterLab Light", tmp_path / "scorecard_light.png")
    assert page.evaluate("() => window.hacked") is None
    link.click()
    page.locator(".jp-Notebook .jp-Cell h1", has_text="Lesson").first.wait_for()


@pytest.fixture
def lab(book):
    """A JupyterLab with two copies of the notebook, and a page."""
    source = (book / NOTEBOOK).read_text(encoding="utf-8")
    for name in ("one", "two"):
        changed = source.replace('file: str = \\"\\"', f'file: str = \\"{book / "two.sqlite"}\\"')
        assert changed != source
        (book / f"{name}.ipynb").write_text(changed, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTERLAB_SETTINGS_DIR", str(book / "more_settings"))
        with jupyter_lab(book) as address, browser_page() as page:
            yield page, address


def test_two_notebooks_hold_two_interviews_and_a_reload_shows_the_same(lab, book):
    page, address = lab
    asked = {"one": "How many ads do we have?", "two": "What is the latency budget?"}
    for name, question in asked.items():
        desk = Desk(OpenNotebook(page, address, f"{name}.ipynb"))
        desk.run()
        desk.button("Begin").click()
        desk.begun()
        desk.say(question)
        desk.opened.command("docmanager:save")
    for name, question in asked.items():
        desk = Desk(OpenNotebook(page, address, f"{name}.ipynb"))
        desk.log.get_by_text(question).wait_for()
        assert desk.log.locator(".mlsd-you").count() == 1
        desk.tick()
    kept = History(book / "two.sqlite").interviews().values()
    assert sorted(e.data["text"] for found in kept for e in found if e.kind == "asked") == sorted(
        asked.values()
    )
