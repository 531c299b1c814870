"""Each case at other parameters: no rendered sentence contradicts the numbers beside it.

A case's ``claims.yaml`` names parameter sets, and for each sentence whose words depend on figures a
regular expression with an expression over its groups, read as printed.
"""

import re

import nbformat
import pytest
import yaml

from mlsd_kit.content import content_root
from mlsd_kit.workbook import plan, run_batch

CLAIMS = {path.parent.name: path for path in sorted(content_root().glob("*/*/claims.yaml"))}
RUNS = [
    pytest.param(case, parameters, id=f"{case}-{i}")
    for case, path in CLAIMS.items()
    for i, parameters in enumerate(yaml.safe_load(path.read_text("utf-8"))["runs"])
]
WORDS = {"abs": abs, "all": all, "min": min, "max": max, "round": round}
NOT_A_NUMBER = re.compile(r"\b(nan|inf|None)\b")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def sentences(notebook):
    """(source, text) of each cell that speaks, white space collapsed."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/markdown", "")
            if text:
                yield cell.source, " ".join(text.split())


def value(text):
    """A group as a number where it is printed as one, else as the text it is."""
    plain = text.replace(",", "").replace("%", "").replace("−", "-").strip()
    try:
        return float(plain)
    except ValueError:
        return text


def contradictions(notebook, claims):
    """What the sentences of an executed notebook get wrong, and which of them nothing checks."""
    spoken = list(sentences(notebook))
    wrong = [f"not a number: {text}" for _, text in spoken if NOT_A_NUMBER.search(text)]
    checked = set()
    for claim in claims:
        found = [(text, m) for _, text in spoken if (m := re.search(claim["says"], text))]
        if not found:
            wrong.append(f"never said: {claim['says']}")
        for text, match in found:
            checked.add(text)
            names = {name: value(group) for name, group in match.groupdict("").items()}
            if not eval(claim["holds"], {"__builtins__": {}, **WORDS, **names}):
                wrong.append(f"{claim['holds']} is false in: {text}")
    chosen = [text for source, text in spoken if ":|" in source]
    return wrong + [f"no claim checks: {text}" for text in chosen if text not in checked]


@pytest.mark.parametrize(("case", "parameters"), RUNS)
def test_no_sentence_contradicts_its_numbers(case, parameters, tmp_path):
    [outcome] = run_batch(plan([case], parameters), tmp_path)
    assert outcome.error == ""
    notebook = nbformat.read(outcome.folder / "notebook.ipynb", as_version=4)
    wrong = contradictions(notebook, yaml.safe_load(CLAIMS[case].read_text("utf-8"))["claims"])
    assert not wrong, "\n".join(wrong)


def test_a_contradiction_and_an_unchecked_sentence_are_found():
    markdown = {"text/markdown": "A has 3 clicks, more than the 4 of B."}
    output = nbformat.v4.new_output("display_data", data=markdown)
    cell = nbformat.v4.new_code_cell('say("{x:|more|fewer}")', outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    claim = {"says": r"has (?P<a>\d+) .* (?P<word>more|fewer) than the (?P<b>\d+)"}
    claim["holds"] = '(word == "more") == (a > b)'
    assert "is false" in contradictions(notebook, [claim])[0]
    assert "no claim checks" in contradictions(notebook, [])[0]


def test_every_case_has_claims_at_two_parameter_sets():
    cases = {path.parent.name for path in content_root().glob("case_studies/*/case.yaml")}
    assert set(CLAIMS) == cases
    for path in CLAIMS.values():
        runs = yaml.safe_load(path.read_text("utf-8"))["runs"]
        assert len(runs) >= 2
        assert len({run["seed"] for run in runs}) == len(runs)
