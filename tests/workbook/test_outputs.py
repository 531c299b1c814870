import base64
import io

import nbformat
import pytest
from PIL import Image

from mlsd_kit.errors import UserError
from mlsd_kit.workbook import renew_outputs

PLOT = "import matplotlib.pyplot as plt\nplt.plot(range(9), label='a')\nplt.legend()\nplt.show()"


def test_outputs_are_renewed_in_place_with_small_pictures_and_no_times(make_notebook):
    path = make_notebook(("# Title",), ("n = 6 * 7\nn",), (PLOT,))
    renew_outputs(path)
    notebook = nbformat.read(path, as_version=4)
    assert notebook.cells[1].outputs[0].data["text/plain"] == "42"
    assert [cell.get("execution_count") for cell in notebook.cells] == [None, 1, 2]
    assert not any("execution" in cell.metadata for cell in notebook.cells)
    picture = Image.open(
        io.BytesIO(base64.b64decode(notebook.cells[2].outputs[0].data["image/png"]))
    )
    assert picture.mode == "P"
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert picture.width > 300
    assert not list(path.parent.glob("*.draft"))


def test_a_notebook_that_fails_is_left_as_it_was(make_notebook):
    path = make_notebook(("1 / 0",))
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"small.ipynb: ZeroDivisionError: division by zero"):
        renew_outputs(path)
    assert path.read_bytes() == before
