"""The calls of MLflow's API that registrar makes, one method a request.

Two pairs of classes send them: over HTTP (`http.registry`, `http.tracking`), and through MLflow's
own client (`mlflow_client`), for databases and plugins. Nothing here is tried again: a failure is
raised as it comes, as an HttpError or a NoReplyError, or as the exception of MLflow's client.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.registry.protocol import LoggedModel, Run
    from registrar.state import ObservedVersion, Stored
    from registrar.version_evidence import LoggedMetric

__all__ = ["HISTORY_RUNS", "Experiment", "ModelHeader", "Page", "RegistryApi", "TrackingApi"]

T = TypeVar("T")

HISTORY_RUNS = 100  # MLflow gives the history of a metric for that many runs at once


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a search; `token` gets the next one, and is None for the last.

    `size` is the bytes of the reply, where it came over HTTP.
    """

    items: tuple[T, ...]
    token: str | None
    size: int = 0


@dataclass(frozen=True, slots=True)
class ModelHeader:
    """A registered model without its versions.

    `tags` are all tags, registrar's own among them. `newest` is the highest number of a version, 0
    where there is none. Times are in milliseconds since 1970, UTC.
    """

    name: str
    description: str
    tags: Mapping[str, str]
    aliases: Mapping[str, int]
    newest: int
    created: int | None
    updated: int | None


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment; uploads go to one. `location` is where its artifacts lie."""

    experiment_id: str
    is_active: bool
    location: str


class RegistryApi(Protocol):
    """Requests about registered models. A `version` of None means the model itself."""

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> None:
        """Create a registered model."""

    def get_model(self, name: str) -> ModelHeader:
        """Return a registered model."""

    def search_models(self, where: str | None, size: int, token: str | None) -> Page[ModelHeader]:
        """Return a page of the registered models that a filter matches."""

    def delete_model(self, name: str) -> None:
        """Delete a registered model with all its versions."""

    def create_version(
        self, name: str, stored: Stored, description: str, tags: Mapping[str, str]
    ) -> ObservedVersion:
        """Create a version and return it, without its aliases."""

    def get_version(self, name: str, number: int) -> ObservedVersion:
        """Return a version, without its aliases."""

    def get_version_by_alias(self, name: str, alias: str) -> ObservedVersion:
        """Return the version that an alias points to, without its aliases."""

    def search_versions(
        self, where: str | None, size: int, token: str | None
    ) -> Page[tuple[str, ObservedVersion]]:
        """Return a page of the versions that a filter matches, each with the name of its model."""

    def delete_version(self, name: str, number: int) -> None:
        """Delete a version."""

    def get_location(self, name: str, number: int) -> str:
        """Return where a version's files are, as a URI."""

    def set_description(self, name: str, version: int | None, description: str) -> None:
        """Replace a description."""

    def set_tag(self, name: str, version: int | None, key: str, value: str) -> None:
        """Create or replace a tag."""

    def delete_tag(self, name: str, version: int | None, key: str) -> None:
        """Delete a tag."""

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point an alias to a version."""

    def delete_alias(self, name: str, alias: str) -> None:
        """Delete an alias."""


class TrackingApi(Protocol):
    """Requests about runs, logged models and experiments."""

    def get_run(self, run_id: str) -> Run:
        """Return a run."""

    def search_runs(
        self, experiment_ids: Sequence[str], where: str, token: str | None
    ) -> Page[Run]:
        """Return a page of the runs that a filter matches, deleted ones left out."""

    def create_run(self, experiment_id: str, name: str, tags: Mapping[str, str]) -> Run:
        """Create a run."""

    def set_run_tag(self, run_id: str, key: str, value: str) -> None:
        """Create or replace a tag of a run."""

    def finish_run(self, run_id: str) -> None:
        """Give a run the status FINISHED."""

    def delete_run(self, run_id: str) -> None:
        """Mark a run as deleted."""

    def get_logged_model(self, model_id: str) -> LoggedModel:
        """Return a logged model."""

    def search_logged_models(
        self, experiment_ids: Sequence[str], where: str, token: str | None
    ) -> Page[LoggedModel]:
        """Return a page of the logged models that a filter matches."""

    def get_metric_history(
        self, run_ids: Sequence[str], key: str, step: int
    ) -> tuple[LoggedMetric, ...]:
        """Return the values that at most `HISTORY_RUNS` runs logged of a metric at one step."""

    def create_logged_model(
        self, experiment_id: str, name: str, tags: Mapping[str, str]
    ) -> LoggedModel:
        """Create a logged model."""

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> None:
        """Create or replace tags of a logged model."""

    def finalize_logged_model(self, model_id: str) -> None:
        """Give a logged model the status READY."""

    def delete_logged_model(self, model_id: str) -> None:
        """Mark a logged model as deleted."""

    def get_experiment(self, name: str) -> Experiment | None:
        """Return an experiment by its name; None if there is none."""

    def search_experiments(self, token: str | None) -> Page[Experiment]:
        """Return a page of the experiments, deleted ones left out."""

    def create_experiment(self, name: str) -> str:
        """Create an experiment and return its id."""
