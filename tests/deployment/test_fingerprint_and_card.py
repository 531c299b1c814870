"""What a model was made of, as hashes; and its card."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from mlsd_kit.deployment import fingerprint as module
from mlsd_kit.deployment.card import estimate_metrics, group_table, model_card
from mlsd_kit.deployment.fingerprint import DataFingerprint, code_version, fingerprint
from mlsd_kit.errors import UserError

X = pd.DataFrame(
    {
        "age": [31.0, np.nan, 47.5],
        "city": pd.Categorical(["Oslo", None, "Bonn"]),
        "n": np.array([1, 2, 3]),
        "word": ["a", "", None],
    }
)
Y, TIME = np.array([0, 1, 0]), np.array([5.0, 1.5, 9.0])


def test_the_same_rows_have_the_same_fingerprint_and_their_span():
    found = fingerprint(X, Y, TIME)
    assert found == fingerprint(X.set_axis([7, 8, 9]), Y.tolist(), TIME.tolist())
    assert (found.rows, found.first_h, found.last_h) == (3, 1.5, 9.0)
    assert fingerprint(X).first_h is None
    assert DataFingerprint.model_validate(found.model_dump()) == found


def test_a_fingerprint_is_the_same_everywhere():
    """As written down once: neither the platform nor a library's version may change it."""
    found = fingerprint(X, Y, TIME).sha256
    assert found == "2b01418d93a19d78af29a3d75267f10e546582c6aac18898b55c748080e228a4"


@pytest.mark.parametrize(
    "other",
    [
        lambda: (X.assign(age=[31.0, 0.0, 47.5]), Y, TIME),
        lambda: (X.assign(age=X["age"].astype("float32")), Y, TIME),
        lambda: (X.assign(word=["a", None, ""]), Y, TIME),
        lambda: (X.assign(city=pd.Categorical(["Oslo", "None", "Bonn"])), Y, TIME),
        lambda: (X.rename(columns={"n": "m"}), Y, TIME),
        lambda: (X[["n", "age", "city", "word"]], Y, TIME),
        lambda: (X.iloc[::-1], Y[::-1], TIME[::-1]),
        lambda: (X, 1 - Y, TIME),
        lambda: (X, Y, TIME + 1),
        lambda: (X, None, TIME),
    ],
)
def test_any_change_of_the_rows_changes_it(other):
    assert fingerprint(*other()).sha256 != fingerprint(X, Y, TIME).sha256


def test_a_code_version_follows_the_text_of_functions_modules_and_files(tmp_path):
    file = tmp_path / "features.py"
    file.write_text("a = 1\n")
    before = code_version(fingerprint, module, file)
    assert before == code_version(fingerprint, module, file)
    file.write_text("a = 2\n")
    assert code_version(fingerprint, module, file) != before
    assert code_version(fingerprint) != code_version(code_version)
    assert len(before) == 12


@pytest.mark.parametrize("source", [len, None])
def test_code_without_a_source_is_refused(source, tmp_path):
    with pytest.raises(UserError, match=r"cannot be read|needs the functions"):
        code_version(*([] if source is None else [source]))
    with pytest.raises(UserError, match="cannot be read"):
        code_version(tmp_path / "none.py")


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    p = rng.uniform(0.01, 0.4, 4000)
    return (rng.random(4000) < p).astype(int), p


def test_metrics_are_sklearns_and_lie_within_their_intervals(scored):
    found = estimate_metrics(*scored, seed=3)
    assert found["auc"].value == roc_auc_score(*scored)
    assert found["log_loss"].value == log_loss(*scored)
    assert all(e.low < e.value < e.high for e in found.values())
    assert found == estimate_metrics(*scored, seed=3)


def test_the_interval_has_the_width_of_a_normal_one(scored):
    y, p = scored
    e = estimate_metrics(y, p)["log_loss"]
    each = -np.where(y == 1, np.log(p), np.log(1 - p))
    assert (e.high - e.low) / 2 == pytest.approx(1.96 * each.std() / np.sqrt(len(y)), rel=0.25)


def test_groups_by_hand():
    y, p = np.array([1, 0, 0, 1]), np.array([0.8, 0.2, 0.4, 0.6])
    table = group_table({"city": pd.Series(["b", "a", "b", "b"])}, y, p)
    assert table.index.tolist() == ["city = a", "city = b"]
    assert table.loc["city = b", ["rows", "events"]].tolist() == [3, 2]
    assert table.loc["city = b", "predicted"] == pytest.approx(0.6)
    assert table.loc["city = b", "AUC"] == 1.0
    assert np.isnan(table.loc["city = a", "AUC"])


def test_a_card_says_all_of_it(scored):
    y, p = scored
    groups = group_table({"city": pd.Series(["a"] * 10 + ["b"] * 3990)}, y, p)
    card = model_card(
        title="Clicks", purpose="Ranks ads.", data=fingerprint(X, Y, TIME), tested="On 4,000 rows.",
        metrics=estimate_metrics(y, p), groups=groups, limits=["Not for prices."],
    )  # fmt: skip
    for part in (
        "# Clicks",
        "Ranks ads.",
        "3 training rows, from hour 1.5 to hour 9.0",
        "| auc | 0.",
    ):
        assert part in card
    assert "- Not for prices." in card
    assert "- 1 of 2 groups have fewer than 30 events" in card
    assert "| city = a | 10 |" in card
    none = model_card(
        title="T", purpose="P", data=fingerprint(X), tested="", metrics={}, groups=groups.iloc[:0],
        limits=[],
    )  # fmt: skip
    assert "No column has few enough values" in none
