"""Snapshots of an online model: whole or absent, checked when read, and never a pickle."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlsd_kit.deployment.online.learner import OnlineLogistic
from mlsd_kit.errors import UserError

MANIFEST = "manifest"
_NAME = re.compile(r"(\d{12})-([0-9a-f]{16})\.npz")


@dataclass(frozen=True)
class Snapshot:
    """A model as it was at one position of the stream."""

    position: int
    """Rows of the stream before it, whether it learned from them or skipped them."""
    version: str
    """Hash of the model, of what it learned from, and of the position."""
    data_version: str
    """Hash of the rows that it learned from."""
    path: Path


class SnapshotStore:
    """A folder of snapshots, each one file, with one writer.

    A snapshot is written beside its place, forced to the disk and then moved into place, which is
    one step for the file system: a process that is killed leaves the snapshots before, or the new
    one too.

    Args:
        directory: where they are kept; made when missing.

    Raises:
        UserError: when the directory cannot be made.
    """

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            for left in self.directory.glob(".part-*"):
                left.unlink()
        except OSError as error:
            raise UserError(f"cannot keep snapshots in {directory}: {error.strerror}") from None

    def save(self, model: OnlineLogistic, position: int) -> Snapshot:
        """Store the model as it is at a position of the stream.

        Raises:
            UserError: when it cannot be written.
        """
        values, arrays = model.state()
        manifest = {"format": 1, "position": int(position), "model": values}
        version = _version(manifest, arrays)
        body = io.BytesIO()
        described = json.dumps(manifest, sort_keys=True, allow_nan=False).encode()
        np.savez(body, **{MANIFEST: np.frombuffer(described, np.uint8)}, **arrays)  # type: ignore[arg-type]
        path = self.directory / f"{position:012d}-{version}.npz"
        try:
            _write_whole(path, body.getvalue())
        except OSError as error:
            raise UserError(f"cannot write snapshot {path}: {error.strerror}") from None
        return Snapshot(position, version, model.data_version, path)

    def list(self) -> list[Snapshot]:
        """All snapshots in order of position, each verified.

        Raises:
            UserError: when one is not what was stored.
        """
        paths = sorted(p for p in self.directory.iterdir() if _NAME.fullmatch(p.name))
        return [_read(path)[0] for path in paths]

    def before(self, position: int) -> Snapshot:
        """The last snapshot at or before a position of the stream.

        Raises:
            UserError: when there is none.
        """
        early = [snapshot for snapshot in self.list() if snapshot.position <= position]
        if not early:
            raise UserError(f"no snapshot at or before row {position} in {self.directory}")
        return early[-1]

    def load(self, snapshot: Snapshot) -> OnlineLogistic:
        """The model of a snapshot, after its hash is checked.

        Raises:
            UserError: when the file is not what was stored.
        """
        found, model = _read(snapshot.path)
        if found != snapshot:
            raise UserError(f"{snapshot.path} is another snapshot than {snapshot.version}")
        return model


def _read(path: Path) -> tuple[Snapshot, OnlineLogistic]:
    name = _NAME.fullmatch(path.name)
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        manifest = json.loads(arrays.pop(MANIFEST).tobytes())
        position, values = int(manifest["position"]), manifest["model"]
    except OSError as error:
        raise UserError(f"cannot read snapshot {path}: {error.strerror or error}") from None
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is no snapshot: {str(error).splitlines()[0]}") from None
    version = _version(manifest, arrays)
    if name is None or name.groups() != (f"{position:012d}", version):
        raise UserError(f"{path} was changed: its content is not that of its name")
    model = OnlineLogistic.from_state(values, arrays)
    return Snapshot(position, version, model.data_version, path), model


def _version(manifest: object, arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode())
    for name, values in sorted(arrays.items()):
        digest.update(f"{name} {values.dtype.str} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]


def _write_whole(path: Path, body: bytes) -> None:
    handle, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
