"""A model's directory on this machine: its files, its MLmodel, and the digest of its content."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import yaml

from registrar import progress
from registrar.content.digest import digest_of, manifest_line
from registrar.content.yaml_loader import load_yaml
from registrar.errors import ConfigError, Problem
from registrar.text import has_surrogate
from registrar.uris import safe_uri, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CONFIGURATION",
    "MLMODEL",
    "File",
    "content_digest",
    "file_digest",
    "files",
    "is_directory",
    "local_path",
    "manifest",
    "model_folder",
    "parse_mlmodel",
]

BLOCK = 1 << 20
THREADS = min(8, os.cpu_count() or 1)  # for one directory: hashing does not hold the interpreter
MLMODEL = "MLmodel"
CONFIGURATION = "registrar.yaml"


@dataclass(frozen=True, slots=True)
class File:
    """A file of a model directory: its path below the directory, with `/`, and its size."""

    relative: str
    path: Path
    size: int


def is_directory(uri: str) -> bool:
    """Whether a URI names a place on this machine."""
    return scheme_of(uri) in {"", "file"}


def files(folder: Path) -> list[File]:
    """All files below `folder`, in the byte order of their relative paths.

    A configuration beside the model (`registrar.yaml`) is not one of its files.

    Raises ConfigError for what no artifact store can hold as it is: links that leave the
    directory, devices and sockets, names with a line break or a backslash or not in UTF-8.
    """
    folder = folder.resolve()
    try:
        own = folder / CONFIGURATION
        found = [_file(folder, path) for path in _walk(folder, folder) if path != own]
    except OSError as error:
        message = f"cannot read {error.filename}: {error.strerror}"
        raise ConfigError(Problem("todo", message, "Check its permissions.")) from None
    return sorted(found, key=lambda file: os.fsencode(file.relative))


def content_digest(folder: Path) -> str:
    r"""`sha256:` over the manifest of a directory.

    The same as `find -L . -type f ! -path ./registrar.yaml -printf '%P\n' | LC_ALL=C sort | tr '\n' '\0' | xargs -0
    sha256sum | sha256sum` in that directory. Memory: a line for each file, and a block. Raises
    ConfigError for a file that can not be read.
    """
    return digest_of(manifest(folder))


def manifest(folder: Path) -> str:
    """The lines `<sha256 of file>  <relative path>`, sorted by path. Raises ConfigError."""
    from concurrent.futures import ThreadPoolExecutor

    found = files(folder)
    progress.grow("hashing", sum(file.size for file in found))
    with ThreadPoolExecutor(THREADS) as pool:
        return "".join(pool.map(_line, found))


def _line(file: File) -> str:
    try:
        return manifest_line(file.relative, file_digest(file.path))
    except OSError as error:
        message = f"cannot read {file.path}: {error.strerror}"
        raise ConfigError(
            Problem("todo", message, "Check that nobody is writing the model.")
        ) from None


def model_folder(uri: str) -> Path:
    """The directory that a path or file URI names. Raises ConfigError unless it holds an MLmodel."""
    path = local_path(uri)
    if not path.exists():
        near = _nearest(path)
        raise ConfigError(Problem("todo", f"there is no directory {uri}", near))
    if not path.is_dir():
        raise ConfigError(
            Problem("todo", f"{uri} is a file", "Name the directory that holds the MLmodel.")
        )
    if not (path / MLMODEL).is_file():
        message = f"{uri} has no {MLMODEL}: it is not an MLflow model"
        raise ConfigError(
            Problem("todo", message, "Save the model there with mlflow's save_model.")
        )
    return path.resolve()


def _nearest(path: Path) -> str:
    import difflib

    parent = path.parent
    names = [item.name for item in parent.iterdir() if item.is_dir()] if parent.is_dir() else []
    close = difflib.get_close_matches(path.name, names, 1)
    if close:
        return f"Did you mean '{path.with_name(close[0])}'?"
    return f"A relative path counts from {Path.cwd()}." if not path.is_absolute() else "Correct it."


def local_path(uri: str) -> Path:
    """The path that a path or a file URI names. Raises ConfigError for another host."""
    if scheme_of(uri) != "file":
        return Path(uri)
    parts = urlsplit(uri)
    if parts.netloc not in {"", "localhost"}:
        message = f"{uri} names the host {parts.netloc}"
        raise ConfigError(Problem("todo", message, "A file URI on this machine is file:///PATH."))
    return Path(unquote(parts.path))


def parse_mlmodel(content: bytes, where: str) -> dict[str, Any]:
    """The MLmodel as a mapping. Raises ConfigError when it is not one."""
    try:
        loaded = load_yaml(content)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no such date
        message = f"{safe_uri(where)}: its {MLMODEL} is not YAML: {' '.join(str(error).split())}"
        raise ConfigError(Problem("todo", message, "Save the model again.")) from None
    if not isinstance(loaded, dict) or not isinstance(loaded.get("flavors"), dict):
        message = f"{safe_uri(where)}: its {MLMODEL} names no flavors"
        raise ConfigError(Problem("todo", message, "Save the model again."))
    return loaded


def _walk(folder: Path, path: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Every file below `path`, which lies in `folder`; links to directories are entered."""
    real = path.resolve()
    if real in above:
        message = f"{path} is a link to a directory above it"
        raise ConfigError(Problem("todo", message, "Remove the link."))
    for item in sorted(path.iterdir()):
        if item.is_symlink():
            _check_link(folder, item)
        if item.is_dir():
            yield from _walk(folder, item, (*above, real))
        else:
            yield item


def _file(folder: Path, path: Path) -> File:
    relative = path.relative_to(folder).as_posix()
    if any(char in relative for char in "\n\r\\") or has_surrogate(relative):
        message = f"{relative!r} has a name that not every artifact store can hold"
        raise ConfigError(
            Problem("todo", message, "Rename it: no line break, no backslash, UTF-8.")
        )
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(
            Problem("todo", f"{path} is not a regular file", "Remove it from the model.")
        )
    if not os.access(path, os.R_OK):
        raise ConfigError(Problem("todo", f"cannot read {path}", "Check its permissions."))
    return File(relative, path, status.st_size)


def _check_link(folder: Path, path: Path) -> None:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop, before Python 3.13
        raise ConfigError(
            Problem("todo", f"{path} is a link to nothing", "Remove or repair it.")
        ) from None
    if not target.is_relative_to(folder):
        message = f"{path} is a link out of the model's directory"
        raise ConfigError(Problem("todo", message, "Copy the file in."))


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex. Raises OSError."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(BLOCK))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
            progress.advance("hashing", count)
    return digest.hexdigest()
