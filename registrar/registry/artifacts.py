"""Models as files in MLflow's artifact stores: looked at, and uploaded so that a cut never shows.

An upload is a logged model (MLflow 3), or a run's artifacts on servers that know none. It counts
only once it is finished: READY, or FINISHED. All uploads of one content for one registered model
carry the same `registrar_upload` tag, by which an interrupted run finds what it left.
"""

from __future__ import annotations

import hashlib
import itertools
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.errors import (
    AlreadyExistsError,
    InvalidRequestError,
    NotFoundError,
    Problem,
    RefusedError,
)
from registrar.registry.artifact_contents import contents, copy
from registrar.registry.artifact_reads import listing, looked, read, repository
from registrar.registry.http.artifacts import read_directly
from registrar.registry.http.client import RestClient
from registrar.registry.protocol import LoggedModel, Run
from registrar.registry.retry import Attempts, MissingEndpointError
from registrar.registry.version_policy import logged_model_function, no_logged_models
from registrar.state import DIGEST_TAG, RunData, Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from registrar.registry.connection import Connection

__all__ = ["ArtifactStore"]

UPLOAD_TAG = "registrar_upload"
MODEL_FOLDER = "model"
RUNS = 100  # ids in one search
# A manifest goes into tags of this many characters, which any version of MLflow keeps whole.
MANIFEST_TAG = "registrar_manifest"
MANIFEST_PART = 5000
MANIFEST_PARTS = 100
TRIES = 3  # how often a file may be sent before the deadline


class ArtifactStore:
    """See `protocol.Store`. Uploads go to `experiment`, which is made when it is first needed."""

    def __init__(self, connection: Connection, experiment: str) -> None:
        self.connection = connection
        self.attempts = Attempts(connection.tracking_uri, connection.timeout, connection.mlflow)
        self.client = connection.client
        self.experiment = experiment
        self._logged_models: bool | None = None

    def read_file(self, location: str, name: str) -> bytes:
        """The file `name` at a location. Raises NotFoundError, ConfigError, ServerError."""
        client = self.client
        if isinstance(client, RestClient):
            found = self._named(lambda: read_directly(client, location, name))
            if found is not None:
                return bytes(found)
        return read(self.attempts, location, name)

    def get_run(self, run_id: str) -> Run:
        """A run. Raises NotFoundError."""
        info = self._named(lambda: self.client.get_run(run_id)).info
        if info.lifecycle_stage != "active":
            raise NotFoundError(f"the run {run_id} is deleted")
        return Run(info.run_id, info.artifact_uri, info.experiment_id)

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """A logged model. Raises NotFoundError."""
        get = logged_model_function(self.client, "get_logged_model")
        try:
            return _logged(self._named(lambda: get(model_id)))
        except MissingEndpointError:
            raise no_logged_models(self.connection.server) from None

    def find_logged_models(self, run: Run, name: str) -> tuple[LoggedModel, ...]:
        """The logged models of that name that a run produced."""
        quoted = name.replace("'", "")
        try:
            found = list(self._search(run.experiment_id, f"name = '{quoted}'"))
        except (InvalidRequestError, MissingEndpointError):  # a server that knows no logged models
            return ()
        return tuple(_logged(model) for model in found if model.source_run_id == run.run_id)

    def get_run_data(self, run_ids: Collection[str]) -> Mapping[str, RunData]:
        """Parameters and metrics of those of the runs that there still are."""
        wanted = sorted(set(run_ids))
        if not wanted:
            return {}
        experiments = [e.experiment_id for e in self._pages(self.client.search_experiments)]
        found: dict[str, RunData] = {}
        for start in range(0, len(wanted), RUNS):
            some = ", ".join(f"'{_plain(run_id)}'" for run_id in wanted[start : start + RUNS])
            where = f"attributes.run_id IN ({some})"
            runs = self._pages(self.client.search_runs, experiments, where)
            found |= {r.info.run_id: RunData(r.data.params, r.data.metrics) for r in runs}
        return found

    def hash_files(self, location: str) -> Iterator[tuple[str, str]]:
        """(path, SHA-256 in hex) of every file at a location, in the byte order of the paths."""
        return contents(self.attempts, location)

    def download(self, location: str, folder: Path) -> None:
        """All files at a location are in `folder`."""
        copy(self.attempts, location, folder)

    def get_manifest(self, source: str, run_id: str | None) -> str | None:
        """The lines that the content digest of an upload is made of, if they were kept."""
        try:
            if source.startswith("models:/m-"):
                get = logged_model_function(self.client, "get_logged_model")
                tags = self._named(lambda: get(source.removeprefix("models:/"))).tags
            elif run_id is not None:
                tags = self._named(lambda: self.client.get_run(run_id)).data.tags
            else:
                return None
        except (NotFoundError, MissingEndpointError):
            return None
        parts = (tags.get(f"{MANIFEST_TAG}_{number}") for number in range(MANIFEST_PARTS))
        return "".join(itertools.takewhile(bool, parts)) or None

    def check_upload_target(self) -> None:
        """Uploads have a place to go. Raises RefusedError where they have not."""
        self._found_experiment()

    def find_uploads(self, name: str, digest: str) -> tuple[tuple[Stored, bool], ...]:
        """Uploads for a registered model, oldest first; False for one that is not complete."""
        experiment = self._experiment_id()
        where = f"tags.{UPLOAD_TAG} = '{_mark(name, digest)}'"
        if self._knows_logged_models(experiment):
            models = sorted(self._search(experiment, where), key=lambda m: m.creation_timestamp)
            return tuple((_stored_model(model), str(model.status) == "READY") for model in models)
        found = self.attempts.repeat(lambda: self.client.search_runs([experiment], where))
        runs = sorted(found, key=lambda run: run.info.start_time)
        return tuple((_stored_run(run), run.info.status == "FINISHED") for run in runs)

    def has_files(self, stored: Stored, sizes: Mapping[str, int]) -> bool:
        """Whether all files are there in full: relative path -> size in bytes."""
        folders = sorted({posixpath.dirname(path) for path in sizes})

        def look() -> dict[str, int | None]:
            found: dict[str, int | None] = {}
            for folder in folders:
                found |= listing(stored.location, folder or None)
            return found

        try:
            found = looked(self.attempts, stored.location, look)
        except NotFoundError:
            return False
        return all(path in found and found[path] in {None, size} for path, size in sizes.items())

    def begin_upload(self, name: str, digest: str) -> Stored:
        """A place to upload to exists; it does not count as complete."""
        experiment = self._experiment_id()
        tags = {UPLOAD_TAG: _mark(name, digest), DIGEST_TAG: digest}
        title = "".join(char if char not in "/:.%\"'" else "-" for char in name)[:200]
        client = self.client
        if self._knows_logged_models(experiment):
            return _stored_model(
                self.attempts.repeat(
                    lambda: client.create_logged_model(experiment, name=title, tags=tags)
                )
            )
        return _stored_run(
            self.attempts.repeat(lambda: client.create_run(experiment, tags=tags, run_name=title))
        )

    def upload_file(self, stored: Stored, path: str, relative: str) -> None:
        """The file is in the store under its relative path. Sent again, it is overwritten."""
        folder = posixpath.dirname(relative)
        seconds = self.connection.allow(Path(path).stat().st_size)  # OSError: it is gone

        def send() -> None:
            # Every version of MLflow has this; `log_model_artifact` takes a folder since 3.16.
            repository(stored.location).log_artifact(path, folder or None)

        looked(self.attempts, stored.location, send, TRIES * seconds)

    def finish_upload(self, stored: Stored, manifest: str) -> None:
        """The upload counts as complete; `manifest` says which files it has.

        It is kept in tags of the upload, beside the files; one of very many files is not kept.
        """
        client, repeat = self.client, self.attempts.repeat
        starts = range(0, len(manifest), MANIFEST_PART)
        tags = {
            f"{MANIFEST_TAG}_{n}": manifest[i : i + MANIFEST_PART] for n, i in enumerate(starts)
        }
        if len(tags) > MANIFEST_PARTS:
            tags = {}
        if stored.model_id:
            model_id = stored.model_id
            repeat(lambda: client.set_logged_model_tags(model_id, tags))
            repeat(lambda: client.finalize_logged_model(model_id, "READY"))
        else:
            run_id = str(stored.run_id)
            for key, value in tags.items():
                repeat(lambda key=key, value=value: client.set_tag(run_id, key, value))  # type: ignore[misc]
            repeat(lambda: client.set_terminated(run_id, "FINISHED"))

    def discard_upload(self, stored: Stored) -> None:
        """The upload is marked deleted; it may have been gone before."""
        client = self.client
        try:
            if stored.model_id:
                model_id = stored.model_id
                self.attempts.repeat(lambda: client.delete_logged_model(model_id))
            else:
                run_id = str(stored.run_id)
                self.attempts.repeat(lambda: client.delete_run(run_id))
        except NotFoundError:
            return

    def _knows_logged_models(self, experiment: str) -> bool:
        if self._logged_models is None:
            try:
                next(self._search(experiment, f"tags.{UPLOAD_TAG} = 'none'"), None)
            except (InvalidRequestError, MissingEndpointError):
                self._logged_models = False
            else:
                self._logged_models = True
        return self._logged_models

    def _search(self, experiment: str, where: str) -> Iterator[Any]:
        search = logged_model_function(self.client, "search_logged_models")
        return self._pages(search, [experiment], where)

    def _pages(self, search: Callable[..., Any], *query: Any) -> Iterator[Any]:
        token: str | None = None
        while True:
            page = self.attempts.repeat(
                lambda token=token: search(*query, page_token=token)  # type: ignore[misc]
            )
            yield from page
            token = page.token
            if not token:
                return

    def _experiment_id(self) -> str:
        client, name = self.client, self.experiment
        found = self._found_experiment()
        if found is None:
            try:
                return str(self.attempts.repeat(lambda: client.create_experiment(name)))
            except AlreadyExistsError:
                found = self._found_experiment()
        return str(found.experiment_id)

    def _found_experiment(self) -> Any:
        """The experiment, None where there is none yet. Raises RefusedError for a deleted one."""
        client, name = self.client, self.experiment
        found = self.attempts.repeat(lambda: client.get_experiment_by_name(name))
        if found is not None and found.lifecycle_stage != "active":
            message = f"the experiment '{name}', where uploads go, is deleted"
            hint = "Restore it, or name another one in server.artifacts.experiment."
            raise RefusedError(Problem("todo", message, hint))
        return found

    def _named(self, call: Any) -> Any:
        """A look by id: an id of the wrong form is as absent as one that is not there."""
        try:
            return self.attempts.repeat(call)
        except InvalidRequestError as error:
            raise NotFoundError(*error.problems) from None


def _plain(run_id: str) -> str:
    """A run id without what could end a filter's text: ids are free text to a registry."""
    return "".join(char for char in run_id if char.isalnum() or char in "-_")


def _mark(name: str, digest: str) -> str:
    """Names may hold quotes, which MLflow's filters can not escape; their hash does not."""
    return hashlib.sha256(f"{name}\n{digest}".encode()).hexdigest()[:32]


def _logged(model: Any) -> LoggedModel:
    return LoggedModel(
        model.model_id,
        model.artifact_location,
        model.source_run_id or None,
        str(model.status) == "READY",
        str(model.status),
        model.name,
    )


def _stored_model(model: Any) -> Stored:
    return Stored(
        source=f"models:/{model.model_id}",
        location=model.artifact_location,
        model_id=model.model_id,
    )


def _stored_run(run: Any) -> Stored:
    location = f"{run.info.artifact_uri.rstrip('/')}/{MODEL_FOLDER}"
    return Stored(source=location, location=location, run_id=run.info.run_id)
