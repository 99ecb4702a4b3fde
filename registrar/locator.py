"""Looking at a model before anything is written: where it is, and what identifies it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from registrar.content.check import LOGGED_URI, RUN_URI, VERSION_URI
from registrar.content.directory import (
    MLMODEL,
    content_digest,
    files,
    is_directory,
    local_path,
    model_folder,
    parse_mlmodel,
)
from registrar.errors import ConfigError, NotFoundError, Problem
from registrar.state import Source
from registrar.uris import canonical_uri, reference_digest, safe_uri, scheme_of

if TYPE_CHECKING:
    from pathlib import Path

    from registrar.registry import Backend

__all__ = ["Locator"]

SOURCE_LIMIT = 500  # VARCHAR(500) in MLflow's PostgreSQL schema
RUN_FOLDER = re.compile(r".*/(?P<run_id>[0-9a-f]{32})/artifacts/.+")
# MLflow's server refuses these unless it stores its own artifacts there, or the scheme is listed.
HOST_ADDRESSED = {"ftp", "sftp", "hdfs", "viewfs", "http", "https", "r2", "b2", "abfss"}
# MLflow's server resolves a source's path on its own disk; these are links on most systems.
LINKED = ("/bin/", "/sbin/", "/lib/", "/lib64/", "/var/run/", "/var/lock/")
HOST_SETTING = "MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES"


@dataclass(frozen=True, slots=True)
class Locator:
    """Finds what a URI names, by the server where it has to."""

    backend: Backend

    def locate(self, uri: str, *, verify: bool, pinned: bool = False) -> Source:
        """The source with its digest. Raises ConfigError when there is no model there.

        A version that is there already (`pinned`) may come from what is gone by now: with `verify`
        False it is known by its URI alone.
        """
        try:
            source = self._locate(uri, verify=verify)
        except NotFoundError as error:
            if pinned and not verify:
                return _referenced(uri, uri, verified=False)
            message = f"{safe_uri(uri)}: {error.problems[0].message}"
            raise ConfigError(
                Problem("todo", message, "Correct the URI; nothing was written.")
            ) from None
        if source.stored is not None and len(source.stored) > SOURCE_LIMIT:
            message = f"{len(source.stored)} characters where the registry takes {SOURCE_LIMIT}"
            raise ConfigError(Problem("todo", message, "Shorten the URI."))
        return source

    def _locate(self, uri: str, *, verify: bool) -> Source:
        if is_directory(uri):
            if verify or local_path(uri).exists():
                return self._directory(uri)
            return self._elsewhere(uri)
        if match := RUN_URI.fullmatch(uri):
            return self._run(uri, match["run_id"], match["path"].rstrip("/"), verify=verify)
        if match := LOGGED_URI.fullmatch(uri):
            return self._logged(uri, match["model_id"], verify=verify)
        if match := VERSION_URI.fullmatch(uri):
            number_or_alias = match["number"] or match["alias"]
            return self._version(uri, match["name"], number_or_alias, verify=verify)
        return self._reference(uri, verify=verify)

    def _directory(self, uri: str) -> Source:
        folder = model_folder(uri)
        inside = RUN_FOLDER.fullmatch(folder.as_posix())
        if inside:
            run = self._run_that_holds(inside["run_id"], folder)
            if run is not None:
                uuid = parse_mlmodel((folder / MLMODEL).read_bytes(), uri).get("model_uuid")
                place = f"file://{folder.as_posix()}"
                digest = reference_digest(place, run_id=run, uuid=uuid)
                return Source(uri, digest, place, run, directory=folder.as_posix())
        size = sum(file.size for file in files(folder))
        return Source(uri, content_digest(folder), directory=folder.as_posix(), size=size)

    def _elsewhere(self, uri: str) -> Source:
        """A directory of another machine, which is known by its path."""
        inside = RUN_FOLDER.fullmatch(uri)
        run_id = inside["run_id"] if inside else None
        if inside and run_id:
            try:
                root = self.backend.store.get_run(run_id).artifact_uri
            except NotFoundError:
                root = ""
            within = root and _path(uri).startswith(f"{_path(root)}/")
            run_id = run_id if within else None
        return _referenced(uri, canonical_uri(uri), run_id=run_id, verified=False)

    def _run_that_holds(self, run_id: str, folder: Path) -> str | None:
        """The run, if the directory lies in its own artifacts on this machine."""
        try:
            root = self.backend.store.get_run(run_id).artifact_uri
        except NotFoundError:
            return None
        if not is_directory(root):
            return None
        path = local_path(root).resolve()
        return run_id if folder.is_relative_to(path) and folder != path else None

    def _run(self, uri: str, run_id: str, path: str, *, verify: bool) -> Source:
        run = self.backend.store.get_run(run_id)
        location = f"{run.artifact_uri.rstrip('/')}/{path}"
        if not verify:
            return _referenced(uri, location, run_id=run_id, verified=False)
        try:
            uuid = self._uuid(location)
        except NotFoundError:
            models = self.backend.store.find_logged_models(run, path)
            if len(models) != 1:
                raise _ambiguous(uri, [model.model_id for model in models]) from None
            return self._logged(uri, models[0].model_id, verify=True)
        return _referenced(uri, location, run_id=run_id, uuid=uuid)

    def _logged(self, uri: str, model_id: str, *, verify: bool) -> Source:
        model = self.backend.store.get_logged_model(model_id)
        if not model.ready:
            message = f"{uri}: the logged model {model_id} is {model.status}"
            raise ConfigError(Problem("todo", message, "Finish logging it first."))
        uuid = self._uuid(model.location) if verify else None
        stored = f"models:/{model_id}"
        return _referenced(
            uri, stored, run_id=model.run_id, model_id=model_id, uuid=uuid, verified=verify
        )

    def _version(self, uri: str, name: str, number_or_alias: str, *, verify: bool) -> Source:
        version = self.backend.registry.get_version(name, number_or_alias)
        stored = f"models:/{name}/{version.number}"
        if verify:
            self._uuid(stored)
        digest = version.digest or reference_digest(stored, run_id=version.run_id)
        return Source(uri, digest, stored, version.run_id, verified=verify)

    def _reference(self, uri: str, *, verify: bool) -> Source:
        note = _server_rules(uri) if self.backend.is_remote else None
        stored = canonical_uri(uri)
        uuid = self._uuid(stored) if verify else None
        run = None
        if scheme_of(uri) == "mlflow-artifacts" and (inside := RUN_FOLDER.fullmatch(stored)):
            run = inside["run_id"]
        return _referenced(uri, stored, run_id=run, uuid=uuid, verified=verify, note=note)

    def _uuid(self, location: str) -> str | None:
        """The `model_uuid` of the MLmodel there: the look before the write."""
        uuid = parse_mlmodel(self.backend.store.read_file(location, MLMODEL), location).get(
            "model_uuid"
        )
        return str(uuid) if uuid else None


def _path(uri: str) -> str:
    return canonical_uri(uri).removeprefix("file://")


def _referenced(
    uri: str,
    stored: str,
    *,
    uuid: str | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    verified: bool = True,
    note: str | None = None,
) -> Source:
    digest = reference_digest(uri, run_id=run_id, model_id=model_id, uuid=uuid)
    return Source(uri, digest, stored, run_id, model_id, verified=verified, note=note)


def _ambiguous(uri: str, models: list[str]) -> ConfigError:
    if not models:
        return ConfigError(
            Problem("todo", f"{uri}: the run has no such model", "Correct the path.")
        )
    message = f"{uri}: the run logged several models of that name: {', '.join(sorted(models))}"
    return ConfigError(Problem("todo", message, "Name one of them as models:/ID."))


def _server_rules(uri: str) -> str | None:
    """What to know before an MLflow server is asked to take a source, or None.

    Raises ConfigError for what it accepts under no setting.
    """
    scheme, parts = scheme_of(uri), urlsplit(uri)
    if scheme == "mlflow-artifacts" and not RUN_FOLDER.fullmatch(uri):
        message = f"{uri} does not lie in a run's artifacts; an MLflow server accepts no other"
        raise ConfigError(Problem("todo", message, "Use runs:/RUN_ID/PATH, or models:/m-ID."))
    if scheme in HOST_ADDRESSED or (scheme == "mlflow-artifacts" and parts.netloc):
        return (
            f"MLflow servers refuse {scheme}:// sources unless they store their own artifacts "
            f"there, or {HOST_SETTING} lists {scheme} on the server"
        )
    if parts.path.startswith(LINKED):
        return (
            f"{safe_uri(uri)}: a server whose system has links at "
            f"{', '.join(prefix.rstrip('/') for prefix in LINKED)} refuses such a path; "
            "another first folder avoids it"
        )
    return None
