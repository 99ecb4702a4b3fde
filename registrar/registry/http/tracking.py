"""Requests about runs, logged models and experiments, over HTTP."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from registrar.registry.decode import (
    experiment_from_json,
    logged_model_from_json,
    page_from_json,
    run_from_json,
)
from registrar.registry.decode_metrics import metric_from_json
from registrar.registry.failures import HttpError, OversizedReplyError
from registrar.registry.http.environment import is_signed
from registrar.registry.http.json_api import JsonApi, tag_list
from registrar.registry.json_shape import part, parts, required_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from registrar.registry.http.transport import Transport
    from registrar.registry.mlflow_api import Experiment, Page
    from registrar.registry.protocol import LoggedModel, Run
    from registrar.version_evidence import LoggedMetric

__all__ = ["HttpTrackingApi"]

RUNS_PAGE = 1000
EXPERIMENTS_PAGE = 1000
MODELS_PAGE = 512  # logged models; each comes with every value of its metrics
USER = "unknown"  # the user that MLflow's client sets where it knows none


class HttpTrackingApi:
    """See `mlflow_api.TrackingApi`."""

    def __init__(self, transport: Transport) -> None:
        self.api = JsonApi(transport)
        self.models_page = MODELS_PAGE

    def get_run(self, run_id: str) -> Run:
        """See `TrackingApi`."""
        return run_from_json(part(self.api.get("runs/get", _run_key(run_id)), "run"))

    def search_runs(
        self, experiment_ids: Sequence[str], where: str, token: str | None
    ) -> Page[Run]:
        """See `TrackingApi`."""
        fields: dict[str, Any] = {"experiment_ids": list(experiment_ids), "filter": where}
        fields |= {"max_results": RUNS_PAGE, "run_view_type": "ACTIVE_ONLY", "page_token": token}
        return page_from_json(self.api.search("runs/search", fields), "runs", run_from_json)

    def create_run(self, experiment_id: str, name: str, tags: Mapping[str, str]) -> Run:
        """See `TrackingApi`."""
        fields = {
            "experiment_id": experiment_id,
            "run_name": name,
            "user_id": USER,
            "start_time": _now(),
            "tags": tag_list(tags),
        }
        return run_from_json(part(self.api.send("POST", "runs/create", fields), "run"))

    def set_run_tag(self, run_id: str, key: str, value: str) -> None:
        """See `TrackingApi`."""
        self.api.send("POST", "runs/set-tag", _run_key(run_id) | {"key": key, "value": value})

    def finish_run(self, run_id: str) -> None:
        """See `TrackingApi`."""
        fields = _run_key(run_id) | {"status": "FINISHED", "end_time": _now()}
        self.api.send("POST", "runs/update", fields)

    def delete_run(self, run_id: str) -> None:
        """See `TrackingApi`."""
        self.api.send("POST", "runs/delete", {"run_id": run_id})

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """See `TrackingApi`."""
        return logged_model_from_json(part(self.api.get(_path(model_id), {}), "model"))

    def search_logged_models(
        self, experiment_ids: Sequence[str], where: str, token: str | None
    ) -> Page[LoggedModel]:
        """See `TrackingApi`."""
        fields: dict[str, Any] = {"experiment_ids": list(experiment_ids), "filter": where}
        fields["page_token"] = token
        fields["max_results"] = size = self.models_page
        try:
            reply = self.api.search("logged-models/search", fields)
        except OversizedReplyError:  # models with very many values of their metrics
            if size == 1:
                raise
            self.models_page = size // 8
            return self.search_logged_models(experiment_ids, where, token)
        return page_from_json(reply, "models", logged_model_from_json)

    def get_metric_history(
        self, run_ids: Sequence[str], key: str, step: int
    ) -> tuple[LoggedMetric, ...]:
        """See `TrackingApi`. Signatures for AWS cover no key that is repeated."""
        fields = {"metric_key": key, "start_step": step, "end_step": step}
        groups = [[run_id] for run_id in run_ids] if is_signed() else [list(run_ids)]
        replies = (
            self.api.get("metrics/get-history-bulk-interval", {"run_ids": group, **fields})
            for group in groups
        )
        return tuple(
            metric_from_json(metric) for reply in replies for metric in parts(reply, "metrics")
        )

    def create_logged_model(
        self, experiment_id: str, name: str, tags: Mapping[str, str]
    ) -> LoggedModel:
        """See `TrackingApi`."""
        fields = {"experiment_id": experiment_id, "name": name, "tags": tag_list(tags)}
        return logged_model_from_json(part(self.api.send("POST", "logged-models", fields), "model"))

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        """See `TrackingApi`."""
        self.api.send("PATCH", f"{_path(model_id)}/tags", {"tags": tag_list(tags)})

    def finalize_logged_model(self, model_id: str) -> None:
        """See `TrackingApi`."""
        fields = {"model_id": model_id, "status": "LOGGED_MODEL_READY"}
        self.api.send("PATCH", _path(model_id), fields)

    def delete_logged_model(self, model_id: str) -> None:
        """See `TrackingApi`."""
        self.api.send("DELETE", _path(model_id), {"model_id": model_id})

    def get_experiment(self, name: str) -> Experiment | None:
        """See `TrackingApi`."""
        try:
            reply = self.api.get("experiments/get-by-name", {"experiment_name": name})
        except HttpError as error:
            if error.code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise
        return experiment_from_json(part(reply, "experiment"))

    def search_experiments(self, token: str | None) -> Page[Experiment]:
        """See `TrackingApi`."""
        fields = {"max_results": EXPERIMENTS_PAGE, "view_type": "ACTIVE_ONLY", "page_token": token}
        reply = self.api.search("experiments/search", fields)
        return page_from_json(reply, "experiments", experiment_from_json)

    def create_experiment(self, name: str) -> str:
        """See `TrackingApi`."""
        reply = self.api.send("POST", "experiments/create", {"name": name})
        return required_text(reply, "experiment_id")


def _run_key(run_id: str) -> dict[str, Any]:
    """Return how a run is named; old servers read the second field."""
    return {"run_id": run_id, "run_uuid": run_id}


def _path(model_id: str) -> str:
    return f"logged-models/{quote(model_id, safe='')}"


def _now() -> int:
    """Return the time in milliseconds since 1970, UTC."""
    return int(time.time() * 1000)
