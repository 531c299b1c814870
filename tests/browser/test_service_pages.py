"""The docs page and the metrics page of `mlsd serve` in a real browser, without a network."""

import re
import subprocess
import sys

import pytest

from tests.browser.jupyter import browser_page, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of `mlsd serve`."""
    command = [sys.executable, "-m", "mlsd_kit", "serve", "fraud_detection", "--port", "0"]
    folder = tmp_path_factory.mktemp("service")
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if found := re.search(r"is served at (http://\S+)", line):
                break
        yield found[1]
        process.terminate()


def test_the_docs_page_shows_the_routes_and_one_can_be_tried(address, tmp_path):
    asked = []
    with browser_page() as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/docs")
        for route in ("/predict", "/predict/batch", "/ready", "/metrics"):
            page.get_by_text(route, exact=True).first.wait_for(state="visible")
        page.get_by_text("/predict", exact=True).first.click()
        form = page.locator("form[data-path='/predict']")
        form.get_by_role("button", name="Send").click()
        form.get_by_text('"prediction"').wait_for(state="visible")
        page.screenshot(path=tmp_path / "docs.png", full_page=True)
    assert asked
    assert all(url.startswith(address) for url in asked)


def test_the_metrics_page_counts_what_was_asked(address, tmp_path):
    with browser_page() as page:
        page.goto(f"{address}/ready")
        page.get_by_text("passes").wait_for(state="visible")
        page.goto(f"{address}/metrics")
        shown = page.locator("body").inner_text()
        page.screenshot(path=tmp_path / "metrics.png")
    assert re.search(r'requests_total\{[^}]*path="/ready"[^}]*\} [1-9]', shown)
