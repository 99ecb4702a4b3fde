"""What stays in an MLmodel when the same model is saved again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.content.directory import MLMODEL, parse_mlmodel
from registrar.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registrar.state import File

__all__ = ["hash_fields", "hash_lasting_fields"]

NEW_EACH_TIME = {"model_uuid", "utc_time_created"}  # MLflow writes others whenever a model is saved
MAX_BYTES = 4 * 1024 * 1024  # of an MLmodel; a larger one is not read


def hash_lasting_fields(files: Iterable[File]) -> str | None:
    """Return the SHA-256 of the fields of a model's MLmodel that lasts; None where it cannot be read.

    It serves a message alone, so no failure is worth an error.
    """
    mlmodel = next((file for file in files if file.relative == MLMODEL), None)
    if mlmodel is None or mlmodel.size > MAX_BYTES:
        return None
    try:
        return hash_fields(Path(mlmodel.path).read_bytes())
    except OSError:
        return None


def hash_fields(mlmodel: bytes) -> str | None:
    """Do the same as `hash_lasting_fields` for the content of an MLmodel."""
    try:
        fields = parse_mlmodel(mlmodel, MLMODEL)
    except ConfigError:
        return None
    lasting = [(str(key), repr(fields[key])) for key in fields if key not in NEW_EACH_TIME]
    return hashlib.sha256(json.dumps(sorted(lasting)).encode()).hexdigest()
