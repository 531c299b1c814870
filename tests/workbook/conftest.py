import nbformat
import pytest

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@pytest.fixture
def make_notebook(tmp_path):
    """Write a notebook from (source, tags) cells; a source that starts with # is Markdown."""

    def make(*cells, name="small"):
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
        for source, *tags in cells:
            kind = nbformat.v4.new_markdown_cell if source[0] == "#" else nbformat.v4.new_code_cell
            notebook.cells.append(kind(source, metadata={"tags": list(tags)}))
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return path

    return make
