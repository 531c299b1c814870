"""The drills in JupyterLab, by the keyboard alone, in both themes."""

import shutil

import pytest

from mlsd_kit.content import content_root, init
from mlsd_kit.practice.drills import drill_results
from mlsd_kit.practice.record.history import History
from tests.browser.jupyter import OpenNotebook, browser_page, jupyter_lab, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drills")
    init(folder)
    shutil.copy(content_root() / "notebooks" / "drills.ipynb", folder / "play.ipynb")
    return folder


@pytest.fixture(scope="module")
def lab(folder):
    """The notebook, open in JupyterLab, with the kernel ready."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTERLAB_SETTINGS_DIR", str(folder / "settings"))
        with jupyter_lab(folder) as address, browser_page() as page:
            opened = OpenNotebook(page, address, "play.ipynb")
            opened.run("import pandas")
            opened.run("seed: int")
            yield opened


def kept(folder, drill):
    results = drill_results(History(folder / ".mlsd" / "interviews.sqlite"))
    return [result for result in results if result.drill == drill]


def test_an_estimate_is_typed_and_the_next_one_comes(lab, folder):
    page = lab.page
    lab.run("EstimationDrill(seed)")
    page.get_by_label("Estimate").focus()
    page.keyboard.type("3 <b>million</b>")
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="I cannot read that").wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.type("16 * 0.05 * 0.95 / 0.0025**2 = 120,000 users")
    page.keyboard.press("Enter")
    page.locator("summary", has_text="The calculation").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".widget-html", has_text="Task 2").wait_for()
    [result] = kept(folder, "estimate")
    assert result.data["kind"] == "missing factor"


def test_metrics_are_chosen_with_the_space_bar(lab, folder):
    page = lab.page
    lab.run("MetricDrill(seed)")
    page.get_by_label("p99 from query to page").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Answer").last.focus()
    page.keyboard.press("Enter")
    page.locator("li", has_text="It is what was promised").wait_for()
    assert [result.score for result in kept(folder, "metric")] == [1]


def test_a_flaw_is_named_in_words_in_both_themes(lab, folder, tmp_path):
    page = lab.page
    lab.run("FlawDrill(seed, case)")
    page.get_by_label("In words").focus()
    page.keyboard.type("the device windows have no fallback")
    page.keyboard.press("Enter")
    page.locator("p", has_text="The linter says").wait_for()
    assert [result.score for result in kept(folder, "flaw")] == [1]
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
        page.screenshot(path=tmp_path / f"{theme.split()[1]}.png")


def test_questions_are_asked_while_the_clock_runs(lab, folder):
    page = lab.page
    lab.run("RequirementDrill(seed, case)")
    page.get_by_role("button", name="Start", exact=True).focus()
    page.keyboard.press("Enter")
    question = page.get_by_label("Question")
    page.wait_for_function("input => !input.disabled", arg=question.element_handle())
    question.focus()
    page.keyboard.type("what does an <i>error</i> cost?")
    page.keyboard.press("Enter")
    page.locator("p", has_text="You: what does an <i>error</i> cost?").wait_for()
    page.get_by_role("timer").filter(has_text="4:5").wait_for()
    page.get_by_role("button", name="Finish", exact=True).focus()
    page.keyboard.press("Enter")
    page.locator("p", has_text="A good order:").wait_for()
    assert kept(folder, "requirements")[0].data["told"] == ["objective"]
