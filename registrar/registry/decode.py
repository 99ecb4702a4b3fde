"""Replies of the REST API, and entities of MLflow's client, as registrar's own values.

Text that is missing is None in a database and "" over HTTP; numbers are text over HTTP. Both become
the same here, and registrar's own tags are told from the user's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from registrar.content.signature import SIGNATURE_TAG
from registrar.registry import json_shape
from registrar.registry.decode_metrics import metric_from_json, metric_from_mlflow
from registrar.registry.mlflow_api import Experiment, ModelHeader, Page
from registrar.registry.own_tags import is_own, parse_events, parse_keys, parse_protected
from registrar.registry.protocol import LoggedModel, Run
from registrar.state import (
    CONFIG_TAG,
    DIGEST_TAG,
    LINEAGE_TAG,
    MANAGED_TAG,
    METRICS_TAG,
    MOVED_TAG,
    OWNER_TAG,
    PINNED_TAG,
    PROMPT_TAG,
    PROTECTED_TAG,
    PROVENANCE_TAG,
    READY,
    ObservedModel,
    ObservedVersion,
    RunData,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias, TypeVar

    T = TypeVar("T")
    Json: TypeAlias = Mapping[str, Any]
    SizedJson: TypeAlias = tuple[Json, int]  # with how many bytes it had

__all__ = [
    "build_model",
    "build_prompt",
    "experiment_from_json",
    "experiment_from_mlflow",
    "logged_model_from_json",
    "logged_model_from_mlflow",
    "model_from_json",
    "model_from_mlflow",
    "page_from_json",
    "page_from_mlflow",
    "run_from_json",
    "run_from_mlflow",
    "version_from_json",
    "version_from_mlflow",
    "with_aliases",
]

# The REST API has another word than MLflow's client for a logged model that failed.
LOGGED_MODEL_STATUS = {"UPLOAD_FAILED": "FAILED"}
PIN_DIGITS = 18  # a number with more is no version


def build_prompt(name: str) -> ObservedModel:
    """Return the model that stands for a prompt of this name."""
    return ObservedModel(name, tags={PROMPT_TAG: "true"})


def build_model(
    header: ModelHeader, versions: Iterable[ObservedVersion], *, complete: bool = True
) -> ObservedModel:
    """Return a registered model with these versions; `complete` says whether these are all."""
    return ObservedModel(
        name=header.name,
        description=header.description,
        tags={key: value for key, value in header.tags.items() if not is_own(key)},
        versions=with_aliases(versions, header.aliases),
        managed=parse_keys(header.tags.get(MANAGED_TAG)),
        owner=header.tags.get(OWNER_TAG),
        protected=parse_protected(header.tags.get(PROTECTED_TAG), header.aliases),
        complete=complete,
        created=header.created,
        updated=header.updated,
    )


def with_aliases(
    versions: Iterable[ObservedVersion], aliases: Mapping[str, int]
) -> tuple[ObservedVersion, ...]:
    """Return the versions with their aliases, the lowest number first, each once."""
    aliases_by_number: dict[int, list[str]] = {}
    for alias, number in sorted(aliases.items()):
        aliases_by_number.setdefault(number, []).append(alias)
    # The pages of a search shift while others write: a version may be on two of them.
    by_number = {version.number: version for version in versions}
    return tuple(
        replace(by_number[number], aliases=tuple(aliases_by_number.get(number, ())))
        for number in sorted(by_number)
    )


def model_from_json(reply: Json) -> ModelHeader:
    """Return a registered model from the REST API."""
    return ModelHeader(
        name=json_shape.required_text(reply, "name"),
        description=json_shape.text(reply, "description"),
        tags=json_shape.pairs(reply, "tags"),
        aliases={
            json_shape.required_text(pair, "alias"): json_shape.count(pair, "version")
            for pair in json_shape.parts(reply, "aliases")
        },
        newest=max(
            (
                json_shape.count(item, "version")
                for item in json_shape.parts(reply, "latest_versions")
            ),
            default=0,
        ),
        created=json_shape.moment(reply, "creation_timestamp"),
        updated=json_shape.moment(reply, "last_updated_timestamp"),
    )


def model_from_mlflow(model: Any) -> ModelHeader:
    """Return a registered model from MLflow's client."""
    return ModelHeader(
        name=model.name,
        description=model.description or "",
        tags=dict(model.tags),
        aliases={alias: int(number) for alias, number in model.aliases.items()},
        newest=max((int(version.version) for version in model.latest_versions), default=0),
        created=model.creation_timestamp,
        updated=model.last_updated_timestamp,
    )


def version_from_json(reply: Json) -> ObservedVersion:
    """Return a version from the REST API, without its aliases."""
    return _version(
        json_shape.count(reply, "version"),
        source=json_shape.optional_text(reply, "source"),
        run_id=json_shape.optional_text(reply, "run_id"),
        description=json_shape.optional_text(reply, "description"),
        tags=json_shape.pairs(reply, "tags"),
        status=json_shape.optional_text(reply, "status"),
        created=json_shape.moment(reply, "creation_timestamp"),
    )


def version_from_mlflow(version: Any) -> ObservedVersion:
    """Return a version from MLflow's client, without its aliases."""
    return _version(
        version.version,
        source=version.source,
        run_id=version.run_id,
        description=version.description,
        tags=dict(version.tags),
        status=version.status,
        created=version.creation_timestamp,
    )


def run_from_json(reply: Json) -> Run:
    """Return a run from the REST API."""
    info = json_shape.part(reply, "info")
    data = json_shape.optional_part(reply, "data")
    metrics = {
        json_shape.required_text(pair, "key"): json_shape.number(pair, "value")
        for pair in json_shape.parts(data, "metrics")
    }
    outputs = json_shape.parts(json_shape.optional_part(reply, "outputs"), "model_outputs")
    return Run(
        run_id=json_shape.required_text(info, "run_id"),
        artifact_uri=json_shape.text(info, "artifact_uri"),
        experiment_id=json_shape.text(info, "experiment_id"),
        is_active=json_shape.text(info, "lifecycle_stage") == "active",
        is_finished=json_shape.text(info, "status") == "FINISHED",
        started=json_shape.moment(info, "start_time") or 0,
        data=RunData(json_shape.pairs(data, "params"), metrics),
        tags=json_shape.pairs(data, "tags"),
        steps={
            json_shape.text(output, "model_id"): json_shape.moment(output, "step") or 0
            for output in outputs
        },
    )


def run_from_mlflow(run: Any) -> Run:
    """Return a run from MLflow's client."""
    outputs = getattr(run, "outputs", None)  # since MLflow 3
    return Run(
        run_id=run.info.run_id,
        artifact_uri=run.info.artifact_uri,
        experiment_id=str(run.info.experiment_id),
        is_active=run.info.lifecycle_stage == "active",
        is_finished=run.info.status == "FINISHED",
        started=run.info.start_time or 0,
        data=RunData(dict(run.data.params), dict(run.data.metrics)),
        tags=dict(run.data.tags),
        steps={output.model_id: output.step for output in getattr(outputs, "model_outputs", ())},
    )


def logged_model_from_json(reply: Json) -> LoggedModel:
    """Return a logged model from the REST API."""
    info, data = json_shape.part(reply, "info"), json_shape.optional_part(reply, "data")
    status = json_shape.text(info, "status").removeprefix("LOGGED_MODEL_")
    return LoggedModel(
        model_id=json_shape.required_text(info, "model_id"),
        name=json_shape.text(info, "name"),
        location=json_shape.text(info, "artifact_uri"),
        run_id=json_shape.optional_text(info, "source_run_id") or None,
        status=LOGGED_MODEL_STATUS.get(status, status),
        created=json_shape.moment(info, "creation_timestamp_ms") or 0,
        tags=json_shape.pairs(info, "tags"),
        metrics=tuple(map(metric_from_json, json_shape.parts(data, "metrics"))),
    )


def logged_model_from_mlflow(model: Any) -> LoggedModel:
    """Return a logged model from MLflow's client."""
    return LoggedModel(
        model_id=model.model_id,
        name=model.name,
        location=model.artifact_location,
        run_id=model.source_run_id or None,
        status=str(model.status),
        created=model.creation_timestamp,
        tags=dict(model.tags),
        metrics=tuple(map(metric_from_mlflow, getattr(model, "metrics", None) or ())),
    )


def experiment_from_json(reply: Json) -> Experiment:
    """Return an experiment from the REST API."""
    return Experiment(
        experiment_id=json_shape.required_text(reply, "experiment_id"),
        is_active=json_shape.text(reply, "lifecycle_stage") == "active",
        location=json_shape.text(reply, "artifact_location"),
    )


def experiment_from_mlflow(experiment: Any) -> Experiment:
    """Return an experiment from MLflow's client."""
    return Experiment(
        experiment_id=str(experiment.experiment_id),
        is_active=experiment.lifecycle_stage == "active",
        location=experiment.artifact_location,
    )


def page_from_json(reply: SizedJson, name: str, decode: Callable[[Any], T]) -> Page[T]:
    """Return a page of a search through the REST API, which has its results under `name`."""
    document, size = reply
    items = tuple(map(decode, json_shape.parts(document, name)))
    return Page(items, json_shape.optional_text(document, "next_page_token") or None, size)


def page_from_mlflow(results: Any, decode: Callable[[Any], T]) -> Page[T]:
    """Return a page of a search through MLflow's client."""
    return Page(tuple(map(decode, results)), results.token or None)


def _version(
    number: int | str,
    *,
    source: str | None,
    run_id: str | None,
    description: str | None,
    tags: Mapping[str, str],
    status: str | None,
    created: int | None,
) -> ObservedVersion:
    provenance = parse_keys(tags.get(PROVENANCE_TAG)) or ()
    pin = tags.get(PINNED_TAG, "")
    events, spoilt_events = parse_events(tags, int(number))
    return ObservedVersion(
        number=int(number),
        digest=tags.get(DIGEST_TAG),
        source=source or "",
        run_id=run_id or None,
        description=description or "",
        tags={key: value for key, value in tags.items() if not is_own(key)},
        managed=parse_keys(tags.get(MANAGED_TAG)),
        config=tags.get(CONFIG_TAG),
        provenance={key: tags[key] for key in provenance if key in tags},
        lineage=tags.get(LINEAGE_TAG),
        metrics=tags.get(METRICS_TAG),
        signature=tags.get(SIGNATURE_TAG),
        pinned=int(pin) if pin.isdecimal() and len(pin) <= PIN_DIGITS else None,
        moved=parse_keys(tags.get(MOVED_TAG)),
        events=events,
        spoilt_events=spoilt_events,
        status=status or READY,
        created=created,
    )
