import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from mlsd_kit.errors import UserError
from mlsd_kit.workbook import plan, results, run_batch, write_report
from mlsd_kit.workbook.batchlog import read_batch
from mlsd_kit.workbook.report import batch_runs
from tests.warm_home import warm_home

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")
CELLS = (
    ("n: int = 3  # how many\nkind: str = 'a'  # one of: a, b", "parameters"),
    ("from mlsd_kit.workbook import record", "stage:data"),
    ("record('share', 1 / n, 'rows')\nrecord('one', 1)\nrecord('kind', kind)", "stage:model"),
)


@pytest.fixture(scope="module", autouse=True)
def home():
    with warm_home("mlsd_kit.workbook.recording"):
        yield


@pytest.fixture
def swept(make_notebook, tmp_path):
    jobs = plan([str(make_notebook(*CELLS))], sweeps={"n": [1, 2, 0], "kind": ["a", "b"]})
    list(run_batch(jobs, tmp_path / "runs"))
    return tmp_path / "runs"


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def test_the_report_is_one_page_with_runs_failures_plots_and_times(swept):
    path = write_report(swept)
    assert path == swept / "report.html"
    page = path.read_text()
    assert "6 runs: 4 finished, 2 failed" in page
    links = Links()
    links.feed(page)
    outside = [link for link in links.found if not link.startswith("#")]
    assert len(outside) == 6
    assert all((swept / link).is_file() for link in outside)
    assert "<script" not in page
    assert not re.findall(r"@import|url\([\"']?https?:", page)
    assert page.count("ZeroDivisionError: division by zero") >= 2
    assert "1 / n" in page
    assert "small: figures against n" in page
    assert "small: figures against kind" in page
    assert "The same in all runs: one." in page
    assert page.count("<svg") >= 3
    assert ">share<" in page
    assert ">time, seconds<" in page
    assert "\x1b[" not in page


def test_a_run_that_is_not_there_is_shown_as_missing(swept):
    log = next((swept / ".batches").iterdir())
    lines = log.read_text().splitlines()
    log.write_text("\n".join(lines[:-1]) + "\n" + lines[-1][:20])
    assert sum(run.status == "missing" for run in batch_runs(read_batch(swept))) == 1
    assert "1 missing" in write_report(swept).read_text()


def test_results_are_a_tidy_frame(swept):
    table = results(swept)
    assert len(table) == 6
    assert {"param n", "param kind", "share", "status"} <= set(table.columns)
    done = table[table["status"] == "finished"]
    assert (done["share"] == 1 / done["param n"]).all()


def test_the_command_says_where_the_page_is_and_what_is_wrong(swept, tmp_path):
    command = [sys.executable, "-m", "mlsd_kit", "report"]
    done = subprocess.run(
        [*command, "--output", swept, "--to", tmp_path / "my.html"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert (tmp_path / "my.html").is_file()
    links = Links()
    links.feed((tmp_path / "my.html").read_text())
    assert all((tmp_path / link).is_file() for link in links.found if not link.startswith("#"))
    done = subprocess.run([*command, "--output", tmp_path / "no"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "there is no batch yet" in done.stderr
    with pytest.raises(UserError, match="there is no batch other"):
        write_report(swept, "other")


def test_runs_are_exported_to_a_local_mlflow_store(swept, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    from mlsd_kit.workbook import export_mlflow

    uri = f"sqlite:///{tmp_path / 'store.db'}"
    assert export_mlflow(uri, swept) == 6
    assert export_mlflow(uri, swept) == 0
    client = mlflow.MlflowClient(uri)
    [experiment] = [e for e in client.search_experiments() if e.name == "mlsd"]
    runs = client.search_runs([experiment.experiment_id])
    assert sorted(run.info.status for run in runs) == ["FAILED"] * 2 + ["FINISHED"] * 4
    one = next(r for r in runs if r.data.params == {"n": "2", "kind": "b"})
    assert one.data.metrics["share"] == 0.5
    assert one.data.tags["kind"] == "b"
    kept = json.loads((swept / "small" / one.data.tags["mlsd.run"] / "run.json").read_text())
    assert kept["parameters"] == {"n": 2, "kind": "b"}
    assert [a.path for a in client.list_artifacts(one.info.run_id)] == ["notebook.ipynb"]
    assert (tmp_path / "store-artifacts").is_dir()
    with pytest.raises(UserError, match="no-such-scheme"):
        export_mlflow("no-such-scheme://x", swept)
