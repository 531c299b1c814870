"""A module that a fork cannot carry over, and a server that has to be started again."""

import sys

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

from mlsd_kit.warm import WarmKernelManager, lease
from mlsd_kit.warm.preload import wanted_by
from tests.warm_home import warm_home

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")


def test_a_module_that_leaves_a_thread_is_left_out_from_then_on(tmp_path, monkeypatch):
    (tmp_path / "restless.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    (tmp_path / "broken.py").write_text("raise RuntimeError('no')")
    (tmp_path / "quiet.py").write_text("x = 1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with warm_home(), lease(["restless", "broken", "quiet", "not_there"]):
        code = (
            "import os, sys\nprint(os.getppid())\n"
            "print([n in sys.modules for n in ('restless', 'broken', 'quiet')])"
        )
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        NotebookClient(
            notebook, kernel_manager_class=WarmKernelManager, shutdown_kernel="immediate"
        ).execute()
        parent, loaded = notebook.cells[0].outputs[0].text.splitlines()
        assert loaded == "[False, False, True]"
        assert psutil.Process(int(parent)).num_threads() == 1


def test_the_modules_that_a_notebook_wants(tmp_path):
    path = tmp_path / "a.ipynb"
    cells = [
        nbformat.v4.new_code_cell("import numpy as np, os.path\nfrom sklearn import metrics"),
        nbformat.v4.new_markdown_cell("import this"),
        nbformat.v4.new_code_cell("%matplotlib inline\nimport lost"),
        nbformat.v4.new_code_cell("def f():\n    from .near import far\n    import scipy.stats"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    expected = ["numpy", "os.path", "sklearn", "sklearn.metrics", "scipy.stats"]
    assert wanted_by([path, tmp_path / "none.ipynb"]) == expected
