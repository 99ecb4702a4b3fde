"""Find the model that a URI names before anything is written, and what identifies the model."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from registrar.content.digest import hash_files
from registrar.content.directory import MLMODEL, find_model, parse_mlmodel
from registrar.content.named_files import list_named_files
from registrar.content.whole_model import list_whole_model
from registrar.errors import ConfigError, NotFoundError, Problem
from registrar.references import reference_digest, run_of_location
from registrar.state import Note, Source
from registrar.uris import (
    DirectoryUri,
    LoggedModelUri,
    RunUri,
    StoreUri,
    VersionUri,
    canonical_uri,
    file_uri,
    parse_source,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.registry import Backend
    from registrar.uris import Uri

__all__ = ["Locator", "locate_directory"]

MAX_SOURCE_LENGTH = 500  # VARCHAR(500) in MLflow's PostgreSQL schema
# MLflow's server refuses these unless it stores its own artifacts there, or the scheme is listed.
HOST_ADDRESSED = {"ftp", "sftp", "hdfs", "viewfs", "http", "https", "r2", "b2", "abfss"}
HOST_SETTING = "MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES"
# MLflow's server resolves a source's path on its own disk; these are links on most systems.
LINKED_FOLDERS = ("/bin/", "/sbin/", "/lib/", "/lib64/", "/var/run/", "/var/lock/")


@dataclass(frozen=True, slots=True)
class Locator:
    """Finds models: on this machine, or through a registry and its artifact store."""

    backend: Backend

    def locate(self, uri: Uri, *, verify: bool, pinned: bool = False) -> Source:
        """Return the source that `uri` names. Raises ConfigError if there is no model.

        With `verify` False the files are not looked at. Then a version that exists already, to
        which an entry is `pinned`, may come from a place that is gone.
        """
        try:
            source = self._locate(uri, verify=verify)
        except NotFoundError as error:
            if pinned and not verify:
                return _reference(uri, uri.text, verified=False)
            message = f"{uri.safe}: {error.problems[0].message}"
            hint = "Correct the URI; nothing was written."
            raise ConfigError(Problem("source-not-found", message, hint)) from None
        except OSError as error:  # such as a path that is too long
            hint = "Check the path and its permissions."
            problem = Problem("unreadable-file", f"{uri.safe}: {error.strerror}", hint)
            raise ConfigError(problem) from None
        if source.stored is not None and len(source.stored) > MAX_SOURCE_LENGTH:
            message = f"{len(source.stored)} characters, and a registry takes {MAX_SOURCE_LENGTH}"
            raise ConfigError(Problem("too-long", message, "Shorten the URI."))
        return source

    def _locate(self, uri: Uri, *, verify: bool) -> Source:
        match uri:
            case DirectoryUri():
                if verify or Path(uri.path).exists():
                    return self._locate_directory(uri)
                return self._locate_remote_directory(uri)
            case RunUri():
                return self._locate_run_model(uri, verify=verify)
            case LoggedModelUri():
                return self._locate_logged_model(uri, uri.model_id, verify=verify)
            case VersionUri():
                return self._locate_version(uri, verify=verify)
            case StoreUri():
                return self._locate_in_store(uri, verify=verify)
            case _:
                assert_never(uri)

    def _locate_directory(self, uri: DirectoryUri) -> Source:
        """Return a directory as bytes to upload, or as a reference if it belongs to a run."""
        folder = find_model(uri)
        directory = folder.as_posix()
        run_id = run_of_location(directory)
        if run_id is not None and self._has_artifacts_in(run_id, folder):
            mlmodel = parse_mlmodel((folder / MLMODEL).read_bytes(), uri.text)
            stored = file_uri(directory)
            digest = reference_digest(stored, run_id=run_id, uuid=mlmodel.get("model_uuid"))
            return Source(uri.text, digest, stored, run_id, directory=directory)
        return locate_directory(uri)

    def _has_artifacts_in(self, run_id: str, folder: Path) -> bool:
        """Return whether the run exists and keeps its artifacts in `folder` or above it."""
        try:
            root = parse_source(self.backend.store.get_run(run_id).artifact_uri)
        except NotFoundError:
            return False
        return isinstance(root, DirectoryUri) and folder.is_relative_to(Path(root.path).resolve())

    def _locate_remote_directory(self, uri: DirectoryUri) -> Source:
        """Return a directory of another machine, which is known by its path alone."""
        run_id = run_of_location(uri.path)
        if run_id is not None:
            try:
                root = parse_source(self.backend.store.get_run(run_id).artifact_uri)
            except NotFoundError:
                root = None
            if not (isinstance(root, DirectoryUri) and _is_below(uri.path, root.path)):
                run_id = None
        return _reference(uri, uri.canonical, run_id=run_id, verified=False)

    def _locate_run_model(self, uri: RunUri, *, verify: bool) -> Source:
        """Return a model among the artifacts of a run, or the run's logged model of that name."""
        run = self.backend.store.get_run(uri.run_id)
        location = "/".join(part for part in (run.artifact_uri.rstrip("/"), uri.path) if part)
        if not verify:
            return _reference(uri, location, run_id=uri.run_id, verified=False)
        try:
            look = self._look(location)
        except NotFoundError:
            models = self.backend.store.find_logged_models(run, uri.path) if uri.path else ()
            if len(models) != 1:
                raise _not_one_model(uri, [model.model_id for model in models]) from None
            return self._locate_logged_model(uri, models[0].model_id, verify=True)
        return _reference(uri, location, run_id=uri.run_id, look=look)

    def _locate_logged_model(
        self, uri: RunUri | LoggedModelUri, model_id: str, *, verify: bool
    ) -> Source:
        model = self.backend.store.get_logged_model(model_id)
        if not model.ready:
            message = f"{uri}: the logged model {model_id} is {model.status}"
            raise ConfigError(Problem("model-not-ready", message, "Finish logging it first."))
        look = self._look(model.location) if verify else _NO_LOOK
        stored = LoggedModelUri.of(model_id).text
        return _reference(
            uri, stored, run_id=model.run_id, model_id=model_id, look=look, verified=verify
        )

    def _locate_version(self, uri: VersionUri, *, verify: bool) -> Source:
        """Return another registered version, whose digest is carried over."""
        registry = self.backend.registry
        version = registry.get_version(uri.name, uri.selector)
        stored = VersionUri.of(uri.name, version.number).text
        look = _NO_LOOK
        if verify:  # MLflow reads no file at models:/a@b/1, so it is asked for the location
            look = self._look(registry.get_location(uri.name, version.number))
        digest = version.digest or reference_digest(stored, run_id=version.run_id)
        return Source(
            uri.text,
            digest,
            stored,
            version.run_id,
            verified=verify,
            location=look.location,
            named=look.named,
        )

    def _locate_in_store(self, uri: StoreUri, *, verify: bool) -> Source:
        note = _check_server_rules(uri) if self.backend.is_remote else None
        stored = uri.canonical
        look = self._look(stored) if verify else _NO_LOOK
        run_id = run_of_location(stored) if uri.scheme == "mlflow-artifacts" else None
        return _reference(uri, stored, run_id=run_id, look=look, verified=verify, note=note)

    def _look(self, location: str) -> _Look:
        """Return what the MLmodel says. Raises NotFoundError, ConfigError, ServerError."""
        mlmodel = parse_mlmodel(self.backend.store.read_file(location, MLMODEL), location)
        uuid = mlmodel.get("model_uuid")
        return _Look(str(uuid) if uuid else None, location, list_named_files(mlmodel))


@dataclass(frozen=True, slots=True)
class _Look:
    """What the MLmodel at a location says: its `model_uuid`, and which files it names."""

    uuid: str | None = None
    location: str | None = None
    named: Mapping[str, str] = field(default_factory=dict)


_NO_LOOK = _Look()


def locate_directory(uri: DirectoryUri) -> Source:
    """Return a directory on this machine as bytes to upload. Raises ConfigError as `find_model`."""
    folder = find_model(uri)
    files = list_whole_model(uri, folder)
    return Source(uri.text, hash_files(files).digest, directory=folder.as_posix(), files=files)


def _reference(
    uri: Uri,
    stored: str,
    *,
    look: _Look = _NO_LOOK,
    run_id: str | None = None,
    model_id: str | None = None,
    verified: bool = True,
    note: Note | None = None,
) -> Source:
    """Return the source of a model that is registered where it lies."""
    digest = reference_digest(uri.text, run_id=run_id, model_id=model_id, uuid=look.uuid)
    return Source(
        uri.text,
        digest,
        stored,
        run_id,
        model_id,
        verified=verified,
        note=note,
        location=look.location,
        named=look.named,
    )


def _is_below(path: str, folder: str) -> bool:
    return f"{canonical_uri(path)}/".startswith(f"{canonical_uri(folder)}/")


def _not_one_model(uri: RunUri, model_ids: Sequence[str]) -> ConfigError:
    if not model_ids:
        message = f"{uri}: the run has no such model"
        return ConfigError(Problem("source-not-found", message, "Correct the path."))
    names = ", ".join(sorted(model_ids))
    message = f"{uri}: the run logged several models of that name: {names}"
    return ConfigError(Problem("ambiguous-model", message, "Name one of them as models:/ID."))


def _check_server_rules(uri: StoreUri) -> Note | None:
    """Return what to know before an MLflow server is asked to take a source, or None.

    Raises ConfigError for what a server accepts under no setting.
    """
    is_proxied = uri.scheme == "mlflow-artifacts"
    if is_proxied and run_of_location(uri.text) is None:
        message = f"{uri} does not lie in a run's artifacts; an MLflow server accepts no other"
        hint = "Use runs:/RUN_ID/PATH, or models:/m-ID."
        raise ConfigError(Problem("unsupported-source", message, hint))
    if uri.scheme in HOST_ADDRESSED or (is_proxied and uri.host):
        values = {"scheme": uri.scheme, "setting": HOST_SETTING}
        return Note("restricted-scheme", uri.safe, values)
    if uri.path.startswith(LINKED_FOLDERS):
        folders = ", ".join(folder.rstrip("/") for folder in LINKED_FOLDERS)
        return Note("linked-path", uri.safe, {"links": folders})
    return None
