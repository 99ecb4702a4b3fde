"""What this process has tracked with MLflow: its server, its run, and the model that it logged.

MLflow is never imported where the process has not imported it: then nothing was tracked. Runs are
known to the thread that made them, as in MLflow itself.
"""

from __future__ import annotations

import contextlib
import posixpath
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from registrar.changes.measurements import combine
from registrar.errors import ConfigError, InvalidParameterError, NotFoundError, Problem
from registrar.registry.database import database_file
from registrar.registry.logged_models import describe_logged_models
from registrar.registry.measurements import read_measurements
from registrar.registry.mlflow_client import MlflowTrackingApi
from registrar.registry.mlflow_files import MlflowFiles
from registrar.registry.mlflow_settings import mlflow_settings
from registrar.registry.pages import read_pages
from registrar.registry.retry import Retry
from registrar.registry.tracking_reads import TrackingReader
from registrar.registry.translate_errors import MissingEndpointError
from registrar.uris import canonical_uri, is_http, safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.changes.measurements import MetricPlaces
    from registrar.registry.protocol import LoggedModel, Run
    from registrar.version_evidence import Measurements

__all__ = [
    "TrackingState",
    "find_logged_uri",
    "get_active_run_id",
    "get_tracking_server",
    "read_logged_metrics",
    "read_tracking_state",
    "run_link",
]

TIMEOUT = 20.0  # seconds
MAX_DEPTH = 3  # folders below a run's artifacts that are searched for models
LOG_FIRST = "Log the model first, as in mlflow.sklearn.log_model(model, name='model'), or pass uri."


@dataclass(frozen=True, slots=True)
class TrackingState:
    """The run that this thread is in, or was in last, and the model it logged last, by their ids."""

    run_id: str | None = None
    is_active: bool = False
    experiment_id: str = ""
    model_id: str | None = None
    model_run_id: str | None = None


def get_tracking_server() -> dict[str, str] | None:
    """Return where this process tracks, as a `server` configuration; None if it does not."""
    if "mlflow" not in sys.modules:
        return None
    import mlflow

    return {"tracking_uri": mlflow.get_tracking_uri(), "registry_uri": mlflow.get_registry_uri()}


def get_active_run_id() -> str | None:
    """Return the id of the run that this thread is in."""
    if "mlflow" not in sys.modules:
        return None
    import mlflow

    run = mlflow.active_run()
    return str(run.info.run_id) if run else None


def run_link(tracking_uri: str, run: Run) -> str:
    """Return the address of a run's page; "" where a database has none."""
    if not is_http(tracking_uri):
        return ""
    server = safe_uri(tracking_uri).rstrip("/")
    return f"{server}/#/experiments/{run.experiment_id}/runs/{run.run_id}"


def read_tracking_state() -> TrackingState:
    """Return what this thread has tracked so far.

    Raises ServerError, and ConfigError where the run is on another server than the current one.
    """
    server = get_tracking_server()
    if server is None:
        return TrackingState()
    import mlflow

    with _requests_to(server) as retry:
        try:
            run = retry.call(mlflow.last_active_run)
            model = retry.call(_last_logged_model)
        except (InvalidParameterError, NotFoundError):
            where = safe_uri(server["tracking_uri"])
            message = f"{where} does not have the last run of this process, or its model"
            hint = "mlflow.set_tracking_uri was called since: set it back, or pass uri."
            raise ConfigError(Problem("run-on-other-server", message, hint)) from None
    return TrackingState(
        run_id=run.info.run_id if run else None,
        is_active=mlflow.active_run() is not None,
        experiment_id=run.info.experiment_id if run else "",
        model_id=model.model_id if model else None,
        model_run_id=(model.source_run_id or None) if model else None,
    )


def read_logged_metrics(places: MetricPlaces) -> Measurements:
    """Return the metrics of a model that this process has logged, or that its configuration tells.

    Raises ServerError.
    """
    server = get_tracking_server()
    if server is None:
        return combine({}, {}, places.recorded, None)
    from mlflow import MlflowClient

    with _requests_to(server) as retry:
        reader = TrackingReader(MlflowTrackingApi(MlflowClient()), retry)
        (measurements,) = read_measurements(reader, _refuse_version, [places], None)
        return measurements


def find_logged_uri(state: TrackingState, server: str | None = None) -> str:
    """Return the URI of the one model that the run logged.

    Raises ConfigError when there is none, when there are several, and when `server`, where it is to
    be registered, is not the one that has the run.
    """
    if state.run_id is None and state.model_id is None:
        message = "there is no uri, and no run of this thread that could have logged a model"
        raise ConfigError(Problem("no-logged-model", message, LOG_FIRST))
    tracking_server = get_tracking_server() or {}
    _check_server(tracking_server.get("tracking_uri", ""), server)
    with _requests_to(tracking_server) as retry:
        models = _logged_models(state, retry) if state.run_id else []
        if len(models) > 1:
            message = (
                f"the run {state.run_id} has logged several models: {_describe(models, retry)}"
            )
            hint = "Pass one of them as uri."
            raise ConfigError(Problem("several-logged-models", message, hint))
        uris = _candidates(state, models, retry)
    if len(uris) > 1:
        message = f"several models could be meant: {', '.join(uris)}"
        raise ConfigError(Problem("several-logged-models", message, "Pass one of them as uri."))
    if not uris:
        message = f"the run {state.run_id} has logged no model"
        last = (
            f" The last one of this thread is models:/{state.model_id}." if state.model_id else ""
        )
        raise ConfigError(Problem("no-logged-model", message, LOG_FIRST + last))
    return uris[0]


@contextlib.contextmanager
def _requests_to(server: Mapping[str, str]) -> Iterator[Retry]:
    """Let MLflow use registrar's settings for the server that this process tracks at."""
    tracking = server["tracking_uri"]
    with mlflow_settings(tracking, server["registry_uri"], TIMEOUT):
        yield Retry(safe_uri(tracking), TIMEOUT)


def _refuse_version(name: str, number: int) -> NoReturn:
    message = f"{name} version {number} was not logged by this process"
    raise NotFoundError(message)


def _last_logged_model() -> Any:
    """Return the model that this thread logged last; None with MLflow 2, which has none."""
    import mlflow

    last_logged_model = getattr(mlflow, "last_logged_model", None)
    return last_logged_model() if last_logged_model else None


def _check_server(tracking: str, server: str | None) -> None:
    if server is None or _identity(server) == _identity(tracking):
        return
    message = (
        f"the run is tracked at {safe_uri(tracking)}, where its model's files are; a version on "
        f"{safe_uri(server)} would point to files that are not there"
    )
    hint = (
        "Leave server out to register it where it is, and promote it from there; or pass a "
        "directory as uri, whose files are uploaded."
    )
    raise ConfigError(Problem("run-on-other-server", message, hint))


def _identity(server: str) -> str:
    """Return one text for one server; the file of an SQLite URI is absolute, as MLflow gives it."""
    path = database_file(server)
    return str(path.absolute()) if path else canonical_uri(server)


def _candidates(state: TrackingState, models: Sequence[LoggedModel], retry: Retry) -> list[str]:
    """Return the models of the run: logged models, else folders of its artifacts that are one."""
    uris = [f"models:/{model.model_id}" for model in models]
    if state.run_id and not uris:
        folders = _find_model_folders(state.run_id, retry)
        uris = [f"runs:/{state.run_id}/{path}" for path in folders]
    if state.model_id and not state.model_run_id and not state.is_active:  # logged outside of runs
        uris.append(f"models:/{state.model_id}")
    return uris


def _describe(models: Sequence[LoggedModel], retry: Retry) -> str:
    """Return the names, steps and URIs of logged models of one run."""
    from mlflow import MlflowClient

    run = retry.call(lambda: MlflowTrackingApi(MlflowClient()).get_run(str(models[0].run_id)))
    return describe_logged_models(models, run.steps)


def _logged_models(state: TrackingState, retry: Retry) -> list[LoggedModel]:
    from mlflow import MlflowClient

    api, where = MlflowTrackingApi(MlflowClient()), f"source_run_id = '{state.run_id}'"
    try:
        models = list(
            read_pages(
                retry, lambda token: api.search_logged_models([state.experiment_id], where, token)
            )
        )
    except MissingEndpointError:  # a server that knows no logged models
        return []
    return [model for model in models if model.status != "FAILED"]


def _find_model_folders(run_id: str, retry: Retry) -> list[str]:
    """Return the folders of a run's artifacts that hold an MLmodel."""
    from mlflow import MlflowClient

    run = retry.call(lambda: MlflowClient().get_run(run_id))
    # Not `MlflowClient.list_artifacts`: in MLflow 3 it also asks for logged models, which a server
    # of MLflow 2 does not know.
    files = MlflowFiles(run.info.artifact_uri, TIMEOUT)
    model_folders: list[str] = []
    queue = [""]
    while queue:
        folder = queue.pop(0)
        entries = retry.call(partial(files.list_folder, folder))
        names = {posixpath.basename(entry.path) for entry in entries}
        if "MLmodel" in names and folder:
            model_folders.append(folder)
        elif folder.count("/") < MAX_DEPTH:
            queue += [entry.path for entry in entries if entry.is_folder]
    return sorted(model_folders)
