"""The calls through MLflow's own client: for databases, managed registries and plugins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from registrar.registry.decode import (
    experiment_from_mlflow,
    logged_model_from_mlflow,
    model_from_mlflow,
    page_from_mlflow,
    run_from_mlflow,
    version_from_mlflow,
)
from registrar.registry.decode_metrics import metric_from_mlflow
from registrar.registry.version_policy import logged_model_function

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.registry.mlflow_api import Experiment, ModelHeader, Page
    from registrar.registry.protocol import LoggedModel, Run
    from registrar.state import ObservedVersion, Stored
    from registrar.version_evidence import LoggedMetric

__all__ = ["MlflowRegistryApi", "MlflowTrackingApi"]

EXPERIMENTS_PAGE = 1000
MODELS_PAGE = 500  # logged models; MLflow reads a filter again for each page, which takes long
VERSIONS_PAGE = 2500  # each takes much memory until it is decoded
VERSION_ORDER = ["version_number ASC"]  # MLflow orders by name then


class MlflowRegistryApi:
    """See `mlflow_api.RegistryApi`. `client` is an `MlflowClient`."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """See `RegistryApi`."""
        self.client.create_registered_model(name, dict(tags), description)

    def get_model(self, name: str) -> ModelHeader:
        """See `RegistryApi`."""
        return model_from_mlflow(self.client.get_registered_model(name))

    def search_models(self, where: str | None, size: int, token: str | None) -> Page[ModelHeader]:
        """See `RegistryApi`."""
        results = self.client.search_registered_models(
            filter_string=where, max_results=size, page_token=token
        )
        return page_from_mlflow(results, model_from_mlflow)

    def delete_model(self, name: str) -> None:
        """See `RegistryApi`."""
        self.client.delete_registered_model(name)

    def create_version(
        self, name: str, stored: Stored, description: str, tags: Mapping[str, str]
    ) -> ObservedVersion:
        """See `RegistryApi`."""
        # A client of MLflow 2 does not know logged models, and so has no argument for one.
        logged_model = {"model_id": stored.model_id} if stored.model_id else {}
        version = self.client.create_model_version(
            name,
            stored.source,
            run_id=stored.run_id,
            tags=dict(tags),
            description=description,
            await_creation_for=0,
            **logged_model,
        )
        return version_from_mlflow(version)

    def get_version(self, name: str, number: int) -> ObservedVersion:
        """See `RegistryApi`."""
        return version_from_mlflow(self.client.get_model_version(name, str(number)))

    def get_version_by_alias(self, name: str, alias: str) -> ObservedVersion:
        """See `RegistryApi`."""
        return version_from_mlflow(self.client.get_model_version_by_alias(name, alias))

    def search_versions(
        self, where: str | None, size: int, token: str | None
    ) -> Page[tuple[str, ObservedVersion]]:
        """See `RegistryApi`."""
        results = self.client.search_model_versions(
            filter_string=where,
            max_results=min(size, VERSIONS_PAGE),
            order_by=VERSION_ORDER,
            page_token=token,
        )
        return page_from_mlflow(
            results, lambda version: (version.name, version_from_mlflow(version))
        )

    def delete_version(self, name: str, number: int) -> None:
        """See `RegistryApi`."""
        self.client.delete_model_version(name, str(number))

    def get_location(self, name: str, number: int) -> str:
        """See `RegistryApi`."""
        return str(self.client.get_model_version_download_uri(name, str(number)))

    def set_description(self, name: str, version: int | None, description: str) -> None:
        """See `RegistryApi`."""
        if version is None:
            self.client.update_registered_model(name, description)
        else:
            self.client.update_model_version(name, str(version), description)

    def set_tag(self, name: str, version: int | None, key: str, value: str) -> None:
        """See `RegistryApi`."""
        if version is None:
            self.client.set_registered_model_tag(name, key, value)
        else:
            self.client.set_model_version_tag(name, str(version), key, value)

    def delete_tag(self, name: str, version: int | None, key: str) -> None:
        """See `RegistryApi`."""
        if version is None:
            self.client.delete_registered_model_tag(name, key)
        else:
            self.client.delete_model_version_tag(name, str(version), key)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """See `RegistryApi`."""
        self.client.set_registered_model_alias(name, alias, str(version))

    def delete_alias(self, name: str, alias: str) -> None:
        """See `RegistryApi`."""
        self.client.delete_registered_model_alias(name, alias)


class MlflowTrackingApi:
    """See `mlflow_api.TrackingApi`. `client` is an `MlflowClient`."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def get_run(self, run_id: str) -> Run:
        """See `TrackingApi`."""
        return run_from_mlflow(self.client.get_run(run_id))

    def search_runs(
        self, experiment_ids: Sequence[str], where: str, token: str | None
    ) -> Page[Run]:
        """See `TrackingApi`."""
        results = self.client.search_runs(list(experiment_ids), where, page_token=token)
        return page_from_mlflow(results, run_from_mlflow)

    def create_run(self, experiment_id: str, name: str, tags: Mapping[str, str]) -> Run:
        """See `TrackingApi`."""
        return run_from_mlflow(
            self.client.create_run(experiment_id, tags=dict(tags), run_name=name)
        )

    def set_run_tag(self, run_id: str, key: str, value: str) -> None:
        """See `TrackingApi`."""
        self.client.set_tag(run_id, key, value)

    def finish_run(self, run_id: str) -> None:
        """See `TrackingApi`."""
        self.client.set_terminated(run_id, "FINISHED")

    def delete_run(self, run_id: str) -> None:
        """See `TrackingApi`."""
        self.client.delete_run(run_id)

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """See `TrackingApi`."""
        get = logged_model_function(self.client, "get_logged_model")
        return logged_model_from_mlflow(get(model_id))

    def search_logged_models(
        self, experiment_ids: Sequence[str], where: str, token: str | None
    ) -> Page[LoggedModel]:
        """See `TrackingApi`."""
        search = logged_model_function(self.client, "search_logged_models")
        results = search(list(experiment_ids), where, max_results=MODELS_PAGE, page_token=token)
        return page_from_mlflow(results, logged_model_from_mlflow)

    def get_metric_history(
        self, run_ids: Sequence[str], key: str, step: int
    ) -> tuple[LoggedMetric, ...]:
        """See `TrackingApi`. MLflow's client reads the history of one run at a time."""
        return tuple(
            replace(metric_from_mlflow(metric), run_id=run_id)
            for run_id in run_ids
            for metric in self.client.get_metric_history(run_id, key)
            if metric.step == step
        )

    def create_logged_model(
        self, experiment_id: str, name: str, tags: Mapping[str, str]
    ) -> LoggedModel:
        """See `TrackingApi`."""
        return logged_model_from_mlflow(
            self.client.create_logged_model(experiment_id, name=name, tags=dict(tags))
        )

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        """See `TrackingApi`."""
        self.client.set_logged_model_tags(model_id, dict(tags))

    def finalize_logged_model(self, model_id: str) -> None:
        """See `TrackingApi`."""
        self.client.finalize_logged_model(model_id, "READY")

    def delete_logged_model(self, model_id: str) -> None:
        """See `TrackingApi`."""
        self.client.delete_logged_model(model_id)

    def get_experiment(self, name: str) -> Experiment | None:
        """See `TrackingApi`."""
        experiment = self.client.get_experiment_by_name(name)
        return None if experiment is None else experiment_from_mlflow(experiment)

    def search_experiments(self, token: str | None) -> Page[Experiment]:
        """See `TrackingApi`."""
        results = self.client.search_experiments(max_results=EXPERIMENTS_PAGE, page_token=token)
        return page_from_mlflow(results, experiment_from_mlflow)

    def create_experiment(self, name: str) -> str:
        """See `TrackingApi`."""
        return str(self.client.create_experiment(name))
