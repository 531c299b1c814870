"""A design to play with in JupyterLab: a slider moved with the keyboard, and the simulation."""

import json

import pytest

from tests.browser.jupyter import OpenNotebook, browser_page, jupyter_lab, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]

DESIGN = """
title: A funnel with a cache
requirement: {rate: 1000 requests/s, latency: 60 ms}
components:
  app: {kind: client, concurrency: unlimited}
  cache: {kind: cache, service: 1 ms, hit_rate: 0.8, concurrency: 8}
  store: {kind: feature_store, service: 5 ms, concurrency: 8}
  ranker: {kind: ranker, service: {mean: 1 ms, per_candidate: 20 µs}, replicas: 6, price: $1/h}
flows:
  request:
    candidates: 200
    steps: [{call: app}, {call: cache, on_miss: [{call: store}]}, {call: ranker, keeps: 20}]
"""
CELLS = [
    "from mlsd_kit.design import load_design\n"
    "from mlsd_kit.widgets.playground import playground\n"
    "design = load_design('design.yaml')",
    "ground = playground(design)\nground",
    "drawn = design\ndrawn",
]
OPEN = "ground = playground"
PICTURE = ".jp-OutputArea svg[aria-labelledby]"


def notebook():
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": [],
         "execution_count": None}
        for n, source in enumerate(CELLS)
    ]  # fmt: skip
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The notebook, open in JupyterLab, with the playground in it."""
    folder = tmp_path_factory.mktemp("playground")
    (folder / "design.yaml").write_text(DESIGN, encoding="utf-8")
    (folder / "play.ipynb").write_text(notebook(), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTERLAB_SETTINGS_DIR", str(folder / "settings"))
        yield from _opened(folder)


def _opened(folder):
    with jupyter_lab(folder) as address, browser_page() as page:
        opened = OpenNotebook(page, address, "play.ipynb")
        opened.run("load_design")
        opened.run(OPEN)
        opened.page.locator(PICTURE).wait_for()
        yield opened


def slider(lab, path):
    """The handle of the slider of a path, which takes the keyboard."""
    label = lab.page.locator(f".widget-label[title$='{path}']")
    return label.locator("xpath=..").get_by_role("slider")


def test_a_slider_moves_with_the_keyboard_and_all_follows(lab, tmp_path):
    page = lab.page
    picture = page.locator(PICTURE)
    assert "6 × 1" in picture.text_content()
    assert not page.get_by_text("saturated", exact=True).count()
    handle = slider(lab, "components.ranker.replicas")
    handle.focus()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    page.get_by_text("Cannot keep up: ranker.").wait_for()
    page.get_by_text("saturated", exact=True).wait_for()
    picture.filter(has_text="4 × 1").wait_for()
    assert handle.get_attribute("aria-valuenow") == "4.0"
    page.screenshot(path=tmp_path / "saturated.png")
    handle.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.get_by_text("saturated", exact=True).wait_for(state="detached")
    picture.filter(has_text="8 × 1").wait_for()
    assert "{'components.ranker.replicas': 8}" in lab.add_below(OPEN, "ground.changes")


def test_simulate_and_reset_with_the_keyboard(lab, tmp_path):
    page = lab.page
    page.get_by_role("button", name="Simulate").focus()
    page.keyboard.press("Enter")
    page.get_by_role("columnheader", name="closed form").wait_for()
    page.get_by_role("rowheader", name="p99").wait_for()
    page.screenshot(path=tmp_path / "simulated.png")
    slider(lab, "components.store.replicas").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("of an earlier design").wait_for()
    page.get_by_role("button", name="Reset").focus()
    page.keyboard.press("Enter")
    lab.idle()
    assert "nothing changed" in lab.add_below(OPEN, "ground.changes or 'nothing changed'")


def test_the_picture_shows_on_its_own_ground_in_both_themes(lab, tmp_path):
    lab.run("drawn")
    page = lab.page
    lab.select("drawn")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate(
            "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
        page.screenshot(path=tmp_path / f"{theme.split()[1]}.png")
    image = page.locator(".jp-OutputArea img[src^='data:image/svg']")
    assert image.evaluate("image => image.complete && image.naturalWidth > 600")
