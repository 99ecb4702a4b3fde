"""A model's directory on this machine: where it is, which files it has, and its MLmodel."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from registrar.content.junk import CONFIGURATION, is_junk_file, is_junk_folder
from registrar.content.near_directories import find_models_below, find_near_directory
from registrar.content.pointers import find_dvc_pointer
from registrar.content.yaml_limits import MAX_FILE_BYTES, YamlLimitError
from registrar.content.yaml_loader import load_yaml
from registrar.errors import ConfigError, Problem
from registrar.plain_files import read_plain
from registrar.state import File
from registrar.text import has_surrogate
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from registrar.uris import DirectoryUri

__all__ = [
    "MLMODEL",
    "find_model",
    "list_files",
    "parse_mlmodel",
    "read_mlmodel",
    "refuse_private",
]

MLMODEL = "MLmodel"
# What holds passwords and tokens: a checkout of git has the job's own in `.git/config`.
PRIVATE = frozenset({".git", ".env", ".netrc", ".ssh", ".aws"})


def find_model(uri: DirectoryUri) -> Path:
    """Return the directory of a model, links resolved.

    Raises ConfigError if it has no MLmodel, or one that is a link out of the directory.
    """
    path = Path(uri.path)
    if not path.exists():
        raise ConfigError(_missing_directory(uri, path))
    if not path.is_dir():
        hint = "Name the directory that holds the MLmodel."
        raise ConfigError(Problem("not-a-model", f"{uri} is a file", hint))
    folder, mlmodel = path.resolve(), path / MLMODEL
    if mlmodel.is_symlink():
        _check_link(folder, mlmodel)
    if not mlmodel.is_file():
        if pointer := find_dvc_pointer(str(uri), path):
            raise ConfigError(pointer)
        raise ConfigError(_missing_mlmodel(uri, path))
    return folder


def list_files(folder: Path) -> tuple[File, ...]:
    """Return all files below `folder`, in the byte order of their relative paths.

    What `junk` lists is left out, such as a configuration beside the model (`registrar.yaml`).

    Raises ConfigError for what an artifact store cannot hold unchanged: links that leave the
    directory, devices and sockets, names with a line break or a backslash or not in UTF-8.
    """
    folder = folder.resolve()
    configuration = folder / CONFIGURATION
    try:
        files = [
            _describe_file(folder, path) for path in _walk(folder, folder) if path != configuration
        ]
    except OSError as error:
        message = f"cannot read {error.filename}: {error.strerror}"
        raise ConfigError(Problem("unreadable-file", message, "Check its permissions.")) from None
    return tuple(sorted(files, key=lambda file: os.fsencode(file.relative)))


def refuse_private(folder: Path, files: Iterable[File]) -> None:
    """Raise ConfigError where files of a model are those in which people keep secrets."""
    for file in files:
        name = next((part for part in file.relative.split("/") if part.lower() in PRIVATE), None)
        if name is not None:
            message = f"{folder} holds '{name}' ({file.relative}), which may hold secrets"
            hint = "Save the model into a folder of its own, without it."
            raise ConfigError(Problem("private-file", message, hint))


def read_mlmodel(folder: Path) -> bytes:
    """Return the content of a folder's MLmodel; of one that is too large, too much for `parse_mlmodel`.

    Raises ConfigError.
    """
    path = folder / MLMODEL
    try:
        return read_plain(path, MAX_FILE_BYTES)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise ConfigError(Problem("unreadable-file", message, "Check its permissions.")) from None


def parse_mlmodel(content: bytes, location: str) -> dict[str, Any]:
    """Return the MLmodel as a mapping. Raises ConfigError, which names `location`."""
    try:
        fields = load_yaml(content)
    except YamlLimitError as error:
        message = f"{safe_uri(location)}: its {MLMODEL} {error.problem.message}"
        raise ConfigError(Problem(error.problem.code, message, "Save the model again.")) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no such date
        reason = " ".join(str(error).split())
        message = f"{safe_uri(location)}: its {MLMODEL} is not YAML: {reason}"
        raise ConfigError(Problem("not-a-model", message, "Save the model again.")) from None
    if not isinstance(fields, dict) or not isinstance(fields.get("flavors"), dict):
        message = f"{safe_uri(location)}: its {MLMODEL} names no flavors"
        raise ConfigError(Problem("not-a-model", message, "Save the model again."))
    return fields


def _missing_mlmodel(uri: DirectoryUri, path: Path) -> Problem:
    message = f"{uri} has no {MLMODEL}: it is not an MLflow model"
    below = find_models_below(path, MLMODEL)
    if len(below) == 1:
        return Problem("no-mlmodel", message, suggestion=below[0])
    hint = "Save the model there with mlflow's save_model."
    if below:
        hint = f"Name one of the models below it, such as {' or '.join(below)}."
    return Problem("no-mlmodel", message, hint)


def _missing_directory(uri: DirectoryUri, path: Path) -> Problem:
    if pointer := find_dvc_pointer(str(uri), path):
        return pointer
    message = f"there is no directory {uri}"
    if uri.path.startswith("~"):
        hint = "A path cannot begin with '~' here: write it from '/' on."
        return Problem("no-such-directory", message, hint)
    if uri.path.startswith("$"):
        hint = "A variable is written ${oc.env:NAME}."
        return Problem("no-such-directory", message, hint)
    near = find_near_directory(path)
    if near is not None:
        return Problem("no-such-directory", message, suggestion=str(near))
    is_relative = not Path(uri.path).is_absolute()
    hint = f"A relative path counts from {Path.cwd()}." if is_relative else "Correct the path."
    return Problem("no-such-directory", message, hint)


def _walk(folder: Path, path: Path, parents: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Yield every file below `path`, which lies in `folder`; enter links to directories.

    Junk is not looked at: a link of that name may lead anywhere.
    """
    real = path.resolve()
    if real in parents:
        message = f"{path} is a link to a directory above it"
        raise ConfigError(Problem("unsuitable-file", message, "Remove the link."))
    for item in sorted(path.iterdir()):
        is_folder = item.is_dir()
        if is_junk_folder(item.name) if is_folder else is_junk_file(item.name):
            continue
        if item.is_symlink():
            _check_link(folder, item)
        if is_folder:
            yield from _walk(folder, item, (*parents, real))
        else:
            yield item


def _check_link(folder: Path, path: Path) -> None:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop, before Python 3.13
        message = f"{path} is a link to nothing"
        raise ConfigError(Problem("unsuitable-file", message, "Remove or repair it.")) from None
    if not target.is_relative_to(folder):
        message = f"{path} is a link out of the model's directory"
        raise ConfigError(Problem("unsuitable-file", message, "Copy the file in."))


def _describe_file(folder: Path, path: Path) -> File:
    relative = path.relative_to(folder).as_posix()
    if any(char in relative for char in "\n\r\\") or has_surrogate(relative):
        message = f"{relative!r} has a name that not every artifact store can hold"
        hint = "Rename it, in UTF-8, without line breaks and backslashes."
        raise ConfigError(Problem("unsuitable-file", message, hint))
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        message = f"{path} is not a regular file"
        raise ConfigError(Problem("unsuitable-file", message, "Remove it from the model."))
    if not os.access(path, os.R_OK):
        message = f"cannot read {path}"
        raise ConfigError(Problem("unreadable-file", message, "Check its permissions."))
    return File(relative, str(path), status.st_size)
