"""What was typed and not sent is there again when the page is loaded anew, as after a restart."""

import json

import pytest

from mlsd_kit.practice.desk.chat import Chat
from mlsd_kit.practice.desk.notes import notes_form
from mlsd_kit.practice.desk.whiteboard import Whiteboard
from tests.browser.jupyter import browser_page, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]
ADDRESS = "http://desk.test/"
PAGE = """<!doctype html><meta charset="utf-8"><div id="place"></div><script type="module">
%s
const values = %s, followed = {};
window.sent = [];
window.model = {
  get: (name) => values[name],
  set(name, value) { values[name] = value; for (const f of followed[name] ?? []) f(); },
  on: (event, f) => (followed[event.replace("change:", "")] ??= []).push(f),
  off() {}, save_changes() {}, send: (message) => window.sent.push(message),
};
render({ model, el: document.getElementById("place") });
</script>"""


def page_of(part):
    script = str(part._esm).replace("export default { render };", "")
    state = {name: value for name, value in part.get_state().items() if not name.startswith("_")}
    return PAGE % (script, json.dumps(state))


@pytest.fixture
def shown():
    """Loads a part into a page, each time as if its kernel had been restarted."""
    with browser_page(800, 600) as page:
        page.set_default_timeout(10_000)

        def load(part):
            page.unroute("**/*")
            html = page_of(part)
            page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
            page.goto(ADDRESS)
            return page

        yield load


def test_an_unsent_text_is_restored_and_a_sent_one_is_not(shown):
    def chat(**more):
        return Chat({}, draft="mlsd one chat", **more)

    field = shown(chat()).get_by_label("Your question or answer")
    field.fill("half a thought")
    page = shown(chat())
    assert field.input_value() == "half a thought"
    field.press("Enter")
    assert page.evaluate("sent.at(-1).text") == "half a thought"
    page = shown(chat())
    assert field.input_value() == "half a thought"
    field.press("Enter")
    page.evaluate("model.set('heard', 1)")
    shown(chat())
    assert field.input_value() == ""
    field.fill("too late")
    page.evaluate("model.set('answering', false)")
    shown(chat())
    assert field.input_value() == ""


def test_another_interview_and_a_nameless_one_restore_nothing(shown):
    field = shown(Chat({}, draft="mlsd one chat")).get_by_label("Your question or answer")
    field.fill("half a thought")
    for draft in ("mlsd two chat", ""):
        shown(Chat({}, draft=draft))
        assert field.input_value() == ""
        field.fill("another")
    shown(Chat({}, draft="mlsd one chat"))
    assert field.input_value() == "half a thought"


def test_a_sketch_is_a_draft_until_it_was_proposed(shown, interview):
    def board():
        return Whiteboard(interview.case, print, text="old: ranker", draft="mlsd one whiteboard")

    field = shown(board()).get_by_label("Your design")
    assert field.input_value() == "old: ranker"
    field.fill("new: ranker")
    page = shown(board())
    assert field.input_value() == page.evaluate("model.get('text')") == "new: ranker"
    page.get_by_role("button", name="Propose").click()
    page.evaluate("model.set('proposed', 'new: ranker')")
    shown(board())
    assert field.input_value() == "old: ranker"


def test_a_note_is_a_draft_until_it_is_kept(shown):
    field = shown(notes_form(print, "mlsd one notes")).get_by_label("For yourself")
    field.fill("come back to delays")
    page = shown(notes_form(print, "mlsd one notes"))
    assert field.input_value() == "come back to delays"
    page.evaluate("model.set('taken', 1)")
    assert field.input_value() == ""
    shown(notes_form(print, "mlsd one notes"))
    assert field.input_value() == ""
