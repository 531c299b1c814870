"""MovieLens in its published layouts; the small files are written in the true formats."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from mlsd_kit.data.sets import load_movielens
from mlsd_kit.errors import UserError

FLAGS = "0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0"
OLD = {
    "u.data": "196\t242\t3\t881250949\n186\t302\t4\t881250940\n",
    "u.item": f"242|Kolya (1996)|24-Jan-1997||http://x/title?Kolya|{FLAGS}\n"
    f'302|L\u00e9on: "Pro" (1994)|01-Jan-1994||http://x|{FLAGS}\n267|unknown||||1{FLAGS[1:]}\n',
    "u.user": "196|49|M|writer|55105\n186|39|F|executive|00000\n",
}
MILLION = {
    "ratings.dat": "1::1193::5::978300760\n2::661::3::978302109\n",
    "movies.dat": "1193::One Flew Over the Cuckoo's Nest (1975)::Drama\n"
    "661::James and the Giant Peach (1996)::Animation|Children's|Musical\n",
    "users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n",
}
LARGER = {
    "ratings.csv": "userId,movieId,rating,timestamp\n2,296,5.0,1147880044\n1,306,3.5,1147868817\n",
    "movies.csv": "movieId,title,genres\n296,Pulp Fiction (1994),Comedy|Crime\n"
    '306,"Red, The ""Third"" (Rouge) (1994)",(no genres listed)\n',
}


def folder(tmp_path, files):
    for name, text in files.items():
        encoding = "utf-8" if name.endswith(".csv") else "latin-1"
        (tmp_path / name).write_bytes(text.encode(encoding))
    return tmp_path


def zipped(tmp_path, files):
    path = tmp_path / "ml.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in files:
            archive.write(tmp_path / name, f"ml-x/{name}")
    return path


@pytest.mark.parametrize("pack", [False, True])
def test_the_layout_of_100k(tmp_path, pack):
    path = folder(tmp_path, OLD)
    found = load_movielens(path=zipped(tmp_path, OLD) if pack else path)
    assert found.ratings["user"].tolist() == [186, 196]
    assert found.ratings["time"].iloc[1] == pd.Timestamp("1997-12-04 15:55:49", tz="UTC")
    assert found.items.loc[242].tolist() == ["Kolya", 1996, "Animation|Children's|Comedy"]
    assert found.items.loc[302, "title"] == 'L\u00e9on: "Pro"'
    assert found.items.loc[267, "title"] == "unknown"
    assert np.isnan(found.items.loc[267, "year"])
    assert found.users.loc[196].tolist() == [49, "M", "writer"]


def test_the_layout_of_1m(tmp_path):
    found = load_movielens(path=folder(tmp_path, MILLION))
    assert found.ratings["item"].tolist() == [1193, 661]
    assert found.items.loc[661, "genres"] == "Animation|Children's|Musical"
    assert found.users.loc[1].tolist() == [1, "F", 10]


def test_the_layout_of_the_larger_ones(tmp_path):
    found = load_movielens(path=folder(tmp_path, LARGER))
    assert found.ratings["rating"].tolist() == [3.5, 5.0]
    assert found.items.loc[306, "title"] == 'Red, The "Third" (Rouge)'
    assert found.users.index.tolist() == [1, 2]
    assert found.users.columns.empty


def test_100k_comes_with_an_installed_package():
    found = load_movielens()
    assert found.ratings.shape == (100_000, 4)
    assert found.ratings["user"].nunique() == 943
    assert found.ratings["item"].nunique() == 1682
    assert found.ratings["time"].is_monotonic_increasing
    assert found.ratings.groupby("user").size().min() == 20
    assert found.items.loc[1].tolist() == ["Toy Story", 1995, "Animation|Children's|Comedy"]
    assert found.users["age"].between(7, 73).all()
    assert "no redistribution" in found.ratings.attrs["licence"]


def test_what_cannot_be_read_is_one_line(tmp_path):
    with pytest.raises(UserError, match="none of 100k, 1m"):
        load_movielens("2m")
    with pytest.raises(UserError, match="no such file or folder"):
        load_movielens(path=tmp_path / "no")
    (tmp_path / "bad.zip").write_bytes(b"PK no")
    with pytest.raises(UserError, match="not a zip file"):
        load_movielens(path=tmp_path / "bad.zip")
    with pytest.raises(UserError, match=r"has none of u\.data, ratings\.dat, ratings\.csv"):
        load_movielens(path=tmp_path)
    (tmp_path / "ratings.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match=r"has no movies\.csv"):
        load_movielens(path=tmp_path)
    (tmp_path / "ratings.csv").unlink()
    (tmp_path / "ratings.dat").write_text("1::x::5::978300760\n")
    (tmp_path / "movies.dat").write_text("1::A (1990)::Drama\n")
    (tmp_path / "users.dat").write_text("1::F::1::10::48067\n")
    with pytest.raises(UserError, match="not in the format of MovieLens"):
        load_movielens(path=tmp_path)
