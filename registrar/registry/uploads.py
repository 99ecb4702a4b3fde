"""Uploads of models, as the tracking server keeps them: begun, complete, or discarded.

An upload is a logged model (MLflow 3), or a run's artifacts on servers that know none. It counts
only once it is finished: READY, or FINISHED. All uploads of one content for one registered model
carry the same `registrar_upload` tag, by which a later run finds what an interrupted one left.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from registrar.errors import (
    AlreadyExistsError,
    InvalidParameterError,
    NotFoundError,
    Problem,
    RefusedError,
)
from registrar.registry.pages import read_pages
from registrar.registry.translate_errors import MissingEndpointError
from registrar.registry.upload_record import MLMODEL_TAG, make_manifest_tags, read_record
from registrar.state import DIGEST_TAG, Stored
from registrar.uris import LoggedModelUri, canonical_uri, parse_source, scheme_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.registry.mlflow_api import Experiment, TrackingApi
    from registrar.registry.protocol import LoggedModel, Run, UploadRecord
    from registrar.registry.retry import Retry

__all__ = ["Uploads"]

UPLOAD_TAG = "registrar_upload"
MODEL_FOLDER = "model"  # below a run's artifacts
DEFAULT_EXPERIMENT = "Default"
MAX_TITLE_LENGTH = 200  # characters
NOT_IN_TITLE = "/:.%\"'"  # MLflow refuses these in the name of a logged model


class Uploads:
    """The uploads in one experiment, which is created when the first upload begins."""

    def __init__(self, api: TrackingApi, retry: Retry, experiment: str) -> None:
        self.api = api
        self.retry = retry
        self.call = retry.call
        self.experiment = experiment
        self._has_logged_models: bool | None = None

    def check_experiment(self) -> None:
        """Raise RefusedError where the experiment is deleted."""
        self._find_experiment()

    def find_location(self) -> str | None:
        """Return where new uploads go, or a place in the same store; None where nothing tells yet.

        An experiment that does not exist will lie where the default one does. A folder is no
        evidence: the default experiment may be older than the server, and lie on another machine.
        """
        experiment = self._find_experiment()
        if experiment is not None:
            return experiment.location
        default = self.call(lambda: self.api.get_experiment(DEFAULT_EXPERIMENT))
        if default is None or scheme_of(default.location) in {"", "file"}:
            return None
        return default.location

    def find_experiment_id(self) -> str | None:
        """Return the id of the experiment; None where there is none yet."""
        experiment = self._find_experiment()
        return None if experiment is None else experiment.experiment_id

    def find(self, name: str, digest: str) -> tuple[tuple[Stored, bool], ...]:
        """Return the uploads for a registered model, oldest first, and whether each is complete."""
        experiment_id = self._make_experiment()
        where = f"tags.{UPLOAD_TAG} = '{_mark(name, digest)}'"
        if self._knows_logged_models(experiment_id):
            models = sorted(self._search_models(experiment_id, where), key=lambda m: m.created)
            return tuple((_stored_model(model), model.ready) for model in models)
        runs = read_pages(
            self.retry, lambda token: self.api.search_runs([experiment_id], where, token)
        )
        by_age = sorted(runs, key=lambda run: run.started)
        return tuple((_stored_run(run), run.is_finished) for run in by_age)

    def begin(self, name: str, digest: str, mlmodel: str | None) -> Stored:
        """Create a place for an upload; it does not count as complete."""
        experiment_id = self._make_experiment()
        tags = {UPLOAD_TAG: _mark(name, digest), DIGEST_TAG: digest}
        if mlmodel is not None:
            tags[MLMODEL_TAG] = mlmodel
        title = "".join("-" if char in NOT_IN_TITLE else char for char in name)[:MAX_TITLE_LENGTH]
        if self._knows_logged_models(experiment_id):
            return _stored_model(
                self.call(lambda: self.api.create_logged_model(experiment_id, title, tags))
            )
        return _stored_run(self.call(lambda: self.api.create_run(experiment_id, title, tags)))

    def finish(self, stored: Stored, manifest: str) -> None:
        """Let an upload count as complete; `manifest` says which files it has.

        The manifest is kept in tags, beside the files; one of very many files is not kept.
        """
        tags = make_manifest_tags(manifest)
        if stored.model_id:
            model_id = stored.model_id
            self.call(lambda: self.api.set_logged_model_tags(model_id, tags))
            self.call(lambda: self.api.finalize_logged_model(model_id))
            return
        run_id = str(stored.run_id)
        for key, value in tags.items():
            self.call(partial(self.api.set_run_tag, run_id, key, value))
        self.call(lambda: self.api.finish_run(run_id))

    def discard(self, stored: Stored) -> None:
        """Mark an upload as deleted, if it exists."""
        model_id, run_id = stored.model_id, str(stored.run_id)
        try:
            if model_id:
                self.call(lambda: self.api.delete_logged_model(model_id))
            else:
                self.call(lambda: self.api.delete_run(run_id))
        except NotFoundError:
            return

    def find_source(self, source: str, run_id: str | None, digest: str) -> Stored | None:
        """Return the upload that a version is made from; None for what registrar did not upload."""
        uri = parse_source(source)
        try:
            if isinstance(uri, LoggedModelUri):
                model = self.call(lambda: self.api.get_logged_model(uri.model_id))
                stored, tags = _stored_model(model), model.tags
            elif run_id is not None:
                run = self.call(lambda: self.api.get_run(run_id))
                stored, tags = _stored_run(run), run.tags
                if not run.is_active or canonical_uri(source) != canonical_uri(stored.source):
                    return None
            else:
                return None
        except (NotFoundError, MissingEndpointError):  # deleted; a server without logged models
            return None
        return stored if UPLOAD_TAG in tags and tags.get(DIGEST_TAG) == digest else None

    def get_record(self, source: str, run_id: str | None) -> UploadRecord | None:
        """Return the record of an upload, by the source of its version; None without a manifest."""
        try:
            return read_record(self._get_tags(source, run_id))
        except (InvalidParameterError, NotFoundError, MissingEndpointError):
            return None

    def _get_tags(self, source: str, run_id: str | None) -> Mapping[str, str]:
        uri = parse_source(source)
        if isinstance(uri, LoggedModelUri):
            return self.call(lambda: self.api.get_logged_model(uri.model_id)).tags
        if run_id is not None:
            return self.call(lambda: self.api.get_run(run_id)).tags
        return {}

    def _knows_logged_models(self, experiment_id: str) -> bool:
        """Return whether the server has logged models, as servers since MLflow 3 do."""
        if self._has_logged_models is None:
            try:
                next(iter(self._search_models(experiment_id, f"tags.{UPLOAD_TAG} = 'none'")), None)
            except (InvalidParameterError, NotFoundError, MissingEndpointError):
                self._has_logged_models = False
            else:
                self._has_logged_models = True
        return self._has_logged_models

    def _search_models(self, experiment_id: str, where: str) -> list[LoggedModel]:
        ids = [experiment_id]
        return list(
            read_pages(self.retry, lambda token: self.api.search_logged_models(ids, where, token))
        )

    def _make_experiment(self) -> str:
        """Return the id of the experiment, which is created if it does not exist."""
        experiment = self._find_experiment()
        if experiment is None:
            try:
                return self.call(lambda: self.api.create_experiment(self.experiment))
            except AlreadyExistsError:
                experiment = self._find_experiment()
        if experiment is None:
            raise NotFoundError(f"the experiment '{self.experiment}' was deleted just now")
        return experiment.experiment_id

    def _find_experiment(self) -> Experiment | None:
        """Return the experiment, None where there is none. Raises RefusedError for a deleted one."""
        experiment = self.call(lambda: self.api.get_experiment(self.experiment))
        if experiment is not None and not experiment.is_active:
            message = f"the experiment '{self.experiment}', where uploads go, is deleted"
            hint = "Restore it, or name another one in server.artifacts.experiment."
            raise RefusedError(Problem("deleted-experiment", message, hint))
        return experiment


def _mark(name: str, digest: str) -> str:
    """Return the text that all uploads of one content for one model have in common.

    A name may hold characters that a filter cannot; its hash does not.
    """
    return hashlib.sha256(f"{name}\n{digest}".encode()).hexdigest()[:32]


def _stored_model(model: LoggedModel) -> Stored:
    return Stored(LoggedModelUri.of(model.model_id).text, model.location, model_id=model.model_id)


def _stored_run(run: Run) -> Stored:
    location = f"{run.artifact_uri.rstrip('/')}/{MODEL_FOLDER}"
    return Stored(location, location, run_id=run.run_id)
