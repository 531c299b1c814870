import gzip
import io
import tarfile

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.data import criteo_chunks, load_criteo
from mlsd_kit.data.sets import CRITEO_COLUMNS
from mlsd_kit.errors import UserError
from tests.criteo_format import criteo_lines


@pytest.fixture
def train(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("\n".join(criteo_lines()) + "\n")
    return path


def _naive(path):
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    return pd.DataFrame(rows, columns=CRITEO_COLUMNS)


def _assert_same(frame, naive):
    assert frame["label"].tolist() == naive["label"].astype(int).tolist()
    for i in range(1, 14):
        expected = pd.to_numeric(naive[f"I{i}"].replace("", None)).to_numpy(dtype=float)
        np.testing.assert_array_equal(frame[f"I{i}"].to_numpy(), expected)
    for i in range(1, 27):
        got = frame[f"C{i}"].astype(object).where(frame[f"C{i}"].notna(), "")
        assert got.tolist() == naive[f"C{i}"].tolist()
        assert isinstance(frame[f"C{i}"].dtype, pd.CategoricalDtype)


def test_every_field_is_read_as_it_is_written(train):
    frame = load_criteo(train)
    assert list(frame) == CRITEO_COLUMNS
    assert frame["label"].dtype == np.int8
    _assert_same(frame, _naive(train))


def test_chunks_together_are_the_whole(train):
    chunks = list(criteo_chunks(train, chunk_rows=120))
    assert [len(chunk) for chunk in chunks] == [120, 120, 120, 120, 20]
    assert sum(chunk["label"].sum() for chunk in chunks) == load_criteo(train)["label"].sum()


def test_several_chunks_join_with_their_categories(train, monkeypatch):
    from mlsd_kit.data.sets import criteo

    chunks = criteo.criteo_chunks
    monkeypatch.setattr(criteo, "criteo_chunks", lambda p, n_rows: chunks(p, n_rows, 70))
    _assert_same(load_criteo(train), _naive(train))


def test_n_rows_stops_early(train):
    _assert_same(load_criteo(train, n_rows=7), _naive(train).head(7))
    assert len(load_criteo(train, n_rows=10_000)) == 500


def test_packed_files_are_read_as_they_are(train, tmp_path):
    zipped = tmp_path / "train.txt.gz"
    zipped.write_bytes(gzip.compress(train.read_bytes()))
    archive = tmp_path / "dac.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("readme.txt"))
        tar.add(train, "dac/train.txt")
    for path in (zipped, archive):
        pd.testing.assert_frame_equal(load_criteo(path), load_criteo(train))
        assert len(load_criteo(path, n_rows=3)) == 3


def test_windows_line_ends_and_a_missing_last_one(train, tmp_path):
    other = tmp_path / "other.txt"
    other.write_bytes(train.read_bytes().rstrip(b"\n").replace(b"\n", b"\r\n"))
    _assert_same(load_criteo(other), _naive(train))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda line: line.partition("\t")[2],
            ":301: expected 40 tab-separated fields .* found 39",
        ),
        (lambda line: line + "\t", ":301: expected 40 .* found 41"),
        (lambda line: "", ":301: expected 40 .* found 1$"),
        (lambda line: "2" + line[1:], ":301: label is '2', not 0 or 1"),
        (lambda line: line[:2] + "1.5\t" + line.split("\t", 2)[2], ":301: I1 is '1.5', not an int"),
        (lambda line: line[:2] + "x\t" + line.split("\t", 2)[2], ":301: I1 is 'x', not an integer"),
        (lambda line: line.rpartition("\t")[0] + "\tNA", ":301: C26 is 'NA', not 8 hex"),
        (lambda line: line.rpartition("\t")[0] + '\t"a"', r":301: C26 is '\"a\"', not 8 hex"),
        (lambda line: line.rpartition("\t")[0] + "\tABCDEF01", ":301: C26 is 'ABCDEF01'"),
        (lambda line: line.rpartition("\t")[0] + "\té", ":301: C26 is "),
    ],
)
def test_a_broken_line_is_named_with_its_number(tmp_path, change, said):
    lines = criteo_lines()
    lines[300] = change(lines[300])
    path = tmp_path / "train.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=said) as caught:
        list(criteo_chunks(path, chunk_rows=80))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(load_criteo(path, n_rows=300)) == 300


@pytest.mark.parametrize("name", ["train.txt.gz", "dac.tar.gz"])
def test_a_packed_file_cut_short_is_one_line(train, tmp_path, name):
    path = tmp_path / name
    buffer = io.BytesIO()
    if name == "dac.tar.gz":
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            tar.add(train, "train.txt")
    else:
        buffer.write(gzip.compress(train.read_bytes()))
    path.write_bytes(buffer.getvalue()[: len(buffer.getvalue()) // 2])
    with pytest.raises(UserError, match=r"cut short|cannot be read") as caught:
        load_criteo(path)
    assert "\n" not in str(caught.value)


def test_missing_empty_and_foreign_files(tmp_path):
    with pytest.raises(UserError, match="there is no file"):
        load_criteo(tmp_path / "none.txt")
    empty = tmp_path / "empty.txt"
    empty.touch()
    with pytest.raises(UserError, match="no rows"):
        load_criteo(empty)
    foreign = tmp_path / "foreign.tar.gz"
    with tarfile.open(foreign, "w:gz") as tar:
        tar.add(empty, "other.txt")
    with pytest.raises(UserError, match=r"no train\.txt"):
        load_criteo(foreign)
    not_zipped = tmp_path / "plain.gz"
    not_zipped.write_text("hello")
    with pytest.raises(UserError, match="cannot be read"):
        load_criteo(not_zipped)


def test_without_a_path_the_public_file_is_fetched_with_the_given_checksum(train, monkeypatch):
    from mlsd_kit.data.sets import criteo

    asked = []

    def fetch(url, sha256, on_progress):
        asked.append((url, sha256))
        return train

    monkeypatch.setattr(criteo, "fetch", fetch)
    assert len(load_criteo(sha256="ab" * 32)) == 500
    assert asked == [(criteo.CRITEO_URL, "ab" * 32)]
