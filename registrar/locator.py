"""Find the model that a URI names before anything is written, and what identifies the model."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from registrar.changes.readiness import check_ready
from registrar.content.digest import hash_files
from registrar.content.directory import MLMODEL, find_model, list_files, read_mlmodel
from registrar.content.mlmodel import NO_LOOK, Look, refer_to
from registrar.content.signature import find_signature
from registrar.content.whole_model import read_whole_model
from registrar.errors import ConfigError, NotFoundError, Problem
from registrar.references import (
    logged_model_of_location,
    place_of,
    reference_digest,
    run_of_location,
)
from registrar.registry.absent_versions import explain_absent_version
from registrar.registry.translate_errors import MissingEndpointError
from registrar.state import Existing, Note, Source
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
    from collections.abc import Sequence

    from registrar.registry import Backend
    from registrar.registry.protocol import LoggedModel, Run
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

    def locate(
        self, uri: Uri, *, verify: bool, pinned: bool = False, model: str | None = None
    ) -> Source:
        """Return the source that `uri` names. Raises ConfigError if there is no model.

        With `verify` False the files are not read. Then an entry that is `pinned` to an existing
        version may name a place that is gone. A URI of a version of the registered `model` itself
        gives that version; nothing is copied from it.
        """
        try:
            if isinstance(uri, VersionUri) and uri.name == model:
                return self._locate_own_version(uri)
            source = self._locate(uri, verify=verify)
        except NotFoundError as error:
            if pinned and not verify:
                return refer_to(uri, uri.text, verified=False)
            raise ConfigError(self._explain_absent(uri, error.problems[0].message)) from None
        except OSError as error:  # such as a path that is too long
            hint = "Check the path and its permissions."
            problem = Problem("unreadable-file", f"{uri.safe}: {error.strerror}", hint)
            raise ConfigError(problem) from None
        if source.stored is not None and len(source.stored) > MAX_SOURCE_LENGTH:
            message = f"{len(source.stored)} characters, and a registry takes {MAX_SOURCE_LENGTH}"
            raise ConfigError(Problem("too-long", message, "Shorten the URI."))
        return source

    def _explain_absent(self, uri: Uri, reason: str) -> Problem:
        """Return the problem of a URI that names nothing, with the server that was asked."""
        registry, hint = self.backend.registry, "Correct the URI; nothing was written."
        if isinstance(uri, VersionUri):
            return explain_absent_version(registry, uri, reason, hint)
        if isinstance(uri, RunUri | LoggedModelUri):
            reason = f"{reason.rstrip('.')} on {registry.server.tracking_uri}"
        return Problem("source-not-found", f"{uri.safe}: {reason}", hint)

    def _locate(self, uri: Uri, *, verify: bool) -> Source:
        match uri:
            case DirectoryUri():
                if verify or Path(uri.path).exists():
                    return self._locate_directory(uri)
                return self._locate_remote_directory(uri)
            case RunUri():
                return self._locate_run_model(uri, verify=verify)
            case LoggedModelUri():
                model = self.backend.store.get_logged_model(uri.model_id)
                return self._refer_to_logged_model(uri, model, verify=verify)
            case VersionUri():
                return self._locate_version(uri, verify=verify)
            case StoreUri():
                return self._locate_in_store(uri, verify=verify)
            case _:
                assert_never(uri)

    def _locate_own_version(self, uri: VersionUri) -> Source:
        """Return a version of the model itself; nothing is looked at, since it is registered."""
        if uri.digest is None:
            return Source(uri.text, "", existing=Existing(uri.version, uri.alias))
        number = self.backend.registry.get_version(uri.name, uri.selector).number
        return Source(uri.text, "", existing=Existing(number))

    def _locate_directory(self, uri: DirectoryUri) -> Source:
        """Return a directory as bytes to upload, or as a reference if it belongs to a run."""
        folder = find_model(uri)
        directory = folder.as_posix()
        model = self._logged_model_in(folder)
        if model is not None:
            source = self._refer_to_logged_model(uri, model, verify=True)
            uploaded = hash_files(list_files(folder)).digest  # earlier, it was uploaded from here
            return replace(source, other_digests=source.other_digests | {uploaded})
        run_id = run_of_location(directory)
        root = self._artifacts_around(run_id, folder) if run_id is not None else None
        if root is not None:
            look = Look.read(read_mlmodel(folder), uri.text)
            below = folder.relative_to(Path(root.path).resolve()).as_posix()
            place = file_uri(posixpath.join(root.path, below))
            look = replace(look, location=directory)
            source = refer_to(uri, file_uri(directory), place, run_id=run_id, look=look)
            return replace(source, directory=directory)
        return locate_directory(uri)

    def _artifacts_around(self, run_id: str, folder: Path) -> DirectoryUri | None:
        """Return the root of a run's artifacts, if the run exists and has the folder in there."""
        try:
            root = parse_source(self.backend.store.get_run(run_id).artifact_uri)
        except NotFoundError:
            return None
        is_around = isinstance(root, DirectoryUri) and folder.is_relative_to(
            Path(root.path).resolve()
        )
        return root if isinstance(root, DirectoryUri) and is_around else None

    def _logged_model_in(self, folder: Path) -> LoggedModel | None:
        """Return the logged model whose files are in `folder`, if there is such a model."""
        model = self._logged_model_at(folder.as_posix())
        place = parse_source(model.location) if model is not None else None
        is_there = isinstance(place, DirectoryUri) and Path(place.path).resolve() == folder
        return model if is_there else None

    def _logged_model_at(self, location: str) -> LoggedModel | None:
        """Return the logged model that the text of a location names, if there is such a model."""
        model_id = logged_model_of_location(location)
        if model_id is None:
            return None
        try:
            return self.backend.store.get_logged_model(model_id)
        except (NotFoundError, MissingEndpointError):
            return None

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
        return refer_to(uri, uri.canonical, uri.path, run_id=run_id, verified=False)

    def _locate_run_model(self, uri: RunUri, *, verify: bool) -> Source:
        """Return a model among the artifacts of a run, or the run's logged model of that name."""
        run = self.backend.store.get_run(uri.run_id)
        location = "/".join(part for part in (run.artifact_uri.rstrip("/"), uri.path) if part)
        if not verify:
            return refer_to(uri, location, run_id=uri.run_id, verified=False)
        try:
            look = self._look(location)
        except NotFoundError:
            models = self.backend.store.find_logged_models(run, uri.path) if uri.path else ()
            if len(models) != 1:
                raise _not_one_model(uri, run, models) from None
            return self._refer_to_logged_model(uri, models[0], verify=True)
        return refer_to(uri, location, location, run_id=uri.run_id, look=look)

    def _refer_to_logged_model(self, uri: Uri, model: LoggedModel, *, verify: bool) -> Source:
        if not model.ready:
            message = f"{uri.safe}: the logged model {model.model_id} is {model.status}"
            raise ConfigError(Problem("model-not-ready", message, "Finish logging it first."))
        return refer_to(
            uri,
            LoggedModelUri.of(model.model_id).text,
            model.location,
            run_id=model.run_id,
            model_id=model.model_id,
            model_name=model.name,
            look=self._look(model.location) if verify else NO_LOOK,
            verified=verify,
        )

    def _locate_version(self, uri: VersionUri, *, verify: bool) -> Source:
        """Return another registered version, whose digest is carried over."""
        registry = self.backend.registry
        version = check_ready(uri.name, registry.get_version(uri.name, uri.selector))
        stored = VersionUri.of(uri.name, version.number).text
        look = NO_LOOK
        if verify:  # MLflow reads no file at models:/a@b/1, so it is asked for the location
            look = self._look(registry.get_location(uri.name, version.number))
        by_number = reference_digest(stored, run_id=version.run_id)
        digest = version.digest or by_number
        return Source(
            uri.text,
            digest,
            stored,
            version.run_id,
            verified=verify,
            location=look.location,
            named=look.named,
            other_digests=frozenset({by_number}),
            signature=look.signature,
        )

    def _locate_in_store(self, uri: StoreUri, *, verify: bool) -> Source:
        model = self._logged_model_at(uri.text)
        if model is not None and place_of(model.location) == place_of(uri.text):
            return self._refer_to_logged_model(uri, model, verify=verify)
        note = _check_server_rules(uri) if self.backend.is_remote else None
        stored = uri.canonical
        look = self._look(stored) if verify else NO_LOOK
        run_id = run_of_location(stored) if uri.scheme == "mlflow-artifacts" else None
        return refer_to(uri, stored, run_id=run_id, look=look, verified=verify, note=note)

    def _look(self, location: str) -> Look:
        """Return what the MLmodel says. Raises NotFoundError, ConfigError, ServerError."""
        return Look.read(self.backend.store.read_file(location, MLMODEL), location)


def locate_directory(uri: DirectoryUri) -> Source:
    """Return a directory on this machine as bytes to upload. Raises ConfigError as `find_model`."""
    folder = find_model(uri)
    model = read_whole_model(uri, folder)
    manifest = hash_files(model.files)
    return Source(
        uri.text,
        manifest.digest,
        directory=folder.as_posix(),
        files=manifest.select(model.files),
        signature=find_signature(model.mlmodel),
    )


def _is_below(path: str, folder: str) -> bool:
    return f"{canonical_uri(path)}/".startswith(f"{canonical_uri(folder)}/")


def _not_one_model(uri: RunUri, run: Run, models: Sequence[LoggedModel]) -> ConfigError:
    if not models:
        message = f"{uri}: the run has no such model"
        return ConfigError(Problem("source-not-found", message, "Correct the path."))
    from registrar.registry.logged_models import describe_logged_models  # for an error alone

    names = describe_logged_models(models, run.steps)
    message = f"{uri}: the run logged several models of that name: {names}"
    return ConfigError(Problem("ambiguous-model", message, "Name one of them as models:/m-ID."))


def _check_server_rules(uri: StoreUri) -> Note | None:
    """Return what to know before an MLflow server is asked to take a source, or None.

    Raises ConfigError for what a server accepts under no setting.
    """
    is_proxied = uri.scheme == "mlflow-artifacts"
    if is_proxied and run_of_location(uri.text) is None:
        message = f"{uri.safe} does not lie in a run's artifacts; an MLflow server accepts no other"
        hint = "Use runs:/RUN_ID/PATH, or models:/m-ID."
        raise ConfigError(Problem("unsupported-source", message, hint))
    if uri.scheme in HOST_ADDRESSED or (is_proxied and uri.host):
        values = {"scheme": uri.scheme, "setting": HOST_SETTING}
        return Note("restricted-scheme", uri.safe, values)
    if uri.path.startswith(LINKED_FOLDERS):
        folders = ", ".join(folder.rstrip("/") for folder in LINKED_FOLDERS)
        return Note("linked-path", uri.safe, {"links": folders})
    return None
