"""A model bundle: a folder with everything that one needs to serve, check and watch a model.

``model.onnx`` is the model, ``manifest.json`` says what it is and has the hash of every file,
``holdout.csv`` has rows with the predictions expected of them, ``reference.json`` the distributions
for the drift monitor, and ``card.md``, where one was given, tells people what the model is for. The
model is ONNX and never a pickle, which would run code when it is loaded. The holdout is CSV and not
Parquet, so that a server needs no pyarrow and a person can read it; what CSV loses (types, missing
values) the manifest's schema restores exactly.
"""

from __future__ import annotations

import hashlib
import json
import pickletools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, ValidationError

from mlsd_kit.deployment.fingerprint import DataFingerprint
from mlsd_kit.deployment.onnx_model import OnnxModel
from mlsd_kit.deployment.parity import Parity, parity
from mlsd_kit.deployment.reference import Reference
from mlsd_kit.deployment.schema import Schema, columns_of
from mlsd_kit.deployment.whole import draft, move_into_place
from mlsd_kit.errors import UserError

if TYPE_CHECKING:
    from onnx import ModelProto

MODEL, MANIFEST, HOLDOUT, REFERENCE = "model.onnx", "manifest.json", "holdout.csv", "reference.json"
CARD = "card.md"
NEEDED = {MODEL, HOLDOUT, REFERENCE}
FORMAT = 2
ONNX_BEGINS = b"\x08"
"""The first byte of an ONNX file: the tag of its first field, ``ir_version``."""
EXPECTED = "expected_prediction"
LIBRARIES = ("lightgbm", "numpy", "onnx", "onnxruntime", "pandas", "scikit-learn", "skl2onnx")


class Manifest(BaseModel):
    """What a bundle says about itself; ``version`` is a hash of all the rest but ``created``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[2] = 2
    name: str
    version: str
    created: str
    inputs: dict[str, Literal["int64", "float32", "string"]]
    tolerance: float
    metrics: dict[str, float]
    training: dict[str, Any]
    feature_code: str
    """Version of the code that computes the features, as `code_version` gives it; may be empty."""
    data: DataFingerprint | None
    """Which rows the model learned from."""
    libraries: dict[str, str]
    files: dict[str, str]


@dataclass(frozen=True)
class Bundle:
    """A bundle whose files have been verified."""

    path: Path
    manifest: Manifest

    def model(self, threads: int = 1) -> OnnxModel:
        """Load the model into this process."""
        return OnnxModel(self.path / MODEL, threads=threads)

    def reference(self) -> Reference:
        """The distributions for the drift monitor."""
        try:
            return Reference.from_dict(json.loads((self.path / REFERENCE).read_text("utf-8")))
        except (OSError, ValueError, UserError) as error:
            raise _broken(self.path, REFERENCE, str(error)) from None

    def holdout(self) -> tuple[pd.DataFrame, np.ndarray]:
        """The holdout rows, and the prediction expected of each."""
        try:
            return _read_holdout(self.path / HOLDOUT, self.manifest.inputs)
        except (OSError, ValueError, KeyError) as error:
            reason = " ".join(str(error).split())[:160]
            raise _broken(self.path, HOLDOUT, f"not the rows of a holdout: {reason}") from None

    def card(self) -> str | None:
        """The model card as Markdown, if the bundle has one."""
        card = self.path / CARD
        return card.read_text("utf-8") if CARD in self.manifest.files else None

    def selfcheck(self, model: OnnxModel | None = None) -> Parity:
        """Score the holdout set again, with the model in service, and compare.

        Raises:
            UserError: when a file of the bundle was changed since it was made.
        """
        _verify_files(self.path, self.manifest)
        frame, expected = self.holdout()
        scores = (model or self.model()).predict(frame)
        return parity(expected, scores, self.manifest.tolerance)


def save_bundle(
    directory: str | Path,
    *,
    name: str,
    model: ModelProto,
    holdout: pd.DataFrame,
    expected: ArrayLike,
    reference: Reference,
    metrics: Mapping[str, float],
    training: Mapping[str, Any],
    tolerance: float = 1e-5,
    feature_code: str = "",
    data: DataFingerprint | None = None,
    card: str | None = None,
) -> Bundle:
    """Write a bundle as the folder ``<directory>/<name>-<version>``, moved into place whole.

    The version is a hash of the content, so the same content saved again is the same bundle, and
    a bundle is never overwritten by another.

    Args:
        directory: where bundles are kept; made when missing.
        name: the model's name.
        model: the exported model.
        holdout: raw features of the rows that travel with the model.
        expected: predictions of the *trained* model (not the exported one) for these rows.
        reference: distributions for the drift monitor.
        metrics: the quality that the model was published with.
        training: parameters of its training, as JSON values.
        tolerance: largest difference of a prediction from the expected one that passes.
        feature_code: version of the code that computes the features; see `code_version`.
        data: which rows it learned from; see `fingerprint`.
        card: the model card, as Markdown; see `model_card`.

    Raises:
        UserError: when the exported model does not give the expected predictions, or the
            directory cannot be written.
    """
    if not hasattr(model, "SerializeToString"):
        raise UserError(
            f"a bundle takes a model that to_onnx has exported, not a {type(model).__name__}"
        )
    graph = model.SerializeToString()
    session = OnnxModel(graph)
    agreement = parity(expected, session.predict(holdout), tolerance)
    if not agreement.passes:
        raise UserError(
            f"model {name!r} is not published: its predictions for the holdout differ from the "
            f"expected ones by up to {agreement.max_abs_diff:.2g} (tolerance {tolerance:g})"
        )
    columns = columns_of(holdout, session.schema)
    rows = pd.DataFrame(columns).assign(**{EXPECTED: np.asarray(expected, dtype=float)})
    files = {
        MODEL: graph,
        HOLDOUT: rows.to_csv(index=False, lineterminator="\n").encode(),
        REFERENCE: _json(reference.to_dict()),
        **({} if card is None else {CARD: card.encode()}),
    }
    content = {
        "format": FORMAT,
        "name": name,
        "inputs": session.schema,
        "tolerance": tolerance,
        "metrics": {key: float(value) for key, value in metrics.items()},
        "training": json.loads(_json(dict(training))),
        "feature_code": feature_code,
        "data": None if data is None else data.model_dump(),
        "libraries": _library_versions(),
        "files": {file: hashlib.sha256(body).hexdigest() for file, body in files.items()},
    }
    manifest = {
        **content,
        "version": content_version(content),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    folder = Path(directory) / f"{name}-{manifest['version']}"
    files[MANIFEST] = _json(manifest)
    if not folder.exists():
        _write_whole(folder, files)
    return load_bundle(folder)


def load_bundle(path: str | Path) -> Bundle:
    """Open a bundle and verify it: its form, the hash of every file, its version.

    The hashes tell damage and careless changes; they are no signature: who can rewrite the manifest
    can make them fit. What the model then predicts is for `Bundle.selfcheck` to find.

    Raises:
        UserError: one line that says what is missing or changed, and where; also when this
            machine's onnxruntime is older than the one that the bundle was checked with.
    """
    path = Path(path)
    try:
        manifest = Manifest.model_validate_json((path / MANIFEST).read_bytes())
    except OSError as error:
        raise UserError(f"no model bundle at {path}: {MANIFEST}: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        if first["loc"] == ("format",) and first["type"] != "missing":
            raise UserError(
                f"{path / MANIFEST}: the bundle's format is {first['input']!r}, and {FORMAT} is "
                "read here: publish the model again"
            ) from None
        where = ".".join(map(str, first["loc"])) or "file"
        raise UserError(f"{path / MANIFEST}: {where}: {first['msg']}") from None
    _verify_files(path, manifest)
    if content_version(manifest.model_dump()) != manifest.version:
        raise UserError(f"{path / MANIFEST} was changed: its content is not {manifest.version}")
    _verify_model(path)
    wanted, here = manifest.libraries.get("onnxruntime", ""), version("onnxruntime")
    if _number(here) < _number(wanted):
        raise UserError(
            f"bundle {path.name} was checked with onnxruntime {wanted}, but {here} is installed: "
            "install that version or a later one"
        )
    return Bundle(path, manifest)


def content_version(content: Mapping[str, Any]) -> str:
    """The version that a manifest's content has: the first 12 digits of its SHA-256."""
    hashed = {k: v for k, v in content.items() if k not in ("version", "created")}
    return hashlib.sha256(_json(hashed, sort=True)).hexdigest()[:12]


def _verify_files(path: Path, manifest: Manifest) -> None:
    listed = set(manifest.files)
    if listed - {CARD} != NEEDED:
        raise UserError(f"{path / MANIFEST} lists other files than a bundle has")
    for file, wanted in manifest.files.items():
        try:
            found = hashlib.sha256((path / file).read_bytes()).hexdigest()
        except OSError as error:
            raise _broken(path, file, str(error.strerror)) from None
        if found != wanted:
            raise UserError(f"bundle {path.name} is broken: {file} is not the file it was made of")
    if extra := sorted({entry.name for entry in path.iterdir()} - listed - {MANIFEST}):
        raise _broken(path, extra[0], "it does not belong to the bundle")


def _verify_model(path: Path) -> None:
    content = (path / MODEL).read_bytes()
    if content.startswith(ONNX_BEGINS):
        return
    if _is_pickle(content):
        raise _broken(path, MODEL, "it is a pickle, which runs code when loaded; ONNX is wanted")
    raise _broken(path, MODEL, "it is not an ONNX model")


def _is_pickle(content: bytes) -> bool:
    """Whether the content can be read as pickle opcodes; none of them is carried out."""
    try:
        return any(opcode.name == "STOP" for opcode, _, _ in pickletools.genops(content))
    except Exception:  # pickletools raises whatever its readers ran into
        return False


def _broken(path: Path, file: str, reason: str) -> UserError:
    return UserError(f"bundle {path.name} is broken: {file}: {reason}")


def _write_whole(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        with draft(folder.parent) as part:
            made = part / folder.name
            made.mkdir()
            for file, body in files.items():
                (made / file).write_bytes(body)
            move_into_place(made, folder)
    except OSError as error:
        if not folder.exists():
            raise UserError(f"cannot write bundle {folder}: {error.strerror}") from None


def _read_holdout(path: Path, inputs: Schema) -> tuple[pd.DataFrame, np.ndarray]:
    rows = pd.read_csv(path, dtype="str", keep_default_na=False)
    expected = rows[EXPECTED].astype("float64").to_numpy()
    for name, kind in inputs.items():
        if kind == "float32":
            rows[name] = rows[name].replace("", "nan").astype("float64").astype("float32")
        elif kind == "int64":
            rows[name] = rows[name].astype("int64")
    return rows[list(inputs)], expected


def _library_versions() -> dict[str, str]:
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _number(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())


def _json(value: Any, *, sort: bool = False) -> bytes:
    try:
        return json.dumps(value, indent=1, sort_keys=sort, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise UserError(f"a bundle holds plain JSON values only: {error}") from None
