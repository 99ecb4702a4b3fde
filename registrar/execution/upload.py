"""A model's directory in the artifact store: in full or not at all, once for one content."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from registrar import progress
from registrar.content.digest import Manifest, hash_directory
from registrar.errors import ConfigError, OutcomeUnknownError, Problem, RefusedError
from registrar.registry.protocol import Stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Registry, Store
    from registrar.state import File, Source

__all__ = ["clean", "uploaded"]


def uploaded(name: str, source: Source, store: Store, interrupt: Interrupt) -> Stored:
    """The model in the artifact store; a directory is uploaded, or found uploaded already.

    Raises RefusedError for a directory that changes meanwhile, OutcomeUnknownError, ServerError.
    """
    if source.stored is not None:
        return Stored(source.stored, source.stored, source.run_id, source.model_id)
    assert source.directory is not None
    sizes = {file.relative: file.size for file in source.files}
    for upload, complete in store.find_uploads(name, source.digest):
        if complete and store.has_files(upload, sizes):
            return upload
    upload = store.begin_upload(name, source.digest)
    manifest = _sent(source.files, Path(source.directory), upload, store, interrupt)
    if manifest is None or manifest.digest != source.digest:
        store.discard_upload(upload)
        message = f"{source.uri} changed while it was uploaded; nothing was registered from it"
        raise RefusedError(Problem("todo", message, "Run it again when the model is written."))
    if not store.has_files(upload, sizes):
        message = f"{source.uri}: the artifact store does not hold all that was uploaded"
        raise OutcomeUnknownError(Problem("todo", message, "Run it again."))
    if source.read_back and Manifest(dict(store.hash_files(upload.location))) != manifest:
        store.discard_upload(upload)
        message = f"{source.uri}: the artifact store holds other bytes than were sent"
        raise RefusedError(
            Problem("todo", message, "Run it again; look at the store if that fails.")
        )
    store.finish_upload(upload, manifest.text)
    return upload


def clean(name: str, digest: str, registry: Registry, store: Store) -> None:
    """Uploads of this content that no version has come from are discarded."""
    used = {version.source for version in registry.find_by_digest(name, digest)}
    for upload, _ in store.find_uploads(name, digest):
        if upload.source not in used:
            store.discard_upload(upload)


def _sent(
    files: Sequence[File], folder: Path, upload: Stored, store: Store, interrupt: Interrupt
) -> Manifest | None:
    """Upload the files, and return the manifest of the directory then; None if a file is gone."""
    progress.grow("uploading", sum(file.size for file in files))
    try:
        for file in files:
            interrupt.check()
            store.upload_file(upload, file.path, file.relative)
            progress.advance("uploading", file.size)
        return hash_directory(folder)
    except (OSError, ConfigError):
        return None
