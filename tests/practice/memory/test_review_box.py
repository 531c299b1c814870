"""The cards in a notebook: what the box shows, what it keeps, and its keys in a browser."""

import json

import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.widgets.review_box import ReviewBox
from tests.browser.jupyter import browser_page, needs_chromium


@pytest.fixture
def box(log, clock):
    return ReviewBox(case="fraud_detection", new=2, log=log, clock=clock)


def click(box, rating, card=None):
    """What the browser sends."""
    box._handle_custom_msg({"rating": rating, "card": card or box.view["id"]}, [])


def test_it_shows_a_card_with_its_source_and_what_each_rating_means(box):
    view = box.view
    assert view["status"] == "0 due, up to 2 new."
    assert view["front"].startswith("Fraud detection")
    assert view["back"]
    assert view["link"].endswith(view["source"]) or view["source"].startswith("case_studies/")
    assert view["spans"] == {"1": "1 min", "2": "6 min", "3": "10 min", "4": "8 days"}


def test_a_click_rates_and_brings_the_next(box, log):
    first = box.view["id"]
    click(box, 4)
    assert list(log.learned()) == [first]
    assert box.view["id"] != first
    assert box.view["status"].startswith("That one comes next in 8 days.")
    click(box, 4)
    assert "id" not in box.view
    assert "No more cards now: 2 rated, all kept. The next is due in 8 days." in box.view["status"]
    box.rate(3)
    assert len(log.reviews()) == 2


@pytest.mark.parametrize("rating", [0, 5, "3", None, [3], {"a": 1}])
def test_what_is_no_rating_is_left_alone(box, log, rating):
    before = box.view
    click(box, rating)
    box._handle_custom_msg("nonsense", [])
    assert box.view == before
    assert log.reviews().empty


def test_a_second_click_on_a_card_is_no_rating_of_the_next(box, log):
    first = box.view["id"]
    click(box, 3)
    click(box, 3, first)
    assert len(log.reviews()) == 1


def test_a_rating_that_cannot_be_kept_is_said_and_the_card_stays(box, monkeypatch):
    def fail(*_):
        raise UserError("interviews.sqlite: interviews cannot be kept here (disk full)")

    first = box.view
    monkeypatch.setattr(ReviewLog, "add", fail)
    click(box, 3)
    assert box.view["id"] == first["id"]
    assert box.view["status"].startswith("Not kept: interviews.sqlite")
    assert box.view["turn"] > first["turn"]


def test_without_a_browser_it_says_what_to_do(box):
    bundle = box._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/plain"] == "Flashcards: 0 due, up to 2 new. In a terminal: mlsd review"


VIEW = {
    "turn": 1, "id": "a", "status": "1 due, up to 2 new.", "about": "data · D5",
    "front": "Is <img src=x onerror=\"window.hit=1\"> `p < 1`?", "back": "Yes & no.",
    "source": "notebooks/02_data.ipynb#cell-id=c019", "link": "02_data.ipynb#cell-id=c019",
    "spans": {"1": "1 min", "2": "6 min", "3": "10 min", "4": "8 days"},
}  # fmt: skip
PAGE = """
<!doctype html><meta charset="utf-8"><style>%s</style><body style="%s"><div id="place"></div>
<script type="module">
%s
const heard = [];
const model = {
  view: %s, on(name, f) { this.f = f; }, off() {}, get() { return this.view; },
  send(message) { window.sent = (window.sent || []).concat([message]); },
};
window.model = model;
render({ model, el: document.getElementById("place") });
</script>
"""
THEMES = {
    "light": "background:#fff;color:#111",
    "dark": "background:#111;color:#ddd;--jp-layout-color1:#111;--jp-layout-color2:#333;"
    "--jp-content-font-color1:#ddd;--jp-content-font-color2:#bbb;--jp-border-color1:#616161;"
    "--jp-border-color0:#757575;--jp-content-link-color:#64b5f6;--jp-brand-color1:#64b5f6",
}


def page_of(theme):
    script = str(ReviewBox._esm).replace("export default { render };", "")
    return PAGE % (ReviewBox._css, THEMES[theme], script, json.dumps(VIEW))


@pytest.mark.browser
@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("theme", THEMES)
def test_keys_in_a_browser(theme, tmp_path):
    with browser_page(700, 420) as page:
        page.set_content(page_of(theme))
        region = page.get_by_role("region", name="Flashcards")
        assert region.locator(".mlsd-review-front").inner_text().startswith("Is <img src=x")
        assert region.locator(".mlsd-review-front code").inner_text() == "p < 1"
        assert page.evaluate("window.hit") is None
        page.keyboard.press("3")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Show the answer"
        page.keyboard.press("Enter")
        assert page.get_by_text("Yes & no.").is_visible()
        assert page.evaluate("document.activeElement.className") == "mlsd-review-back"
        assert page.get_by_role("group", name="How well did you know it?").is_visible()
        page.screenshot(path=tmp_path / f"answer-{theme}.png")
        page.keyboard.press("3")
        page.keyboard.press("3")
        assert page.evaluate("window.sent") == [{"card": "a", "rating": 3}]
        page.evaluate(
            "model.view = {...model.view, turn: 2, id: 'b', front: 'And now?', status: 'Next.'};"
            "model.f();"
        )
        assert page.evaluate("document.activeElement.textContent") == "And now?"
        assert not page.get_by_text("Yes & no.").is_visible()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Easy").click()
        assert page.evaluate("window.sent.at(-1)") == {"card": "b", "rating": 4}
        page.evaluate("model.view = {turn: 3, status: 'No more cards now.'}; model.f();")
        assert page.get_by_role("status").inner_text() == "No more cards now."
        assert (
            not page.get_by_role("button").count()
            or not page.get_by_role("button").first.is_visible()
        )
