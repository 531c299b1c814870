import base64
import hashlib
import sys

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.data import load_open_bandit, packaged_file
from mlsd_kit.errors import UserError

EXPECTED = {  # clicks and items, counted in the files by another tool (awk)
    ("random", "all"): (38, 80),
    ("random", "men"): (46, 34),
    ("random", "women"): (46, 46),
    ("bts", "all"): (42, 80),
    ("bts", "men"): (69, 34),
    ("bts", "women"): (46, 46),
}


@pytest.mark.parametrize(("policy", "campaign"), EXPECTED)
def test_every_file_loads_typed_and_in_order_of_time(policy, campaign):
    frame = load_open_bandit(policy, campaign, with_item_features=True)
    clicks, items = EXPECTED[policy, campaign]
    assert len(frame) == 10_000
    assert frame["click"].sum() == clicks
    assert frame["item_id"].nunique() == items
    assert str(frame["timestamp"].dt.tz) == "UTC"
    assert frame["timestamp"].is_monotonic_increasing
    assert frame["timestamp"].min() >= pd.Timestamp("2019-11-24", tz="UTC")
    assert frame["timestamp"].max() < pd.Timestamp("2019-12-01", tz="UTC")
    assert set(frame["position"]) == {1, 2, 3}
    assert frame["propensity"].between(0, 1, inclusive="right").all()
    assert not frame.isna().any().any()
    assert frame["item_feature_1"].dtype == "str"
    assert "CC BY 4.0" in frame.attrs["licence"]
    if policy == "random":
        assert np.allclose(frame["propensity"], 1 / items)
    assert "obp" not in sys.modules


def test_affinity_is_that_of_the_item_shown():
    frame = load_open_bandit("random", "women", with_all_affinities=True)
    each = frame.filter(regex=r"^affinity_\d+$").to_numpy()
    shown = each[np.arange(len(frame)), frame["item_id"]]
    assert (frame["affinity"] == shown).all()
    assert (frame["affinity_total"] == each.sum(axis=1)).all()
    assert frame["affinity_total"].sum() > 0


@pytest.mark.parametrize(
    ("policy", "campaign", "said"),
    [("radnom", "all", "did you mean 'random'"), ("bts", "kids", "one of all, men, women")],
)
def test_wrong_names_are_one_line(policy, campaign, said):
    with pytest.raises(UserError, match=said):
        load_open_bandit(policy, campaign)


def test_a_package_that_is_not_there_names_the_command():
    with pytest.raises(UserError, match=r"install it with: pip install --no-deps nosuch==1$"):
        packaged_file("nosuch_package_here", "x.csv", "pip install --no-deps nosuch==1")


def test_obp_not_installed_names_the_command(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install --no-deps obp==0\.4\.1"):
        load_open_bandit()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package whose import fails, with a data file and its record."""
    site = tmp_path / "site"
    (site / "wares" / "csv").mkdir(parents=True)
    (site / "wares" / "__init__.py").write_text("raise RuntimeError('imported')")
    data = site / "wares" / "csv" / "a.csv"
    data.write_bytes(b"a,b\n1,2\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(data.read_bytes()).digest())
    info = site / "wares-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: wares\nVersion: 1\n")
    (info / "RECORD").write_text(f"wares/csv/a.csv,sha256={digest.rstrip(b'=').decode()},8\n")
    monkeypatch.syspath_prepend(site)
    return data


def test_a_file_is_found_without_importing_its_package(package):
    assert packaged_file("wares", "csv/a.csv", "pip install wares") == package
    assert "wares" not in sys.modules


def test_a_damaged_file_is_one_line(package):
    package.write_bytes(b"a,b\n1,")
    with pytest.raises(UserError, match=r"a\.csv is damaged: .*pip install wares") as caught:
        packaged_file("wares", "csv/a.csv", "pip install wares")
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_an_unrecorded_one(package):
    with pytest.raises(UserError, match=r"no file csv/b\.csv"):
        packaged_file("wares", "csv/b.csv", "pip install wares")
    package.with_name("b.csv").write_text("x")
    assert packaged_file("wares", "csv/b.csv", "pip install wares").name == "b.csv"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot read"),
        (b"\xff\xfe\x00nonsense", "cannot read"),
        (b",a,b\n0,1,2\n", "no column 'timestamp'"),
    ],
)
def test_an_unreadable_log_is_one_line(tmp_path, monkeypatch, content, said):
    broken = tmp_path / "all.csv"
    broken.write_bytes(content)
    monkeypatch.setattr(
        "mlsd_kit.data.sets.open_bandit.packaged_file", lambda package, path, install: broken
    )
    with pytest.raises(UserError, match=said) as caught:
        load_open_bandit()
    assert "\n" not in str(caught.value)


def test_a_log_cut_short_inside_a_value_is_one_line(tmp_path, monkeypatch):
    def cut(package, path, install):
        whole = packaged_file(package, path, install)
        if path.endswith("item_context.csv"):
            return whole
        part = tmp_path / "all.csv"
        part.write_bytes(whole.read_bytes()[:200_010])
        return part

    monkeypatch.setattr("mlsd_kit.data.sets.open_bandit.packaged_file", cut)
    with pytest.raises(UserError, match="not as expected") as caught:
        load_open_bandit()
    assert "\n" not in str(caught.value)
