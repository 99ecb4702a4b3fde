"""Reads of many runs and logged models at once, by their ids, in pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from registrar.errors import InvalidParameterError, NotFoundError
from registrar.registry.pages import read_pages
from registrar.registry.translate_errors import MissingEndpointError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from registrar.registry.mlflow_api import TrackingApi
    from registrar.registry.protocol import LoggedModel, Run
    from registrar.registry.retry import Retry
    from registrar.version_evidence import LoggedMetric

__all__ = ["TrackingReader", "plain_id"]

IDS_PER_SEARCH = 500  # in one filter


class TrackingReader:
    """Finds what still exists of many runs and logged models. Methods raise ServerError."""

    def __init__(self, api: TrackingApi, retry: Retry) -> None:
        self.api = api
        self.retry = retry
        self._experiment_ids: list[str] | None = None
        self._runs: dict[str, Run | None] = {}

    def list_experiments(self) -> list[str]:
        """Return the ids of all experiments, which every search has to name."""
        if self._experiment_ids is None:
            found = read_pages(self.retry, self.api.search_experiments)
            self._experiment_ids = [experiment.experiment_id for experiment in found]
        return self._experiment_ids

    def find_runs(self, run_ids: Iterable[str]) -> dict[str, Run]:
        """Return those of the runs that exist, by their ids. A command asks for each of them once."""
        wanted = [*dict.fromkeys(run_ids)]
        for part in _split(run_id for run_id in wanted if run_id not in self._runs):
            where = f"attributes.run_id IN ({_quote_ids(part)})"
            search = partial(self.api.search_runs, self.list_experiments(), where)
            found = {run.run_id: run for run in read_pages(self.retry, search)}
            self._runs |= {run_id: found.get(run_id) for run_id in part}
        runs = {run_id: self._runs[run_id] for run_id in wanted}
        return {run_id: run for run_id, run in runs.items() if run is not None}

    def find_models(self, model_ids: Iterable[str]) -> dict[str, LoggedModel]:
        """Return those of the logged models that exist, by their ids."""
        models: dict[str, LoggedModel] = {}
        for part in _split(model_ids):
            try:
                found = self._search_models(f"model_id IN ({_quote_ids(part)})")
            except InvalidParameterError:  # a server whose filters know no lists
                found = list(self._get_models(part))
            models |= {model.model_id: model for model in found}
        return models

    def find_models_of_runs(self, run_ids: Iterable[str]) -> list[LoggedModel]:
        """Return the logged models that any of these runs has made."""
        models: list[LoggedModel] = []
        for part in _split(run_ids):
            try:
                models += self._search_models(f"source_run_id IN ({_quote_ids(part)})")
            except InvalidParameterError:
                for run_id in part:
                    models += self._search_models(f"source_run_id = '{plain_id(run_id)}'")
        return models

    def get_history(self, run_ids: Sequence[str], key: str, step: int) -> tuple[LoggedMetric, ...]:
        """Return what at most `HISTORY_RUNS` runs logged of a metric at a step; nothing if one is gone."""
        try:
            return self.retry.call(partial(self.api.get_metric_history, run_ids, key, step))
        except (InvalidParameterError, NotFoundError, MissingEndpointError):
            return ()

    def _search_models(self, where: str) -> list[LoggedModel]:
        search = partial(self.api.search_logged_models, self.list_experiments(), where)
        try:
            return list(read_pages(self.retry, search))
        except MissingEndpointError:  # MLflow 2 has no logged models
            return []

    def _get_models(self, model_ids: Iterable[str]) -> Iterator[LoggedModel]:
        for model_id in model_ids:
            try:
                yield self.retry.call(partial(self.api.get_logged_model, model_id))
            except NotFoundError:
                continue


def plain_id(run_id: str) -> str:
    """Return an id without what could end a filter's text: ids are free text to a registry."""
    return "".join(char for char in run_id if char.isalnum() or char in "-_")


def _quote_ids(ids: Iterable[str]) -> str:
    return ", ".join(f"'{plain_id(one)}'" for one in ids)


def _split(ids: Iterable[str]) -> Iterator[list[str]]:
    """Yield the ids, each once, in parts that one filter takes."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), IDS_PER_SEARCH):
        yield wanted[start : start + IDS_PER_SEARCH]
