"""`pin`: write the digest of each chosen model into its file.

A model's entry gets the digest of its files as `digest`. An alias in a `models:/` URI is replaced by
the digest that it points to.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from registrar import progress
from registrar.commands.desired_models import list_servers
from registrar.commands.pinned_content import are_absent
from registrar.commands.upstreams import find_upstreams
from registrar.commands.write_files import write_files
from registrar.config import spec
from registrar.config.pin_file import check_file, pin_field
from registrar.config.servers import server_key
from registrar.errors import ConfigError, Problem, RegistrarError, ServerError
from registrar.locator import Locator, locate_directory
from registrar.references import is_reference, logged_model_of_location, run_of_location
from registrar.registry import connect
from registrar.report import Report
from registrar.report.pins import FieldEdit, PinnedFile, Pins
from registrar.state import Note
from registrar.uris import DirectoryUri, LoggedModelUri, RunUri, StoreUri, VersionUri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from registrar.config.job import Job
    from registrar.config.spec import Entry
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend
    from registrar.uris import Uri

__all__ = ["run"]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Write the digests into all files, or into none.

    Raises ConfigError with every model that cannot be pinned, ServerError.
    """
    config = jobs[0].config
    chosen = [job for job in jobs if "model" in job.config]
    entries = {job.name: spec.parse_entries(job.config["model"]) for job in chosen}
    with contextlib.ExitStack() as stack:
        backend, places = None, config["pin"]["place"]
        if any(_needs_server(entry, places=places) for some in entries.values() for entry in some):
            stop = interrupt.is_pending
            backend = stack.enter_context(connect(config["server"], writes=False, stop=stop))
        finder = _Finder(backend, places, list_servers(chosen), interrupt)
        stack.enter_context(progress.step("looking at models", len(chosen)))
        stack.enter_context(progress.step("hashing", unit="B"))
        found: list[_Found] = []
        for job in chosen:
            interrupt.check()
            found.append(_find_edits(job, entries[job.name], finder))
            progress.advance("looking at models")
    texts, problems = _edit_files(chosen, found)
    ConfigError.raise_for(problems)
    interrupt.hold()
    write_files(texts)
    interrupt.check()
    files = (PinnedFile(j.name, j.file or "", f.edits) for j, f in zip(chosen, found, strict=True))
    notes = (*(backend.notes if backend else ()), *jobs[0].notes)
    notes += tuple(note for model in found for note in model.notes)
    return Report("pin", payload=Pins(tuple(files)), notes=notes)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is to change in the file of a model, and what is wrong with its entries."""

    edits: tuple[FieldEdit, ...]
    notes: tuple[Note, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Pin:
    """The digest to write into an entry, and the new URI where the URI changes."""

    digest: str | None = None
    uri: str | None = None


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds the content of entries. With `places`, it also pins what only a place identifies.

    Without a backend it leaves out the entries for which `_needs_server` is True. `servers` holds,
    by key, the servers that entries name with `from`.
    """

    backend: Backend | None
    places: bool
    servers: Mapping[str, Mapping[str, Any]]
    interrupt: Interrupt

    def find(self, entry: Entry) -> _Pin | None:
        """Return the pin of an entry; None where nothing is to be written.

        Raises ConfigError where there is no such model, or where only a place could be pinned.
        """
        match entry.uri:
            case None | VersionUri(digest=str()):
                return None
            case VersionUri() | RunUri() | LoggedModelUri() if entry.server is not None:
                return self._find_upstream(entry, entry.uri, server_key(entry.server))
            case VersionUri():
                return self._find_version(entry, entry.uri)
            case DirectoryUri() if not _needs_server(entry, places=self.places):
                return _Pin(locate_directory(entry.uri).digest)
            case DirectoryUri():
                digest = Locator(self._connected).locate(entry.uri, verify=entry.verify).digest
                self._check_place(entry.uri, digest)
                return _Pin(digest)
            case RunUri() | LoggedModelUri() | StoreUri():
                self._check_place(entry.uri, None)
                return _Pin(Locator(self._connected).locate(entry.uri, verify=entry.verify).digest)
            case _:
                assert_never(entry.uri)

    @property
    def _connected(self) -> Backend:
        assert self.backend is not None, "connected for each entry that is not on this machine"
        return self.backend

    def _find_version(self, entry: Entry, uri: VersionUri) -> _Pin:
        source = Locator(self._connected).locate(uri, verify=entry.verify)
        digest, by_number = source.digest, None if uri.alias is None else source.stored
        if not is_reference(digest):
            if uri.alias is None:
                return _Pin(digest)
            return _Pin(entry.digest and digest, f"models:/{uri.name}@{digest}")
        self._check_place(uri, digest)
        if uri.name == entry.model and digest in source.other_digests:
            return _Pin(None, by_number)  # registered by hand: it gets a digest when it is adopted
        return _Pin(digest, by_number)

    def _find_upstream(self, entry: Entry, uri: Uri, key: str) -> _Pin:
        """Return the pin of a model that is copied from another server."""
        (source,) = find_upstreams(key, self.servers[key], [uri], self.interrupt, 1)
        if isinstance(source, RegistrarError):
            raise source
        assert source.upstream is not None, "found on the other server"
        alias = uri.alias if isinstance(uri, VersionUri) else None
        if source.upstream.content_digest is None:
            self._check_place(uri, None)
            return _Pin(source.upstream.digest, None if alias is None else source.upstream.uri)
        if isinstance(uri, VersionUri) and alias is not None:
            return _Pin(entry.digest and source.digest, f"models:/{uri.name}@{source.digest}")
        return _Pin(source.digest)

    def _check_place(self, uri: Uri, digest: str | None) -> None:
        """Raise ConfigError for a model whose place alone can be pinned, unless `places` allows it."""
        if not self.places and (digest is None or is_reference(digest)):
            message = f"{uri.safe} is a place: its digest tells where the model is, not its bytes"
            hint = "Say pin.place=true to pin the place."
            raise ConfigError(Problem("pins-place", message, hint))


def _needs_server(entry: Entry, *, places: bool) -> bool:
    """Return whether an entry cannot be pinned, or refused, without a server."""
    match entry.uri:
        case None | VersionUri(digest=str()):
            return False
        case _ if entry.server is not None:
            return False  # another server is asked
        case VersionUri():
            return True
        case DirectoryUri(path=path):
            place = Path(path).resolve().as_posix()
            return bool(run_of_location(place) or logged_model_of_location(place))
        case RunUri() | LoggedModelUri() | StoreUri():
            return places
        case _:
            assert_never(entry.uri)


def _find_edits(job: Job, entries: Sequence[Entry], finder: _Finder) -> _Found:
    edits: list[FieldEdit] = []
    notes: list[Note] = []
    problems: list[Problem] = []
    for entry in entries:
        try:
            edits += _list_edits(entry, finder.find(entry))
        except ConfigError as error:
            if entry.digest is not None and entry.uri is not None and are_absent(error):
                notes.append(Note("files-absent", entry.uri.safe))
            else:
                where = ("model", *entry.path, "uri")
                problems += [job.locate(where, problem) for problem in error.problems]
        except ServerError as error:
            if entry.server is None:
                raise
            where = ("model", *entry.path, "from")
            raise type(error)(*(job.locate(where, p) for p in error.problems)) from None
    return _Found(tuple(edits), tuple(notes), tuple(problems))


def _list_edits(entry: Entry, pin: _Pin | None) -> Iterator[FieldEdit]:
    """Yield the fields of an entry that are to change."""
    for field, value in (("uri", pin.uri), ("digest", pin.digest)) if pin else ():
        before = entry.fields.get(field)
        if value is not None and value != before:
            yield FieldEdit((*entry.path, field), before, value)


def _edit_files(
    jobs: Sequence[Job], found: Sequence[_Found]
) -> tuple[dict[Path, str], list[Problem]]:
    """Return the new texts of the files that change, and all that is wrong.

    The files are read now, after the models, which takes longer.
    """
    texts: dict[Path, str] = {}
    problems: list[Problem] = []
    for job, model in zip(jobs, found, strict=True):
        problems += model.problems
        if (problem := check_file(job)) is not None:
            problems.append(problem)
        elif model.edits:
            try:
                texts[Path(job.file or "")] = _edit_file(job, model.edits)
            except ConfigError as error:
                problems += error.problems
    return texts, problems


def _edit_file(job: Job, edits: Sequence[FieldEdit]) -> str:
    text = Path(job.file or "").read_bytes().decode()
    for edit in edits:
        text = pin_field(job, text, edit.path, edit.before, edit.after)
    return text
