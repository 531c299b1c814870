"""Download a public file once: checked, cached, and resumed where it broke off."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from mlsd_kit.errors import UserError, require

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are here and the bytes in all (None when the server does not say)."""

CHUNK = 1 << 16
TIMEOUT_S = 30


def cache_folder() -> Path:
    """The folder of downloads: ``$MLSD_DATA``, or the user's cache folder of the system."""
    chosen = os.environ.get("MLSD_DATA")
    return Path(chosen) if chosen else Path(require("pooch").os_cache("mlsd"))


def fetch(
    url: str,
    sha256: str | None = None,
    name: str | None = None,
    folder: Path | str | None = None,
    on_progress: Progress | None = None,
) -> Path:
    """Download a file into the cache, or take it from there, and check it.

    A download that breaks off is kept as ``NAME.part`` and resumed by the next call, if the
    server still has the same file (HTTP Range with If-Range, RFC 9110). Without ``sha256`` the
    checksum of the first download is trusted and written to ``NAME.sha256``; later calls compare
    with it. That finds later damage, not a wrong first download.

    Args:
        url: http or https address.
        sha256: the expected checksum, 64 hexadecimal digits, where one is known.
        name: the file's name in the cache; by default the last part of the address.
        folder: the cache folder; ``cache_folder()`` by default.
        on_progress: called as bytes arrive.

    Returns:
        Where the file is.

    Raises:
        UserError: one line when there is no network, the server refuses, the download breaks off
            or the checksum differs.
    """
    pooch = require("pooch")
    pooch.get_logger().setLevel("WARNING")
    target = Path(folder) if folder is not None else cache_folder()
    name = name or Path(urlsplit(url).path).name
    if not name:
        raise UserError(f"{url} does not end in a file name; give name=")
    trusted = target / f"{name}.sha256"
    expected = sha256 or _first_seen(trusted)
    download = _Resume(target / f"{name}.part", on_progress)
    try:
        path = pooch.retrieve(
            url,
            known_hash=f"sha256:{expected.lower()}" if expected else None,
            fname=name,
            path=target,
            downloader=download,
        )
    except ValueError as error:
        if "hash" not in str(error):
            raise UserError(f"cannot download {url}: {error}") from None
        where = "the one given" if sha256 else f"the one of the first download, in {trusted}"
        raise UserError(f"{name} from {url} has another SHA-256 than {where}") from None
    except OSError as error:
        raise UserError(f"cannot write {target / name}: {error.strerror or error}") from None
    if expected is None:
        with Path(path).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        trusted.write_text(f"{digest}  {name}\n", encoding="utf-8")
    return Path(path)


class _Resume:
    """A downloader for pooch that continues a ``.part`` file; pooch itself starts over."""

    def __init__(self, part: Path, on_progress: Progress | None) -> None:
        self.part = part
        self.tag = part.with_name(part.name + ".etag")
        self.on_progress = on_progress

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        """Bring the whole file to ``output_file``; two attempts without gain give up."""
        import requests

        without_gain, reason = 0, "the connection was closed"
        while without_gain < 2:
            before = self._size()
            try:
                if self._receive(url):
                    self.part.replace(output_file)
                    self.tag.unlink(missing_ok=True)
                    return
            except _passing() as error:
                reason = _reason(error)
            except requests.RequestException as error:
                raise UserError(f"cannot download {url}: {_reason(error)}") from None
            without_gain = 0 if self._size() > before else without_gain + 1
        if not self._size():
            self._drop()
            raise UserError(f"cannot reach {url}: {reason}")
        raise UserError(
            f"the download of {url} broke off after {self._size():,} bytes ({reason}), which are "
            f"kept in {self.part}; call again to resume"
        )

    def _receive(self, url: str) -> bool:
        import requests

        tag = self.tag.read_text(encoding="utf-8") if self.tag.is_file() else ""
        have = self._size() if tag else 0
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": tag}
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
            if response.status_code == 416:
                self._drop()
                return False
            if not response.ok:
                raise UserError(f"{url} answered {response.status_code} {response.reason}")
            resumed = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            if response.status_code != 206 or not resumed:
                have = 0
                self._remember(response.headers)
            length = response.headers.get("Content-Length")
            total = have + int(length) if length is not None else None
            with self.part.open("ab" if have else "wb") as stream:
                return self._copy(response, stream, have, total)

    def _copy(self, response: Any, stream: BinaryIO, have: int, total: int | None) -> bool:
        for chunk in response.iter_content(CHUNK):
            stream.write(chunk)
            have += len(chunk)
            if self.on_progress is not None:
                self.on_progress(have, total)
        return total is None or have == total

    def _remember(self, headers: Any) -> None:
        strong = headers.get("ETag", "")
        tag = strong if strong.startswith('"') else headers.get("Last-Modified", "")
        self.tag.write_text(tag, encoding="utf-8")

    def _drop(self) -> None:
        self.part.unlink(missing_ok=True)
        self.tag.unlink(missing_ok=True)

    def _size(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            return self.part.stat().st_size
        return 0


def _first_seen(trusted: Path) -> str | None:
    if not trusted.is_file():
        return None
    digest = trusted.read_text(encoding="utf-8").partition(" ")[0].strip()
    if len(digest) != 64:
        raise UserError(f"{trusted} does not hold a SHA-256; delete it to trust the next download")
    return digest


def _passing() -> tuple[type[Exception], ...]:
    from requests import exceptions

    return exceptions.ConnectionError, exceptions.Timeout, exceptions.ChunkedEncodingError


def _reason(error: BaseException) -> str:
    """What the system said, without the library's wrapping."""
    cause: BaseException = error
    while isinstance(
        inner := getattr(cause, "reason", None) or next(iter(cause.args), None), BaseException
    ):
        cause = inner
    said = next((part for part in cause.args if isinstance(part, str)), str(cause))
    text = said.splitlines()[0] if said else type(cause).__name__
    return text.rpartition(">: ")[2] or text
