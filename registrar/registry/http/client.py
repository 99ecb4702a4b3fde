"""MLflow's REST API: what registrar uses of `mlflow.MlflowClient`, without importing it.

The same methods with the same results and failures, so that a registry is the same through either.
Uploads, and whatever else goes to an artifact store, are left to MLflow's own client.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import HTTPError

from registrar.registry.rest_entities import (
    Page,
    logged_model_of,
    model_of,
    page_of,
    run_of,
    version_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from registrar.registry.http.session import Session

__all__ = ["RestClient", "RestError", "failure"]

API = "/api/2.0/mlflow"
# MLflow's client takes these for failures of the server, whatever they say.
TRANSIENT = {408, 429, 500, 502, 503, 504}
CODES = {400: "BAD_REQUEST", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}


class RestError(Exception):
    """What MLflow's client would raise as an MlflowException, in the same words.

    `plain` is (path, status, body) of an answer that is not MLflow's JSON.
    """

    def __init__(
        self,
        message: str,
        error_code: str = "INTERNAL_ERROR",
        plain: tuple[str, int, str] | None = None,
    ) -> None:
        self.error_code = error_code
        self.plain = plain
        super().__init__(message)


class RestClient:
    """A part of MlflowClient. `mlflow` makes the whole one, when an upload needs it."""

    def __init__(self, tracking: Session, registry: Session, mlflow: Callable[[], Any]) -> None:
        self.tracking = tracking
        self.registry = registry
        self.mlflow = mlflow

    # Registered models

    def create_registered_model(self, name: str, tags: Mapping[str, str], description: str) -> None:
        """See MlflowClient."""
        body = {"name": name, "tags": _pairs(tags), "description": description}
        self._registry("POST", "registered-models/create", body)

    def get_registered_model(self, name: str) -> Any:
        """See MlflowClient."""
        answer = self._registry("GET", "registered-models/get", {"name": name})
        return model_of(answer.get("registered_model", {}))

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        page_token: str | None = None,
    ) -> Page:
        """See MlflowClient."""
        query = {"filter": filter_string, "max_results": max_results, "page_token": page_token}
        answer = self._registry("GET", "registered-models/search", query)
        return page_of(answer, "registered_models", model_of)

    def update_registered_model(self, name: str, description: str) -> None:
        """See MlflowClient."""
        body = {"name": name, "description": description}
        self._registry("PATCH", "registered-models/update", body)

    def set_registered_model_tag(self, name: str, key: str, value: str) -> None:
        """See MlflowClient."""
        body = {"name": name, "key": key, "value": value}
        self._registry("POST", "registered-models/set-tag", body)

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """See MlflowClient."""
        self._registry("DELETE", "registered-models/delete-tag", {"name": name, "key": key})

    def delete_registered_model(self, name: str) -> None:
        """See MlflowClient."""
        self._registry("DELETE", "registered-models/delete", {"name": name})

    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        """See MlflowClient."""
        body = {"name": name, "alias": alias, "version": version}
        self._registry("POST", "registered-models/alias", body)

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """See MlflowClient."""
        self._registry("DELETE", "registered-models/alias", {"name": name, "alias": alias})

    # Versions

    def create_model_version(
        self,
        name: str,
        source: str,
        *,
        run_id: str | None,
        tags: Mapping[str, str],
        description: str,
        await_creation_for: int,
        model_id: str | None = None,
    ) -> Any:
        """See MlflowClient."""
        del await_creation_for  # versions are ready at once
        body = {"name": name, "source": source, "run_id": run_id, "tags": _pairs(tags)}
        body |= {"description": description, "model_id": model_id}
        return version_of(self._registry("POST", "model-versions/create", body)["model_version"])

    def get_model_version(self, name: str, version: str) -> Any:
        """See MlflowClient."""
        query = {"name": name, "version": version}
        return version_of(self._registry("GET", "model-versions/get", query)["model_version"])

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        """See MlflowClient."""
        query = {"name": name, "alias": alias}
        return version_of(self._registry("GET", "registered-models/alias", query)["model_version"])

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: Iterable[str] = (),
        page_token: str | None = None,
    ) -> Page:
        """See MlflowClient."""
        query: dict[str, Any] = {"filter": filter_string, "max_results": max_results}
        query |= {"page_token": page_token, "order_by": list(order_by)}
        answer = self._registry("GET", "model-versions/search", query)
        return page_of(answer, "model_versions", version_of)

    def update_model_version(self, name: str, version: str, description: str) -> None:
        """See MlflowClient."""
        body = {"name": name, "version": version, "description": description}
        self._registry("PATCH", "model-versions/update", body)

    def set_model_version_tag(self, name: str, version: str, key: str, value: str) -> None:
        """See MlflowClient."""
        body = {"name": name, "version": version, "key": key, "value": value}
        self._registry("POST", "model-versions/set-tag", body)

    def delete_model_version_tag(self, name: str, version: str, key: str) -> None:
        """See MlflowClient."""
        body = {"name": name, "version": version, "key": key}
        self._registry("DELETE", "model-versions/delete-tag", body)

    def delete_model_version(self, name: str, version: str) -> None:
        """See MlflowClient."""
        self._registry("DELETE", "model-versions/delete", {"name": name, "version": version})

    def get_model_version_download_uri(self, name: str, version: str) -> str:
        """See MlflowClient."""
        query = {"name": name, "version": version}
        answer = self._registry("GET", "model-versions/get-download-uri", query)
        return str(answer.get("artifact_uri", ""))

    # Runs, logged models and experiments

    def get_run(self, run_id: str) -> Any:
        """See MlflowClient."""
        answer = self._tracking("GET", "runs/get", {"run_id": run_id, "run_uuid": run_id})
        return run_of(answer.get("run", {}))

    def search_runs(
        self, experiment_ids: list[str], filter_string: str, page_token: str | None = None
    ) -> Page:
        """See MlflowClient."""
        body = {"experiment_ids": experiment_ids, "filter": filter_string, "max_results": 1000}
        body |= {"run_view_type": "ACTIVE_ONLY", "page_token": page_token}
        return page_of(self._tracking("POST", "runs/search", body), "runs", run_of)

    def create_run(self, experiment_id: str, tags: Mapping[str, str], run_name: str) -> Any:
        """See MlflowClient."""
        return self.mlflow().create_run(experiment_id, tags=tags, run_name=run_name)

    def set_tag(self, run_id: str, key: str, value: str) -> None:
        """See MlflowClient."""
        body = {"run_id": run_id, "run_uuid": run_id, "key": key, "value": value}
        self._tracking("POST", "runs/set-tag", body)

    def set_terminated(self, run_id: str, status: str) -> None:
        """See MlflowClient."""
        self.mlflow().set_terminated(run_id, status)

    def delete_run(self, run_id: str) -> None:
        """See MlflowClient."""
        self._tracking("POST", "runs/delete", {"run_id": run_id})

    def get_logged_model(self, model_id: str) -> Any:
        """See MlflowClient."""
        return logged_model_of(self._tracking("GET", f"logged-models/{model_id}", {})["model"])

    def search_logged_models(
        self, experiment_ids: list[str], filter_string: str, page_token: str | None = None
    ) -> Page:
        """See MlflowClient."""
        body = {"experiment_ids": experiment_ids, "filter": filter_string, "page_token": page_token}
        answer = self._tracking("POST", "logged-models/search", body)
        return page_of(answer, "models", logged_model_of)

    def create_logged_model(self, experiment_id: str, *, name: str, tags: Mapping[str, str]) -> Any:
        """See MlflowClient."""
        body = {"experiment_id": experiment_id, "name": name, "tags": _pairs(tags)}
        return logged_model_of(self._tracking("POST", "logged-models", body)["model"])

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        """See MlflowClient."""
        body = {"tags": _pairs(tags)}
        self._tracking("PATCH", f"logged-models/{model_id}/tags", body)

    def finalize_logged_model(self, model_id: str, status: str) -> None:
        """See MlflowClient."""
        body = {"model_id": model_id, "status": f"LOGGED_MODEL_{status}"}
        self._tracking("PATCH", f"logged-models/{model_id}", body)

    def delete_logged_model(self, model_id: str) -> None:
        """See MlflowClient."""
        self._tracking("DELETE", f"logged-models/{model_id}", {"model_id": model_id})

    def get_experiment_by_name(self, name: str) -> Any:
        """See MlflowClient."""
        query = {"experiment_name": name}
        try:
            answer = self._tracking("GET", "experiments/get-by-name", query)
        except RestError as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise
        return SimpleNamespace(**answer["experiment"])

    def create_experiment(self, name: str) -> str:
        """See MlflowClient."""
        return str(self._tracking("POST", "experiments/create", {"name": name})["experiment_id"])

    def search_experiments(self, page_token: str | None = None) -> Page:
        """See MlflowClient."""
        body = {"max_results": 1000, "view_type": "ACTIVE_ONLY", "page_token": page_token}
        answer = self._tracking("POST", "experiments/search", body)
        return page_of(answer, "experiments", lambda one: SimpleNamespace(**one))

    def _registry(self, method: str, path: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return _asked(self.registry, method, f"{API}/{path}", given)

    def _tracking(self, method: str, path: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return _asked(self.tracking, method, f"{API}/{path}", given)


def _asked(session: Session, method: str, path: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """MLflow's JSON. Raises RestError."""
    given = {key: value for key, value in given.items() if value is not None}
    try:
        if method == "GET":
            answer = session.request(method, path, query=given)
        else:
            answer = session.request(method, path, body=json.dumps(given).encode())
    except HTTPError as error:
        raise RestError(f"API request to {path} failed with exception {error}") from error
    if answer.status != 200:
        raise failure(path, answer.status, answer.data)
    text = answer.data.decode(errors="replace")
    if text.strip() in {"", "200 OK"}:
        return {}
    found = _json(text)
    if found is None:
        message = "the request was successful but the response body was not in a valid JSON format"
        raise RestError(message)
    return found


def failure(path: str, status: int, body: bytes) -> RestError:
    """What an answer that is not 200 means."""
    if status in TRANSIENT:
        return RestError(f"too many {status} error responses")
    text = body.decode(errors="replace")
    found = _json(text)
    if found is not None:
        code = str(found.get("error_code", "INTERNAL_ERROR"))
        return RestError(str(found.get("message", "")) or code, code)
    return RestError(text, CODES.get(status, "INTERNAL_ERROR"), plain=(path, status, text))


def _json(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
