"""The cards in a real JupyterLab: a key rates a card, and does not reach the notebook."""

import nbformat
import pytest

from mlsd_kit.practice.memory.log import ReviewLog
from mlsd_kit.practice.record.history import History
from tests.browser.jupyter import OpenNotebook, browser_page, jupyter_lab, needs_chromium

SOURCE = 'from mlsd_kit.widgets.review_box import ReviewBox\nReviewBox(case="fraud_detection")'
FRONT = ".mlsd-review-front"


@pytest.mark.browser
@pytest.mark.slow
@needs_chromium
def test_a_key_rates_the_card_and_leaves_the_cells_as_they_are(folder, tmp_path):
    cells = [nbformat.v4.new_code_cell(SOURCE), nbformat.v4.new_code_cell("x = 1")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(book, folder / "try.ipynb")
    with jupyter_lab(folder) as address, browser_page() as page:
        notebook = OpenNotebook(page, address, "try.ipynb")
        notebook.run("ReviewBox(")
        box = page.get_by_role("region", name="Flashcards")
        first = box.locator(FRONT).inner_text()
        box.get_by_role("button", name="Show the answer").focus()
        page.keyboard.press("Enter")
        box.get_by_role("button", name="Good").wait_for()
        page.screenshot(path=tmp_path / "answer.png")
        page.keyboard.press("3")
        page.wait_for_function(
            "([place, text]) => document.querySelector(place).textContent != text",
            arg=[FRONT, first],
        )
        kinds = page.evaluate(
            "() => jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.type)"
        )
    assert kinds == ["code", "code"]
    kept = ReviewLog(History(folder / ".mlsd" / "interviews.sqlite")).reviews()
    assert list(kept["rating"]) == [3]
