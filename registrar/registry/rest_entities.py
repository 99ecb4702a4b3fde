"""What MLflow's REST API answers, in the form in which MLflow's client gives it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Page", "logged_model_of", "model_of", "page_of", "run_of", "version_of"]

STATUS = {"PENDING": "PENDING", "READY": "READY", "UPLOAD_FAILED": "FAILED"}


class Page(list[Any]):
    """A page of results; `token` gets the next one."""

    token: str | None = None


def _tags(found: Mapping[str, Any], name: str = "tags") -> dict[str, Any]:
    return {pair["key"]: pair.get("value", "") for pair in found.get(name, ())}


def page_of(answer: Mapping[str, Any], name: str, read: Callable[[Any], Any]) -> Page:
    """One page of a search; `read` makes each of its results."""
    found = Page(map(read, answer.get(name, ())))
    found.token = answer.get("next_page_token") or None
    return found


def model_of(found: Mapping[str, Any]) -> SimpleNamespace:
    """A registered model."""
    return SimpleNamespace(
        name=found.get("name", ""),
        description=found.get("description"),
        tags=_tags(found),
        aliases={pair["alias"]: pair["version"] for pair in found.get("aliases", ())},
        latest_versions=[
            SimpleNamespace(version=newest.get("version", "0"))
            for newest in found.get("latest_versions", ())
        ],
        creation_timestamp=_integer(found.get("creation_timestamp")),
        last_updated_timestamp=_integer(found.get("last_updated_timestamp")),
    )


def version_of(found: Mapping[str, Any]) -> SimpleNamespace:
    """A version."""
    return SimpleNamespace(
        name=found.get("name", ""),
        version=found.get("version", "0"),
        source=found.get("source"),
        run_id=found.get("run_id"),
        description=found.get("description"),
        tags=_tags(found),
        creation_timestamp=_integer(found.get("creation_timestamp")),
    )


def run_of(found: Mapping[str, Any]) -> SimpleNamespace:
    """A run."""
    info, data = found.get("info", {}), found.get("data", {})
    return SimpleNamespace(
        info=SimpleNamespace(
            run_id=info.get("run_id", ""),
            artifact_uri=info.get("artifact_uri", ""),
            experiment_id=str(info.get("experiment_id", "")),
            lifecycle_stage=info.get("lifecycle_stage", ""),
            status=info.get("status", ""),
            start_time=_integer(info.get("start_time")) or 0,
        ),
        data=SimpleNamespace(
            tags=_tags(data),
            params=_tags(data, "params"),
            metrics={key: float(value) for key, value in _tags(data, "metrics").items()},
        ),
    )


def logged_model_of(found: Mapping[str, Any]) -> SimpleNamespace:
    """A logged model."""
    info = found.get("info", {})
    return SimpleNamespace(
        model_id=info.get("model_id", ""),
        name=info.get("name", ""),
        artifact_location=info.get("artifact_uri", ""),
        source_run_id=info.get("source_run_id"),
        status=STATUS.get(str(info.get("status", "")).removeprefix("LOGGED_MODEL_"), "UNSPECIFIED"),
        creation_timestamp=_integer(info.get("creation_timestamp_ms")) or 0,
        tags=_tags(info),
    )


def _integer(value: Any) -> int | None:
    """JSON of protocol buffers writes long integers as text."""
    return None if value is None else int(value)
