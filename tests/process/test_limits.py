"""What validation lets through, a server on PostgreSQL accepts and gives back unchanged."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException

from registrar.config.rules import find_rule_problems
from registrar.config.schema import find_schema_problems
from registrar.registry import connect
from registrar.state import Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlflow import MlflowClient

    from registrar.registry import Registry

pytestmark = pytest.mark.exhaustive  # PostgreSQL alone takes seconds to start

SOURCES = itertools.count(1)
KEYS = st.text(st.characters(categories=["L", "N"], include_characters="_.-/: "), min_size=1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x1FFFF), max_size=60)


def padded(texts: st.SearchStrategy[str], limit: int) -> st.SearchStrategy[str]:
    """Short texts, and texts that end right at, before and past a limit."""
    lengths = st.sampled_from([0, limit - 1, limit, limit + 1])
    return st.builds(lambda text, length: text + "x" * (length - len(text)), texts, lengths)


CONFIGS = st.fixed_dictionaries(
    {"name": padded(TEXTS, 256)},
    optional={
        "description": padded(TEXTS, 5000),
        "metadata": st.dictionaries(padded(KEYS, 250), padded(TEXTS, 100_000), max_size=3),
        "aliases": st.lists(padded(KEYS, 255), max_size=2, unique=True),
        "registered_model": st.fixed_dictionaries(
            {},
            optional={
                "description": padded(TEXTS, 5000),
                "tags": st.dictionaries(padded(KEYS, 250), padded(TEXTS, 5000), max_size=3),
            },
        ),
    },
)


@pytest.fixture(scope="module")
def registry(server_on_postgres: str) -> Iterator[Registry]:
    server = {"tracking_uri": server_on_postgres, "timeout": 60}
    with connect(server, writes=True) as backend:
        yield backend.registry


def is_valid(model: dict[str, Any]) -> bool:
    config = {"server": {"tracking_uri": "sqlite:///x.db"}, "model": model}
    return not find_schema_problems(config) and not list(find_rule_problems(config))


@given(model=CONFIGS)
@settings(
    max_examples=settings().max_examples // 2,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@example(model={"name": "n" * 256, "description": "d" * 5000})
@example(model={"name": "it's", "metadata": {"k" * 250: "v" * 100_000}})
@example(model={"name": '"quoted"', "aliases": ["a" * 255]})
@example(model={"name": "back\\slash %_", "registered_model": {"tags": {"t" * 250: "v" * 5000}}})
@example(model={"name": "🦊 é", "description": "line\n\ttab 🦊", "metadata": {"ключ": "значение"}})
def test_what_is_valid_is_stored_as_it_is(registry: Registry, model: dict[str, Any]) -> None:
    model = {**model, "uri": f"s3://bucket/{next(SOURCES)}/".ljust(500, "s")}
    assume(is_valid(model))
    name, parent = model["name"], model.get("registered_model", {})
    tags = parent.get("tags", {})
    registry.create_model(name, parent.get("description", ""), tags)
    try:
        stored = Stored(model["uri"], model["uri"])
        metadata = model.get("metadata", {})
        number = registry.create_version(name, stored, model.get("description", ""), metadata)
        for alias in model.get("aliases", ()):
            registry.set_alias(name, alias, number)
        observed = registry.observe([name])[name]
        assert observed.description == parent.get("description", "")
        assert observed.tags == tags
        (version,) = observed.versions
        assert version.description == model.get("description", "")
        assert version.tags == metadata
        assert version.source == model["uri"]
        assert sorted(version.aliases or ()) == sorted(model.get("aliases", ()))
    finally:
        registry.delete_model(name)


PAST: dict[str, dict[str, Any]] = {
    "name": {"name": "n" * 257},
    "description": {"name": "n", "description": "d" * 5001},
    "tag key": {"name": "n", "metadata": {"k" * 251: "v"}},
    "tag value": {"name": "n", "metadata": {"k": "v" * 100_001}},
    "alias": {"name": "n", "aliases": ["a" * 256]},
    "parent description": {"name": "n", "registered_model": {"description": "d" * 5001}},
    "parent tag value": {"name": "n", "registered_model": {"tags": {"k": "v" * 5001}}},
    "NUL": {"name": "n", "registered_model": {"tags": {"k": "nul\0"}}},
    "slash": {"name": "n/a"},
    "colon": {"name": "n:a"},
}


@pytest.mark.parametrize("model", PAST.values(), ids=PAST)
def test_what_the_server_refuses_is_not_valid(
    model: dict[str, Any],
    server_on_postgres: str,
    mlflow_client: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")  # it would retry for minutes
    assert not is_valid({**model, "uri": "s3://bucket/model"})
    with pytest.raises(MlflowException):
        register(mlflow_client(server_on_postgres), model)


def register(client: MlflowClient, model: dict[str, Any]) -> None:
    """What MLflow's own client does with a model that is not validated; gone afterwards."""
    name, parent = model["name"], model.get("registered_model", {})
    client.create_registered_model(name, parent.get("tags"), parent.get("description"))
    try:
        client.create_model_version(
            name,
            "s3://bucket/model",
            tags=model.get("metadata"),
            description=model.get("description"),
            await_creation_for=0,
        )
        for alias in model.get("aliases", ()):
            client.set_registered_model_alias(name, alias, "1")
    finally:
        client.delete_registered_model(name)
