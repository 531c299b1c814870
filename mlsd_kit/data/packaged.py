"""Files that travel inside an installed package, found without importing the package."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from mlsd_kit.errors import UserError


def packaged_file(package: str, path: str, install: str) -> Path:
    """Find a file inside an installed package, which is not imported.

    The file's checksum is compared with the one in the package's own record, where it has one.

    Args:
        package: the import name, which is also the distribution's name, such as ``"obp"``.
        path: the file's path inside the package, with ``/``.
        install: the command that installs it, for the error message.

    Raises:
        UserError: when the package or the file is missing, or the file is damaged.

    >>> packaged_file("pint", "default_en.txt", "pip install pint").name
    'default_en.txt'
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"the data of package {package} is not here; install it with: {install}")
    file = Path(spec.submodule_search_locations[0], *path.split("/"))
    if not file.is_file():
        raise UserError(
            f"package {package} has no file {path}: another version? Install it with: {install}"
        )
    recorded = _recorded_sha256(package, path)
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}") from None
    if recorded is not None and found != recorded:
        raise UserError(
            f"{file} is damaged: its checksum is not the one recorded at installation; "
            f"install it again with: {install} --force-reinstall"
        )
    return file


def _recorded_sha256(package: str, path: str) -> bytes | None:
    try:
        files = distribution(package).files or []
    except PackageNotFoundError:
        return None
    for file in files:
        if file.as_posix() == f"{package}/{path}" and file.hash and file.hash.mode == "sha256":
            return base64.urlsafe_b64decode(file.hash.value + "=" * (-len(file.hash.value) % 4))
    return None
