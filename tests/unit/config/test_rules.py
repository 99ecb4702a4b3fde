"""Rules beyond the schema: credentials, addresses, times, limits, and the order of validation."""

from __future__ import annotations

from typing import Any

import pytest

from registrar.config.credentials import find_credentials
from registrar.config.mapping import job_from_mapping
from registrar.config.rules import find_repeated, find_rule_problems
from registrar.config.validation import validate_jobs
from registrar.errors import ConfigError, Problem
from registrar.text import dotted

MODEL = {"name": "m", "uri": "s3://bucket/m"}
SERVER = {"tracking_uri": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("http://host:5000", None),
        ("https://token@host", "holds a user name or a token"),
        ("https://me:secret@host", "holds a password"),
        ("https://me:se/cret@host", "holds a password"),
        ("postgresql://me@host/db", None),
        ("postgresql+psycopg2://me:secret@host/db", "holds a password"),
        ("postgresql://host/db?password=secret", "holds a password"),
        ("http://host:5000/?token=secret", "holds a secret in its query"),
        ("mysql+pymysql://host/db?PASSWD=secret", "holds a secret in its query"),
        ("mysql+pymysql://host/db?ssl_key=client.pem", None),
        ("http://[::1/a@b", "is not a URI: Invalid IPv6 URL"),
        ("http://[::1/a", None),
        ("sqlite:///mlflow.db", None),
    ],
)
def test_credentials_in_every_uri_of_a_configuration(uri: str, message: str | None) -> None:
    config = {
        "server": {"tracking_uri": uri, "registry_uri": uri},
        "promote": {"to": {"tracking_uri": uri}},
        "model": {"uri": uri, "versions": [{"uri": uri}, "not a mapping"]},
    }

    found = {dotted(path): problem.message for path, problem in find_credentials(config)}

    places = [
        "server.tracking_uri",
        "server.registry_uri",
        "promote.to.tracking_uri",
        "model.uri",
        "model.versions[0].uri",
    ]
    assert found == ({} if message is None else dict.fromkeys(places, message))


@pytest.mark.parametrize(
    "config", [{}, {"server": None, "model": 3}, {"server": {"tracking_uri": 1}, "promote": "x"}]
)
def test_credentials_are_looked_for_in_configurations_of_any_shape(config: dict[str, Any]) -> None:
    assert list(find_credentials(config)) == []


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"server": SERVER}, []),
        ({"server": {"tracking_uri": "databricks"}}, []),
        ({"server": {"tracking_uri": "host:5000"}}, ["server.tracking_uri: invalid-server"]),
        ({"server": {"tracking_uri": "mlruns"}}, ["server.tracking_uri: invalid-server"]),
        ({"server": {"tracking_uri": "file:///x"}}, ["server.tracking_uri: invalid-server"]),
        ({"server": {"tracking_uri": "sqlite://"}}, ["server.tracking_uri: invalid-server"]),
        ({"server": {"tracking_uri": "sqlite://mlflow.db"}}, ["server.tracking_uri: invalid-server"]),
        ({"server": {"tracking_uri": "sqlite:////mlflow.db"}}, []),
        ({"server": {"tracking_uri": "sqlite:///:memory:"}}, ["server.tracking_uri: invalid-server"]),
        ({"server": {**SERVER, "registry_uri": "x"}}, ["server.registry_uri: invalid-server"]),
        ({"show": {"created_after": "2026-01-31", "created_before": None}}, []),
        ({"show": {"created_after": "yesterday"}}, ["show.created_after: invalid-time"]),
        ({"show": {"created_after": "2026-01-31", "created_before": "2026-02-01"}}, []),
        ({"show": {"created_after": "2026-02-01", "created_before": "2026-02-01"}}, ["show.created_after: contradiction"]),
        ({"executor": {"kind": "dask", "address": None}}, [": missing-field"]),
        ({"executor": {"kind": "threads", "address": None}}, []),
        ({"model": MODEL}, []),
        ({"model": {**MODEL, "name": "it's \"m\""}}, ["model.name: invalid-name"]),
        ({"model": {**MODEL, "metadata": {"a": ["x" * 99_996]}}}, []),
        ({"model": {**MODEL, "metadata": {"a": ["x" * 99_997]}}}, ["model.metadata.a: too-long"]),
        (
            {"model": {**MODEL, "registered_model": {"tags": {"a": ["x" * 4_997]}}}},
            ["model.registered_model.tags.a: too-long"],
        ),
        (
            {"model": {"name": "m", "versions": [{"uri": "a", "aliases": ["x"]}, {"uri": "b", "aliases": ["y", "x"]}]}},
            ["model.versions[1].aliases[1]: duplicate-alias"],
        ),
    ],
    ids=str,
)  # fmt: skip
def test_what_breaks_a_rule_beyond_the_schema_is_found(
    config: dict[str, Any], found: list[str]
) -> None:
    problems = [f"{dotted(path)}: {problem.code}" for path, problem in find_rule_problems(config)]

    assert problems == found


@pytest.mark.parametrize(
    ("demands", "broken"),
    [
        ({"min": 0.5, "max": 0.9}, []),
        ({"min": 1, "max": 1.0}, []),
        ({"min": 0.9, "max": 0.5}, ["min"]),
        ({"min_change": -0.1, "max_change": 0.1}, []),
        ({"min_change": 0.2, "max_change": 0.1}, ["min_change"]),
        ({"min_change": "5%", "max_change": "5.0%"}, []),
        ({"min_change": "+10%", "max_change": "9%"}, ["min_change"]),
        ({"min_change": "0.000000002%", "max_change": "0.000000001%"}, ["min_change"]),
        ({"min_change": 1, "max_change": "0.1%"}, []),  # of a size of 1000 or more
        ({"min_change": "50%", "max_change": 0.001}, []),
        ({"min_change": -1, "max_change": "-90%"}, []),
        ({"min_change": 0, "max_change": "0%"}, []),
        ({"min_change": "-0%", "max_change": 0.0}, []),
        ({"min_change": 0, "max_change": "-5%"}, ["min_change"]),
        ({"min_change": 0.1, "max_change": "0%"}, ["min_change"]),
        ({"min_change": "5%", "max_change": -0.1}, ["min_change"]),
        ({"min": 2, "max": 1, "min_change": "1%", "max_change": 0}, ["min", "min_change"]),
    ],
    ids=str,
)
def test_bounds_of_a_gate_that_no_number_keeps_are_found(
    demands: dict[str, Any], broken: list[str]
) -> None:
    model = {**MODEL, "gates": {"champion": {"metrics": {"f1": {"min": 0}, "loss": demands}}}}

    problems = [
        (dotted(path), problem.code) for path, problem in find_rule_problems({"model": model})
    ]

    path = "model.gates.champion.metrics.loss"
    assert problems == [(f"{path}.{bound}", "contradiction") for bound in broken]


def test_a_model_is_declared_once() -> None:
    names = [("a", "m"), ("b", "m"), ("c", "n"), ("a", "m")]

    assert [(config, problem.message) for config, problem in find_repeated(names)] == [
        ("b", "model 'm' is declared twice: by 'a' and by 'b'"),
        ("a", "model 'm' is in this run twice"),
    ]


def codes(*models: dict[str, Any], broken: tuple[Problem, ...] = ()) -> list[str]:
    jobs = [job_from_mapping({"model": model, "server": SERVER}, "plan") for model in models]
    with pytest.raises(ConfigError) as caught:
        validate_jobs(jobs, broken)
    return [f"{problem.path}: {problem.code}" for problem in caught.value.problems]


def test_each_value_is_reported_once_by_the_first_rule_that_it_breaks() -> None:
    uri = "https://me:secret@host/ "  # a password, a space, and no model

    assert codes({"name": "m", "uri": uri}) == ["model.uri: credentials-in-uri"]


def test_a_gate_of_a_call_from_python_is_checked_like_one_in_a_file() -> None:
    gates = {"champion": {"metrics": {"accuracy": {"min": 0.9, "max": 0.5}}}}

    assert codes({**MODEL, "gates": gates}) == [
        "model.gates.champion.metrics.accuracy.min: contradiction"
    ]


def test_the_problems_of_all_jobs_are_reported_together() -> None:
    unknown = {**MODEL, "nam": "x"}

    assert codes({"name": "m"}, unknown, broken=(Problem("invalid-yaml", "x"),)) == [
        "None: invalid-yaml",
        "model: missing-field",
        "model.nam: unknown-key",
    ]


def test_names_are_compared_only_where_nothing_else_is_wrong() -> None:
    assert codes(MODEL, MODEL) == ["model.name: duplicate-model"]
    assert codes(MODEL, {**MODEL, "x": 1}) == ["model.x: unknown-key"]
