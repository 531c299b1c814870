"""JupyterLab in a real browser: a server of its own, and a notebook that is driven by its cells."""

import contextlib
import os
import re
import shutil
import subprocess
import sys

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LONG_MS = 120_000


@contextlib.contextmanager
def jupyter_lab(folder):
    """The address of a JupyterLab over a folder."""
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--port=0",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=", "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={folder}",
    ]  # fmt: skip
    env = {name: value for name, value in os.environ.items() if not name.startswith("JPY_")}
    server = subprocess.Popen(
        command, cwd=folder, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        said = []
        for line in server.stderr:
            said.append(line)
            if found := re.search(r"(http://127\.0\.0\.1:\d+)/lab", line):
                break
        else:
            raise RuntimeError("".join(said))
        yield found[1]
    finally:
        server.terminate()
        server.communicate()


@contextlib.contextmanager
def browser_page(width=1250, height=1000):
    """An empty page of headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.set_default_timeout(LONG_MS)
            yield page
        finally:
            browser.close()


class OpenNotebook:
    """A notebook in JupyterLab, with its cells by what is in them."""

    def __init__(self, page, address, path):
        self.page = page
        page.goto(f"{address}/lab/tree/{path}?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.idle()

    def idle(self):
        """Wait until the kernel has nothing to do and no cell waits."""
        self.page.wait_for_function(
            """() => {
                const panel = jupyterapp.shell.currentWidget;
                const kernel = panel?.sessionContext?.session?.kernel;
                const waiting = [...panel.node.querySelectorAll('.jp-InputPrompt')]
                    .some(prompt => prompt.textContent.includes('*'));
                return kernel?.status === 'idle' && !waiting;
            }"""
        )

    def select(self, text):
        """Make the first cell whose source holds a text the active one; its position."""
        number = self.page.evaluate(
            """async text => {
                const notebook = jupyterapp.shell.currentWidget.content;
                const number = notebook.widgets.findIndex(
                    cell => cell.model.sharedModel.getSource().includes(text));
                notebook.activeCellIndex = number;
                await notebook.scrollToItem(number, 'center');
                return number;
            }""",
            text,
        )
        assert number >= 0, f"no cell has {text!r}"
        return number

    def command(self, name):
        """Carry out a command of JupyterLab's, and wait until the kernel is done."""
        self.page.evaluate("name => { jupyterapp.commands.execute(name); }", name)
        self.idle()

    def type(self, text, source):
        """Type a whole new source into the cell that holds a text, and run it."""
        number = self.select(text)
        cell = self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{number}']")
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        self.idle()
        return self.output(number)

    def add_below(self, text, source):
        """Type a cell below the one that holds a text, and run it; what it shows."""
        self.select(text)
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:insert-cell-below')")
        self.page.keyboard.press("Enter")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        self.idle()
        return self.output(self.select(source))

    def restart(self):
        """Restart the kernel, and say yes to the question whether."""
        self.page.evaluate("() => { jupyterapp.commands.execute('notebook:restart-kernel'); }")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.idle()

    def source(self, text):
        """The source of the cell that holds a text."""
        number = self.select(text)
        return self.page.evaluate(
            "n => jupyterapp.shell.currentWidget.content.widgets[n].model.sharedModel.getSource()",
            number,
        )

    def output(self, number):
        """What a cell shows under it."""
        cell = self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{number}']")
        return cell.locator(".jp-OutputArea").inner_text()

    def run(self, text):
        """Run the cell that holds a text; what it shows."""
        number = self.select(text)
        self.command("notebook:run-cell")
        return self.output(number)


needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
