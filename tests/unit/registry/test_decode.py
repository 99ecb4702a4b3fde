"""Replies of the REST API and entities of MLflow's client give the same values."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from registrar.changes.duplicates import duplicates
from registrar.registry import decode
from registrar.registry.failures import UnexpectedReplyError
from registrar.registry.mlflow_api import Experiment, ModelHeader, Page
from registrar.registry.own_tags import parse_keys
from registrar.registry.protocol import LoggedModel, Run
from registrar.state import ObservedModel, ObservedVersion, RunData

TAGS = {
    "team": "vision",
    "registrar_digest": "sha256:1",
    "registrar_managed": '["b", "a"]',
    "registrar_config": "mnist",
    "registrar_pinned": "3",
    "registrar_provenance": '["commit", "gone"]',
    "registrar_lineage": "[]",
    "commit": "abc",
}
OWN = {"team": "vision", "commit": "abc"}


def pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def entity(**fields: Any) -> SimpleNamespace:
    return SimpleNamespace(**fields)


VERSION = ObservedVersion(
    number=7,
    digest="sha256:1",
    source="s3://b/m",
    run_id=None,
    description="",
    tags=OWN,
    managed=("a", "b"),
    config="mnist",
    provenance={"commit": "abc"},
    lineage="[]",
    pinned=3,
    status="PENDING_REGISTRATION",
)
VERSION_FIELDS = {
    "source": "s3://b/m",
    "status": "PENDING_REGISTRATION",
    "creation_timestamp": 1_700_000_000_000,
}


def test_a_version_decodes_alike_from_http_and_mlflow() -> None:
    reply = {
        "version": "7",
        "run_id": "",
        "tags": pairs(TAGS),
        "source": "s3://b/m",
        "status": "PENDING_REGISTRATION",
        "creation_timestamp": "1700000000000",
    }
    from_json = decode.version_from_json(reply)
    from_mlflow = decode.version_from_mlflow(
        entity(version=7, run_id=None, description=None, tags=TAGS, **VERSION_FIELDS)
    )
    assert from_json == from_mlflow == VERSION
    del reply["status"]  # a server that does not tell
    assert decode.version_from_json(reply).is_ready
    assert from_json.created == from_mlflow.created == 1_700_000_000_000


def test_a_model_decodes_alike_from_http_and_mlflow() -> None:
    reply = {
        "name": "m",
        "tags": pairs({"registrar_owner": "us", "x": "y"}),
        "aliases": [{"alias": "champion", "version": "7"}],
        "latest_versions": [{"version": "7"}, {"version": "10"}],
        "creation_timestamp": "5",
    }
    model = entity(
        name="m",
        description=None,
        tags={"registrar_owner": "us", "x": "y"},
        aliases={"champion": "7"},
        latest_versions=[entity(version="10"), entity(version="7")],
        creation_timestamp=5,
        last_updated_timestamp=None,
    )
    header = ModelHeader("m", "", {"registrar_owner": "us", "x": "y"}, {"champion": 7}, 10, 5, None)
    assert decode.model_from_json(reply) == decode.model_from_mlflow(model) == header
    built = decode.build_model(header, [VERSION], complete=False)
    (version,) = built.versions
    assert (built.owner, built.tags, built.complete) == ("us", {"x": "y"}, False)
    assert version.aliases == ("champion",)


@pytest.mark.parametrize(
    ("text", "protected"),
    [
        (None, None),
        ("[]", ()),
        ('["b","a","a"]', ("a", "b")),
        # Nobody knows which were protected, so all are.
        ("spoilt", ("best", "champion")),
        ('{"a": 1}', ("best", "champion")),
        ("[1]", ("best", "champion")),
        ("[" * 100_000, ("best", "champion")),
    ],
)
def test_a_spoilt_list_of_protected_aliases_protects_all(
    text: str | None, protected: tuple[str, ...] | None
) -> None:
    tags = {} if text is None else {"registrar_protected": text}
    header = ModelHeader("m", "", tags, {"champion": 7, "best": 7}, 7, None, None)
    built = decode.build_model(header, [VERSION])
    assert (built.protected, built.tags) == (protected, {})


def test_a_model_has_a_name_and_may_lack_all_else() -> None:
    assert decode.model_from_json({"name": "m"}) == ModelHeader("m", "", {}, {}, 0, None, None)
    with pytest.raises(UnexpectedReplyError, match="'name' is missing"):
        decode.model_from_json({})


def test_aliases_and_order_of_versions() -> None:
    versions = [ObservedVersion(number) for number in (10, 2, 3)]
    ordered = decode.with_aliases(versions, {"b": 2, "a": 2, "c": 10, "dangling": 99})
    assert [(version.number, version.aliases) for version in ordered] == [
        (2, ("a", "b")),
        (3, ()),
        (10, ("c",)),
    ]


def test_a_version_that_two_pages_of_a_search_have_is_one_version() -> None:
    first, again = ObservedVersion(1, "sha256:1"), ObservedVersion(1, "sha256:1")
    assert decode.with_aliases([first, again], {}) == (first,)
    assert duplicates("sha256:1", (first, again)) == ()  # else the original would be deleted


def test_a_run_decodes_alike_from_http_and_mlflow() -> None:
    info = {
        "run_id": "r",
        "artifact_uri": "s3://b/r",
        "experiment_id": "1",
        "lifecycle_stage": "active",
        "status": "FINISHED",
        "start_time": 5,
    }
    reply = {
        "info": info | {"start_time": "5"},
        "data": {
            "tags": pairs({"t": "1"}),
            "params": pairs({"lr": "0.1"}),
            "metrics": [{"key": "acc", "value": 1}, {"key": "nan", "value": "NaN"}],
        },
        "outputs": {"model_outputs": [{"model_id": "m-1", "step": "7"}, {"model_id": "m-2"}]},
    }
    data = entity(tags={"t": "1"}, params={"lr": "0.1"}, metrics={"acc": 1.0})
    run = decode.run_from_json(reply)
    assert str(run.data.metrics["nan"]) == "nan"
    assert run.steps == {"m-1": 7, "m-2": 0}
    expected = Run(
        *("r", "s3://b/r", "1"),
        is_active=True,
        is_finished=True,
        started=5,
        data=RunData({"lr": "0.1"}, {"acc": 1.0}),
        tags={"t": "1"},
    )
    assert decode.run_from_mlflow(entity(info=entity(**info), data=data)) == expected
    assert (run.run_id, run.is_active, run.is_finished, run.started) == ("r", True, True, 5)


@pytest.mark.parametrize(
    ("reply", "client", "ready"),
    [
        ("LOGGED_MODEL_READY", "READY", True),
        ("LOGGED_MODEL_PENDING", "PENDING", False),
        ("LOGGED_MODEL_UPLOAD_FAILED", "FAILED", False),
    ],
)
def test_a_logged_model_decodes_alike_from_http_and_mlflow(
    reply: str, client: str, ready: bool
) -> None:
    info = {
        "model_id": "m-1",
        "name": "model",
        "artifact_uri": "s3://b/m-1",
        "status": reply,
        "creation_timestamp_ms": "5",
        "tags": pairs({"a": "b"}),
    }
    model = entity(
        model_id="m-1",
        name="model",
        artifact_location="s3://b/m-1",
        source_run_id="",
        status=client,
        creation_timestamp=5,
        tags={"a": "b"},
    )
    expected = LoggedModel("m-1", "model", "s3://b/m-1", None, client, 5, {"a": "b"})
    assert decode.logged_model_from_json({"info": info}) == expected
    assert decode.logged_model_from_mlflow(model) == expected
    assert expected.ready == ready


def test_an_experiment_decodes_alike_from_http_and_mlflow() -> None:
    fields = {"experiment_id": "1", "lifecycle_stage": "deleted", "artifact_location": "s3://b"}
    expected = Experiment("1", is_active=False, location="s3://b")
    assert decode.experiment_from_json(fields) == expected
    assert decode.experiment_from_mlflow(entity(**fields)) == expected


def test_pages_carry_their_results_and_token() -> None:
    reply = {"runs": [{"a": 1}, {}], "next_page_token": ""}
    assert decode.page_from_json((reply, 40), "runs", str) == Page(("{'a': 1}", "{}"), None, 40)
    assert decode.page_from_json(({"next_page_token": "t"}, 9), "runs", str) == Page((), "t", 9)

    class Results(list[int]):
        token = "t"

    assert decode.page_from_mlflow(Results([1]), str) == Page(("1",), "t")


def test_a_prompt_is_a_model_with_its_tag() -> None:
    assert decode.build_prompt("p").is_prompt
    assert decode.build_prompt("p") == ObservedModel("p", tags={"mlflow.prompt.is_prompt": "true"})


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (None, None),
        ('["b", "a"]', ("a", "b")),
        ("[]", ()),
        ('{"a": 1}', ()),
        ("spoilt", ()),
        ("[1]", ("1",)),
    ],
)
def test_keys_of_a_spoilt_tag_claim_nothing(text: str | None, keys: tuple[str, ...] | None) -> None:
    assert parse_keys(text) == keys


def test_texts_that_many_versions_have_are_held_once() -> None:
    page = """{"model_versions": [{"version": "1", "tags": [
        {"key": "registrar_managed", "value": "[\\"team\\"]"},
        {"key": "team", "value": "%s"}]}]}"""
    first, second = (
        decode.version_from_json(json.loads(page % value)["model_versions"][0])
        for value in ("vision", "vision")
    )
    assert first == second
    ((key, value),), ((other_key, other_value),) = first.tags.items(), second.tags.items()
    assert key is other_key
    assert value is other_value
    assert first.managed is second.managed
