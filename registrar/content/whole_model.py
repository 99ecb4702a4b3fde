"""Whether a model's directory is whole: all files that its MLmodel names are there.

A checkout without Git LFS or DVC, or a copy that broke off, is a directory like any other, and a
version made from it cannot be loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.content.directory import (
    MLMODEL,
    list_files,
    parse_mlmodel,
    read_mlmodel,
    refuse_private,
)
from registrar.content.junk import is_junk
from registrar.content.named_files import CODE, list_named_files
from registrar.content.pointers import find_pointers
from registrar.errors import ConfigError, Problem
from registrar.text import list_some
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from registrar.state import File
    from registrar.uris import DirectoryUri

__all__ = ["ABSENT_FILES", "check_whole", "explain_missing", "read_whole_model"]

# The codes of problems that say: the files of a model, or some of them, are not on this machine.
ABSENT_FILES = frozenset(
    {"no-such-directory", "no-mlmodel", "lfs-pointer", "dvc-pointer", "missing-model-file"}
)


@dataclass(frozen=True, slots=True)
class WholeModel:
    """A model's files, in the byte order of their paths, and what its MLmodel says."""

    files: tuple[File, ...]
    mlmodel: Mapping[str, Any]


def read_whole_model(uri: DirectoryUri, folder: Path) -> WholeModel:
    """Return the model in `folder`.

    Raises ConfigError as `list_files`, for a file that may hold secrets, and for a model that is
    not whole: the codes of those problems are in `ABSENT_FILES`.
    """
    files = list_files(folder)
    refuse_private(Path(uri.path), files)
    return WholeModel(files, check_whole(uri.text, folder, files))


def check_whole(
    location: str, folder: Path, files: Sequence[File], *, needs_code: bool = True
) -> Mapping[str, Any]:
    """Return the MLmodel of the model in `folder`; `location` is what people call it.

    Raises ConfigError where the model is not whole. For `code_paths=[]`, MLflow names a folder, too,
    and no store holds an empty folder. So a model that was downloaded is checked with
    `needs_code=False`.
    """
    ConfigError.raise_for(find_pointers(safe_uri(location), files))
    mlmodel = parse_mlmodel(read_mlmodel(folder), location)
    present = {file.relative for file in files}
    missing = {
        path: key
        for path, key in list_named_files(mlmodel).items()
        if path not in present and not _is_folder(folder, path, present)
        if needs_code or key != CODE
    }
    if missing:
        raise ConfigError(explain_missing(location, missing))
    return mlmodel


def explain_missing(location: str, missing: Mapping[str, str]) -> Problem:
    """Return the problem of a model at `location` without files that its MLmodel names.

    `missing` has the path of each file, and the key that names it.
    """
    hint = "Save the model again, or fetch its files ('git lfs pull', 'dvc pull')."
    if all(key == CODE for key in missing.values()):
        hint = "Copy the code there; make an empty folder where the model needs none."
    elif any(map(is_junk, missing)):
        hint = "Rename it: registrar takes a file of that name for one that a tool has left."
    message = f"{safe_uri(location)} has no {list_some(list(missing))}, named in its {MLMODEL}"
    return Problem("missing-model-file", message, hint)


def _is_folder(folder: Path, path: str, present: Collection[str]) -> bool:
    """Return whether `path` is a folder of the model, be it empty."""
    if path.startswith("/") or ".." in path.split("/"):
        return False
    return any(file.startswith(f"{path}/") for file in present) or Path(folder, path).is_dir()
