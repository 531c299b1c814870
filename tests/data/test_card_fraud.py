"""The public card-fraud table, read from small files in its format."""

import gzip

import numpy as np
import pytest

from mlsd_kit.data.sets import load_card_fraud
from mlsd_kit.errors import UserError

HEADER = ",".join(["Time", *[f"V{i}" for i in range(1, 29)], "Amount", "Class"])
HEADER_QUOTED = ",".join(f'"{name}"' for name in HEADER.split(","))


def row(time: float, amount: float = 149.62, fraud: str = "0") -> str:
    return ",".join([str(time), *["-1.3598071336738"] * 28, str(amount), fraud])


def written(path, *rows, header=HEADER_QUOTED):
    path.write_text("\n".join([header, *rows]) + "\n", "ascii")
    return path


def test_it_reads_the_published_form(tmp_path):
    file = written(tmp_path / "creditcard.csv", row(0), row("1e+05", 0, '"1"'), row(172792))
    frame = load_card_fraud(file)
    assert frame.shape == (3, 31)
    assert frame["Class"].tolist() == [0, 1, 0]
    assert frame["Time"].tolist() == [0, 100000, 172792]
    assert frame["V28"].dtype == np.float32
    assert frame["V28"][0] == np.float32(-1.3598071336738)
    assert frame.attrs["licence"] == "DbCL 1.0"
    assert len(load_card_fraud(file, n_rows=2)) == 2


def test_it_reads_a_compressed_one_and_an_unquoted_header(tmp_path):
    file = tmp_path / "creditcard.csv.gz"
    file.write_bytes(gzip.compress(f"{HEADER}\n{row(0)}\n".encode()))
    assert len(load_card_fraud(file)) == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((row(0), row(1)[:-2]), ":3: expected 31 fields, found 30"),
        ((row(0), row(1, fraud="2")), ":3: Class is '2', not 0 or 1"),
        ((row(0, amount=-1),), ":2: Amount is '-1', not a number from 0"),
        ((row(0).replace("-1.3598071336738", "x", 1),), ":2: V1 is 'x', not a number"),
        ((row(5), row(4)), ":3: Time is less than in the line before"),
        ((), "no rows"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, rows, said):
    file = written(tmp_path / "creditcard.csv", *rows)
    with pytest.raises(UserError) as error:
        load_card_fraud(file)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(UserError, match="there is no file"):
        load_card_fraud(tmp_path / "none.csv")
    with pytest.raises(UserError, match=":1: the header is"):
        load_card_fraud(written(tmp_path / "other.csv", header="a,b"))
    broken = tmp_path / "creditcard.csv.gz"
    broken.write_bytes(gzip.compress(f"{HEADER}\n{row(0)}\n".encode())[:-30])
    with pytest.raises(UserError, match="cannot be read"):
        load_card_fraud(broken)
