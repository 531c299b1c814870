"""What docs/design.md shows works as it stands there."""

import re
from pathlib import Path

from mlsd_kit.design import Design, estimate, lint

PAGE = Path(__file__).parents[2] / "docs" / "design.md"


def test_the_examples_run(tmp_path, monkeypatch, capsys):
    text = PAGE.read_text(encoding="utf-8")
    [written] = re.findall(r"```yaml\n(.*?)```", text, re.S)
    [code] = re.findall(r"```python\n(.*?)```", text, re.S)
    (tmp_path / "my_design.yaml").write_text(written, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code, names)
    assert names["more"].components["ranker"].replicas == 8
    assert "monitor_missing" in capsys.readouterr().out


def test_the_example_meets_its_requirement_and_lacks_only_what_is_around_it():
    [written] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    design = Design.from_yaml(written)
    assert estimate(design).percentile(99) < design.requirement.latency
    assert set(lint(design).rules) == {"monitor_missing", "served_not_logged"}
