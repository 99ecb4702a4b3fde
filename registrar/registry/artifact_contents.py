"""Reading whole models back from artifact stores, file by file."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from registrar.content.digest import hash_file
from registrar.errors import NotFoundError, RefusedError
from registrar.registry.artifact_reads import looked, repository
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registrar.registry.retry import Attempts

__all__ = ["contents", "copy"]


def contents(attempts: Attempts, location: str) -> Iterator[tuple[str, str]]:
    """(path, SHA-256 in hex) of every file at a location, in the byte order of the paths.

    One file at a time is on this machine. Raises NotFoundError where there is none, ServerError.
    """
    store = _store(attempts, location)
    for path in _paths(attempts, location, store):
        with tempfile.TemporaryDirectory(prefix="registrar-") as folder:
            yield path, hash_file(_download(attempts, location, store, path, folder))


def copy(attempts: Attempts, location: str, folder: Path) -> None:
    """All files at a location are in `folder`. Raises as `contents`."""
    store = _store(attempts, location)
    for path in _paths(attempts, location, store):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="registrar-", dir=folder.parent) as scratch:
            found = _download(attempts, location, store, path, scratch)
            if found.is_relative_to(scratch):
                found.replace(target)
            else:  # a file of this machine, where it lies
                shutil.copyfile(found, target)


def _store(attempts: Attempts, location: str) -> Any:
    return looked(attempts, location, lambda: repository(location))


def _paths(attempts: Attempts, location: str, store: Any) -> list[str]:
    """All files below a location. A path that leaves it is refused."""
    found: list[str] = []
    folders: list[str | None] = [None]
    while folders:
        folder = folders.pop()
        for info in looked(attempts, location, _listed(store, folder)):
            if info.is_dir:
                folders.append(info.path)
            else:
                found.append(info.path)
    if not found:
        raise NotFoundError(f"there are no files at {safe_uri(location)}")
    for path in found:
        if path.startswith("/") or ".." in PurePosixPath(path).parts:
            raise RefusedError(f"{safe_uri(location)} holds a file outside itself: {path!r}")
    return sorted(found, key=os.fsencode)


def _listed(store: Any, folder: str | None) -> Callable[[], list[Any]]:
    return lambda: list(store.list_artifacts(folder))


def _download(attempts: Attempts, location: str, store: Any, path: str, folder: str) -> Path:
    """The file on this machine: in `folder`, or where it lies when that is this machine."""
    from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

    target = None if isinstance(store, LocalArtifactRepository) else folder
    return Path(looked(attempts, location, lambda: store.download_artifacts(path, target)))
