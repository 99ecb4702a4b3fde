"""A model's directory in the artifact store: in full or not at all, once for one content."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from registrar import progress
from registrar.content.digest import digest_of, parsed
from registrar.content.directory import files, manifest
from registrar.errors import ConfigError, OutcomeUnknownError, Problem, RefusedError
from registrar.registry.protocol import Stored

if TYPE_CHECKING:
    from registrar.content.directory import File
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Registry, Store
    from registrar.state import Source

__all__ = ["clean", "uploaded"]


def uploaded(name: str, source: Source, store: Store, interrupt: Interrupt) -> Stored:
    """The model in the artifact store; a directory is uploaded, or found uploaded already.

    Raises RefusedError for a directory that changes meanwhile, OutcomeUnknownError, ServerError.
    """
    if source.stored is not None:
        return Stored(source.stored, source.stored, source.run_id, source.model_id)
    assert source.directory is not None
    folder = Path(source.directory)
    found = files(folder)
    sizes = {file.relative: file.size for file in found}
    for upload, complete in store.find_uploads(name, source.digest):
        if complete and store.has_files(upload, sizes):
            return upload
    upload = store.begin_upload(name, source.digest)
    kept = _sent(found, folder, upload, store, interrupt)
    if digest_of(kept) != source.digest:
        store.discard_upload(upload)
        message = f"{source.uri} changed while it was uploaded; nothing was registered from it"
        raise RefusedError(Problem("todo", message, "Run it again when the model is written."))
    if not store.has_files(upload, sizes):
        message = f"{source.uri}: the artifact store does not hold all that was uploaded"
        raise OutcomeUnknownError(Problem("todo", message, "Run it again."))
    if source.read_back and dict(store.hash_files(upload.location)) != parsed(kept):
        store.discard_upload(upload)
        message = f"{source.uri}: the artifact store holds other bytes than were sent"
        raise RefusedError(
            Problem("todo", message, "Run it again; look at the store if that fails.")
        )
    store.finish_upload(upload, kept)
    return upload


def clean(name: str, digest: str, registry: Registry, store: Store) -> None:
    """Uploads of this content that no version has come from are discarded."""
    used = {version.source for version in registry.find_by_digest(name, digest)}
    for upload, _ in store.find_uploads(name, digest):
        if upload.source not in used:
            store.discard_upload(upload)


def _sent(
    found: list[File], folder: Path, upload: Stored, store: Store, interrupt: Interrupt
) -> str:
    """All files are in the store; the manifest of the directory after that, "" if it has changed."""
    progress.grow("uploading", sum(file.size for file in found))
    try:
        for file in found:
            interrupt.check()
            store.upload_file(upload, str(file.path), file.relative)
            progress.advance("uploading", file.size)
        return manifest(folder)
    except (OSError, ConfigError):  # a file is gone
        return ""
