"""The files of a model on another server: where they are, and their download."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.content.digest import Manifest, hash_file
from registrar.content.directory import MLMODEL, list_files, parse_mlmodel
from registrar.content.signature import find_signature
from registrar.content.whole_model import check_whole
from registrar.errors import ConfigError, NotFoundError, Problem, RefusedError, RegistrarError
from registrar.execution.upload import copy_model

if TYPE_CHECKING:
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend, Store
    from registrar.state import Source
    from registrar.upstream import Upstream

__all__ = ["copy_files", "download_files", "locate_files"]


def locate_files(backend: Backend, interrupt: Interrupt, source: Source) -> Source | RegistrarError:
    """Return the source with the place of its files, which hold a model."""
    interrupt.check()
    upstream = source.upstream
    assert upstream is not None
    try:
        location = upstream.location
        if location is None:
            assert upstream.name is not None
            assert upstream.number is not None
            location = backend.registry.get_location(upstream.name, upstream.number)
        mlmodel = parse_mlmodel(backend.store.read_file(location, MLMODEL), location)
    except RegistrarError as error:
        return _explain(upstream, error)
    upstream = replace(upstream, location=location, flavors=tuple(sorted(mlmodel["flavors"])))
    return replace(source, upstream=upstream, signature=find_signature(mlmodel))


def download_files(
    backend: Backend, interrupt: Interrupt, item: tuple[Source, Path]
) -> Source | RegistrarError:
    """Return the source as a directory to upload, with the files that were registered."""
    interrupt.check()
    source, folder = item
    try:
        return _download_source(backend, source, folder)
    except RegistrarError as error:
        return error if source.upstream is None else _explain(source.upstream, error)


def copy_files(
    name: str, source: Source, store: Store, origin: Backend, interrupt: Interrupt
) -> Source | RegistrarError | None:
    """Return the source with an upload of its files for a registered model, or why there is none.

    None where the files have to be downloaded first.
    """
    interrupt.check()
    try:
        return copy_model(name, source, origin.store, store, interrupt)
    except RegistrarError as error:
        return error if source.upstream is None else _explain(source.upstream, error)


def _explain(upstream: Upstream, error: RegistrarError) -> RegistrarError:
    """Return the error of a look at a model; files that are not there are a wrong configuration."""
    if not isinstance(error, NotFoundError):
        return error
    message = f"{upstream.place}: {error.problems[0].message}"
    hint = "Its files are gone there; nothing was written."
    return ConfigError(Problem("source-not-found", message, hint))


def _download_source(backend: Backend, source: Source, folder: Path) -> Source:
    """Download a source. Raises RefusedError if the files differ from the registered ones.

    Raises ConfigError for a model that nobody has uploaded with registrar, and that is not whole.
    """
    upstream = source.upstream
    assert upstream is not None
    assert upstream.location is not None, "a copy is located before it is downloaded"
    digests = backend.store.download(upstream.location, folder)
    files = list_files(folder)
    if upstream.content_digest is None:  # else it was whole when it was uploaded
        check_whole(upstream.place, folder, files, needs_code=False)
    downloaded = Manifest(
        {f.relative: digests.get(f.relative) or hash_file(Path(f.path)) for f in files}
    )
    known = upstream.content_digest
    manifest = downloaded if known is None else downloaded.restrict_to(known)
    if manifest is None:
        message = f"{upstream.place}: the stored files differ from the registered ones"
        raise RefusedError(Problem("different-content", message, "See 'registrar verify'."))
    for file in files:
        if file.relative not in manifest.files:
            Path(file.path).unlink()
    return replace(
        source,
        digest=manifest.digest,
        directory=folder.as_posix(),
        files=manifest.select(files),
        read_back=True,
    )
