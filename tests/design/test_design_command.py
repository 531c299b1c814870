"""`mlsd design lint|explain|draw|simulate|search`, over cases and files."""

import json

import pytest
from click.testing import CliRunner

from mlsd_kit.cli import cli
from mlsd_kit.errors import UserError

FILE = """
title: One service
requirement: {rate: 100 requests/s, latency: 50 ms}
components:
  app: {kind: client, concurrency: unlimited}
  ranker: {kind: ranker, service: 4 ms, replicas: 2, price: $0.20/h}
flows:
  request: {candidates: 100, steps: [{call: app}, {call: ranker, keeps: 10, timeout: 40 ms}]}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(FILE)
    return str(path)


def ask(*arguments, code=0):
    done = CliRunner().invoke(cli, ["design", *arguments])
    if isinstance(done.exception, UserError):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.output


def test_the_reference_of_a_case_is_clean_and_a_flawed_one_is_not():
    assert "nothing found" in ask("lint", "ctr_prediction")
    told = ask("lint", "ctr_prediction", "--design", "impatient", code=1)
    assert "retry_storm" in told


def test_findings_come_as_json(file):
    told = json.loads(ask("lint", file, "--format", "json", code=1))
    assert told["clean"] is False
    assert {"rule", "severity", "where", "message"} <= set(told["findings"][0])


def test_a_rule_is_explained():
    assert "Why: " in ask("explain", "retry_storm")


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_design_is_drawn_to_a_file(file, tmp_path, suffix):
    picture = tmp_path / f"picture.{suffix}"
    ask("draw", file, "--to", str(picture))
    starts = {"svg": b"<svg", "png": b"\x89PNG"}[suffix]
    assert picture.read_bytes().startswith(starts)


def test_a_drawing_comes_as_json(file):
    assert json.loads(ask("draw", file, "--format", "json"))["svg"].startswith("<svg")


def test_a_simulation_is_told_and_repeats(file):
    told = ask("simulate", file, "--requests", "5000", "--seed", "3")
    assert "p99" in told
    assert told == ask("simulate", file, "--requests", "5000", "--seed", "3")


def test_a_simulation_at_another_rate_comes_as_json(file):
    options = ("--requests", "20000", "--format", "json")
    calm = json.loads(ask("simulate", file, *options))
    busy = json.loads(ask("simulate", file, *options, "--rate", "400 requests/s"))
    used = [told["components"]["ranker"]["utilisation"] for told in (calm, busy)]
    assert used == pytest.approx([0.2, 0.8], rel=0.05)


def test_the_cheapest_is_found_and_told(file, tmp_path):
    quality = tmp_path / "quality.csv"
    quality.write_text("ranker,quality\n10,0.9\n20,0.95\n")
    asked = ("search", file, "--keep", "ranker=10,20", "--quality", str(quality))
    assert "within 50 ms" in ask(*asked)
    told = json.loads(ask(*asked, "--format", "json"))
    assert told["best"]["flows"]["request"]["steps"][1]["keeps"] == 20
    assert {row["quality"] for row in told["rows"]} == {0.9, 0.95}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["lint", "ctr_predicton"], "did you mean 'ctr_prediction'"),
        (["lint", "ctr_prediction", "--design", "impatent"], "the nearest is 'impatient'"),
        (["lint", "not_there.yaml"], "not_there.yaml: cannot be read"),
        (["explain", "retry_strom"], "the nearest is 'retry_storm'"),
        (["search", "ctr_prediction", "--keep", "ranker"], "write it as STEP="),
        (["simulate", "ctr_prediction", "--rate", "fast"], "requirement.rate"),
    ],
)
def test_mistakes_are_one_line(arguments, says):
    with pytest.raises(UserError, match=says) as caught:
        ask(*arguments)
    assert len(str(caught.value).splitlines()) == 1
