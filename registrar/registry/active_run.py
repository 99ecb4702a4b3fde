"""What this process has tracked with MLflow: its server, its run, and the model that was logged.

Never imports MLflow where the process has not: then nothing was tracked. Runs are known to the
thread that made them, as in MLflow itself.
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from registrar.errors import ConfigError, InvalidRequestError, NotFoundError, Problem
from registrar.registry.artifact_reads import repository
from registrar.registry.connection import mlflow_settings
from registrar.registry.database import database_file
from registrar.registry.retry import Attempts, MissingEndpointError
from registrar.registry.version_policy import logged_model_function
from registrar.uris import canonical_uri, is_http, safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.registry.protocol import Store

__all__ = ["Tracked", "active_run", "logged_uri", "run_link", "tracked", "tracking_server"]

TIMEOUT = 20.0
DEEPEST = 3  # folders below a run's artifacts that are searched for models
LOG_FIRST = "Log the model first, as in mlflow.sklearn.log_model(model, name='model'), or pass uri."


@dataclass(frozen=True, slots=True)
class Tracked:
    """The run this thread is in, or was in last, and the model it logged last, by their ids."""

    run_id: str | None = None
    active: bool = False
    experiment_id: str = ""
    model_id: str | None = None
    model_run_id: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict, compare=False)


def tracking_server() -> dict[str, str] | None:
    """Where this process tracks, as a `server` configuration; None where it does not use MLflow."""
    if "mlflow" not in sys.modules:
        return None
    import mlflow

    return {"tracking_uri": mlflow.get_tracking_uri(), "registry_uri": mlflow.get_registry_uri()}


def active_run() -> str | None:
    """The id of the run this thread is in."""
    if "mlflow" not in sys.modules:
        return None
    import mlflow

    run = mlflow.active_run()
    return str(run.info.run_id) if run else None


def run_link(tracking_uri: str, store: Store, run_id: str) -> str:
    """The page of a run; "" where it has none, or is elsewhere."""
    if not is_http(tracking_uri):
        return ""
    try:
        run = store.get_run(run_id)
    except NotFoundError:
        return ""
    return f"{safe_uri(tracking_uri).rstrip('/')}/#/experiments/{run.experiment_id}/runs/{run_id}"


def tracked() -> Tracked:
    """What this thread has tracked so far. Raises ServerError, or ConfigError for a run of elsewhere."""
    server = tracking_server()
    if server is None:
        return Tracked()
    import mlflow

    with _asking(server) as attempts:
        try:
            run = attempts.repeat(mlflow.last_active_run)
            # MLflow 2 has no logged models.
            model = attempts.repeat(getattr(mlflow, "last_logged_model", lambda: None))
        except InvalidRequestError:
            where = safe_uri(server["tracking_uri"])
            message = f"{where} does not have the last run of this process, or its model"
            hint = "mlflow.set_tracking_uri was called since: set it back, or pass uri."
            raise ConfigError(Problem("todo", message, hint)) from None
    return Tracked(
        run_id=run.info.run_id if run else None,
        active=mlflow.active_run() is not None,
        experiment_id=run.info.experiment_id if run else "",
        model_id=model.model_id if model else None,
        model_run_id=(model.source_run_id or None) if model else None,
        metrics=dict(run.data.metrics) if run else {},
    )


def logged_uri(found: Tracked, server: str | None = None) -> str:
    """The URI of the one model that the run logged.

    Raises ConfigError when there is none, when there are several, and when `server`, where it is to
    be registered, is not the one that has the run.
    """
    if found.run_id is None and found.model_id is None:
        message = "there is no uri, and no run of this thread that could have logged a model"
        raise ConfigError(Problem("todo", message, LOG_FIRST))
    here = tracking_server() or {}
    _guard_server(here.get("tracking_uri", ""), server)
    with _asking(here) as attempts:
        uris = _candidates(found, attempts)
    if len(uris) > 1:
        message = f"several models could be meant: {', '.join(uris)}"
        raise ConfigError(Problem("todo", message, "Pass one of them as uri."))
    if not uris:
        message = f"the run {found.run_id} has logged no model"
        last = (
            f" The last one of this thread is models:/{found.model_id}." if found.model_id else ""
        )
        raise ConfigError(Problem("todo", message, LOG_FIRST + last))
    return uris[0]


@contextlib.contextmanager
def _asking(server: Mapping[str, str]) -> Iterator[Attempts]:
    """Calls to the server that this process tracks at, with our timeout."""
    tracking = server["tracking_uri"]
    with mlflow_settings(tracking, server["registry_uri"], TIMEOUT):
        yield Attempts(tracking, TIMEOUT)


def _guard_server(tracking: str, server: str | None) -> None:
    if server is None or _place(server) == _place(tracking):
        return
    here, there = safe_uri(tracking), safe_uri(server)
    message = (
        f"the run is tracked at {here}, where its model's files are; "
        f"a version on {there} would point to files that are not there"
    )
    hint = (
        "Leave server out to register it where it is, and promote it from there; or pass a "
        "directory as uri, whose files are uploaded."
    )
    raise ConfigError(Problem("todo", message, hint))


def _place(uri: str) -> str:
    """One spelling for one server; the file of an SQLite URI is absolute, as MLflow gives it."""
    path = database_file(uri)
    return str(path.absolute()) if path else canonical_uri(uri)


def _candidates(found: Tracked, attempts: Attempts) -> list[str]:
    """The models of the run: logged models, else folders of its artifacts that are one."""
    uris = _logged_models(found, attempts) if found.run_id else []
    if found.run_id and not uris:
        uris = [f"runs:/{found.run_id}/{path}" for path in _folders(found.run_id, attempts)]
    if found.model_id and not found.model_run_id and not found.active:  # logged outside of runs
        uris.append(f"models:/{found.model_id}")
    return uris


def _logged_models(found: Tracked, attempts: Attempts) -> list[str]:
    from mlflow import MlflowClient

    where = f"source_run_id = '{found.run_id}'"
    uris: list[str] = []
    token: str | None = None
    try:
        search = logged_model_function(MlflowClient(), "search_logged_models")
        while True:
            page = attempts.repeat(
                lambda token=token: search([found.experiment_id], where, page_token=token)  # type: ignore[misc]
            )
            uris += [f"models:/{m.model_id}" for m in page if str(m.status) != "FAILED"]
            token = page.token
            if not token:
                return sorted(uris)
    except MissingEndpointError:  # a server or client that knows no logged models
        return []


def _folders(run_id: str, attempts: Attempts) -> list[str]:
    """The folders of a run's artifacts that hold an MLmodel."""
    from mlflow import MlflowClient

    run = attempts.repeat(lambda: MlflowClient().get_run(run_id))
    # Not `MlflowClient.list_artifacts`: in MLflow 3 it also asks for logged models, which a server
    # of MLflow 2 does not know.
    artifacts = repository(run.info.artifact_uri)
    found: list[str] = []
    queue = [""]
    while queue:
        folder = queue.pop(0)
        items: list[Any] = attempts.repeat(
            lambda folder=folder: artifacts.list_artifacts(folder or None)  # type: ignore[misc]
        )
        names = {item.path.rpartition("/")[2] for item in items}
        if "MLmodel" in names and folder:
            found.append(folder)
        elif folder.count("/") < DEEPEST:
            queue += [item.path for item in items if item.is_dir]
    return sorted(found)
