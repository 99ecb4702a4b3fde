"""Put the files of a model into the artifact store: all of them or none, once for one content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar import progress
from registrar.content.digest import Manifest
from registrar.content.lasting_fields import hash_lasting_fields
from registrar.errors import OutcomeUnknownError, Problem, RefusedError
from registrar.registry.stored_files import FileChangedError
from registrar.state import Stored
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Registry, Store
    from registrar.state import File, Source

__all__ = ["delete_unused_uploads", "upload_model"]


def upload_model(name: str, source: Source, store: Store, interrupt: Interrupt) -> Stored:
    """Return where the files of a source lie, after uploading those of a directory.

    An earlier complete upload of the same content for the registered model `name` is used again.
    Raises RefusedError when the directory changes meanwhile or the store holds other bytes,
    OutcomeUnknownError when the store lacks files, ServerError.
    """
    if source.stored is not None:
        return Stored(source.stored, source.stored, source.run_id, source.model_id)
    if source.directory is None:  # a copy that another run had made, and somebody deleted since
        message = f"{safe_uri(source.uri)} was not downloaded: {name} had a copy of it before"
        deleted = RefusedError(Problem("stale-change", message, "Run it again."))
        deleted.is_final = False
        raise deleted
    sizes = {file.relative: file.size for file in source.files}
    for earlier, is_complete in store.find_uploads(name, source.digest):
        if is_complete and store.has_files(earlier, sizes):
            return earlier
    stored = store.begin_upload(name, source.digest, hash_lasting_fields(source.files))
    manifest = _send_files(source.files, stored, store, interrupt)
    if manifest is None or manifest.digest != source.digest:
        store.discard_upload(stored)
        message = f"{safe_uri(source.uri)} changed while it was uploaded"
        hint = "Nothing was registered from it. Plan again when nothing writes to it any more."
        raise RefusedError(Problem("content-changed", message, hint))
    _check_upload(source, manifest, stored, store, sizes)
    store.finish_upload(stored, manifest.text)
    return stored


def delete_unused_uploads(name: str, digest: str, registry: Registry, store: Store) -> None:
    """Delete the uploads of a content that no version has as its source."""
    used = {version.source for version in registry.find_by_digest(name, digest)}
    for stored, _ in store.find_uploads(name, digest):
        if stored.source not in used:
            store.discard_upload(stored)


def _send_files(
    files: Sequence[File], stored: Stored, store: Store, interrupt: Interrupt
) -> Manifest | None:
    """Upload the files; return the manifest of the bytes that were sent, or None if a file is gone.

    A file that is new in the directory since it was hashed is not sent.
    """
    progress.grow("uploading", sum(file.size for file in files))
    try:
        digests = store.upload_files(stored, files, interrupt.check)
        return Manifest({f.relative: sha256 for f, sha256 in zip(files, digests, strict=True)})
    except FileChangedError:
        return None


def _check_upload(
    source: Source, sent: Manifest, stored: Stored, store: Store, sizes: Mapping[str, int]
) -> None:
    """Raise an error unless the store holds exactly what was sent."""
    uri = safe_uri(source.uri)
    if not store.has_files(stored, sizes):
        message = f"{uri}: the artifact store does not hold all files that were uploaded"
        raise OutcomeUnknownError(Problem("upload-incomplete", message, "Run it again."))
    if source.read_back and Manifest(dict(store.hash_files(stored.location))) != sent:
        store.discard_upload(stored)
        message = f"{uri}: the artifact store holds other bytes than were sent"
        hint = "Run it again. If that does not help, look at the store."
        raise RefusedError(Problem("upload-corrupted", message, hint))
