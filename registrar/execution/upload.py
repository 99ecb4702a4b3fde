"""Put the files of a model into the artifact store: all of them or none, once for one content."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from registrar import progress
from registrar.changes.changes import CreateVersion
from registrar.content.digest import WRITTEN_BY_LOADING, Manifest
from registrar.content.directory import MLMODEL
from registrar.content.lasting_fields import hash_fields, hash_lasting_fields
from registrar.errors import OutcomeUnknownError, Problem, RefusedError, RegistrarError
from registrar.policy.upload_use import find_users
from registrar.registry.stored_files import FileChangedError
from registrar.state import Stored
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from registrar.changes.changes import Change
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Registry, Store
    from registrar.state import File, Source

__all__ = ["copy_model", "delete_unused_uploads", "discard_copies", "upload_model"]


def upload_model(name: str, source: Source, store: Store, interrupt: Interrupt) -> Stored:
    """Return where the files of a source lie, after uploading those of a directory.

    An earlier complete upload of the same content for the registered model `name` is used again.
    Raises RefusedError when the directory changes meanwhile or the store holds other bytes,
    OutcomeUnknownError when the store lacks files, ServerError.
    """
    if source.stored is not None:
        return Stored(source.stored, source.stored, source.run_id, source.model_id)
    if source.uploaded is not None:
        record = Manifest({file.relative: file.sha256 for file in source.files})
        store.finish_upload(source.uploaded, record.text)
        return source.uploaded
    sizes = {file.relative: file.size for file in source.files}
    earlier = _find_complete(name, source.digest, store, sizes) if sizes else None
    if earlier is not None:
        return earlier
    if source.directory is None:  # a copy that another run had made, and somebody deleted since
        message = f"{safe_uri(source.uri)} was not downloaded: {name} had a copy of it before"
        deleted = RefusedError(Problem("stale-change", message, "Run it again."))
        deleted.is_final = False
        raise deleted
    stored = store.begin_upload(name, source.digest, hash_lasting_fields(source.files))
    try:
        manifest = _send_files(source.files, stored, store, interrupt)
    except RegistrarError as error:
        if error.is_final:  # then the next run, which would discard it, may never come
            with contextlib.suppress(RegistrarError):
                store.discard_upload(stored)
        raise
    if manifest is None or manifest.digest != source.digest:
        store.discard_upload(stored)
        message = f"{safe_uri(source.uri)} changed while it was uploaded"
        hint = "Nothing was registered from it. Plan again when nothing writes to it any more."
        raise RefusedError(Problem("content-changed", message, hint))
    _check_upload(source, manifest, stored, store, sizes)
    store.finish_upload(stored, manifest.text)
    return stored


def copy_model(
    name: str, source: Source, origin: Store, store: Store, interrupt: Interrupt
) -> Source | None:
    """Return the source with a verified upload of its files, which come from another server.

    Nothing is written to a disk, and the upload does not count yet. None where the files have to be
    downloaded first. Raises RefusedError when they differ from the registered ones, or the store
    holds other bytes; ServerError.
    """
    upstream = source.upstream
    assert upstream is not None
    assert upstream.location is not None, "a copy is located before it is copied"
    files = origin.list_streamed(upstream.location)
    if upstream.content_digest != source.digest or files is None or any(map(_is_odd, files)):
        return None
    store.check_upload_target(files)
    sizes = {file.relative: file.size for file in files}
    earlier = _find_complete(name, source.digest, store, sizes)
    if earlier is not None:
        return replace(source, files=files)
    mlmodel = hash_fields(origin.read_file(upstream.location, MLMODEL))
    interrupt.note_write()
    stored = store.begin_upload(name, source.digest, mlmodel)
    progress.grow("uploading", sum(sizes.values()))
    try:
        digests = store.copy_files(stored, origin, upstream.location, files, interrupt.check)
        manifest = Manifest(dict(zip(sizes, digests, strict=True)))
        if manifest.digest != source.digest:
            message = f"{upstream.place}: the stored files differ from the registered ones"
            raise RefusedError(Problem("different-content", message, "See 'registrar verify'."))
        _check_upload(replace(source, read_back=True), manifest, stored, store, sizes)
    except RegistrarError:
        with contextlib.suppress(RegistrarError):
            store.discard_upload(stored)
        raise
    return replace(source, files=manifest.select(files), uploaded=stored)


def _is_odd(file: File) -> bool:
    """Return whether a download has to judge a file: by its name, or since loading may have made it."""
    path = file.relative
    return not path.isprintable() or "\\" in path or path == WRITTEN_BY_LOADING


def _find_complete(name: str, digest: str, store: Store, sizes: Mapping[str, int]) -> Stored | None:
    """Return an earlier upload of a content that counts and has all files."""
    for earlier, is_complete in store.find_uploads(name, digest):
        if is_complete and store.has_files(earlier, sizes):
            return earlier
    return None


def delete_unused_uploads(
    name: str, digest: str, number: int, registry: Registry, store: Store
) -> None:
    """Delete the uploads of a content that no version has as its source.

    `number` is a version that has it. A registry that does not show this version yet, because it
    reads from a copy of its database, tells of no upload whether it is used. An upload stays that a
    version of any model may use.
    """
    versions = registry.find_by_digest(name, digest)
    if all(version.number != number for version in versions):
        return
    used = {version.source for version in versions}
    unused = [s for s, _ in store.find_uploads(name, digest) if s.source not in used]
    users = registry.find_possible_users(unused, ()) if unused else ()
    for stored in unused:
        if not find_users(stored, users):
            store.discard_upload(stored)


def discard_copies(name: str, changes: Iterable[Change], store: Store) -> None:
    """Discard the uploads of changes that are not made, as far as these do not count yet.

    A failure leaves an upload that no version refers to; the next run of the same content removes it.
    """
    for change in changes:
        if isinstance(change, CreateVersion) and change.source.uploaded is not None:
            with contextlib.suppress(RegistrarError):
                for stored, is_complete in store.find_uploads(name, change.source.digest):
                    if stored.source == change.source.uploaded.source and not is_complete:
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
