"""The schema files: valid themselves, of use to other validators, and strict."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from registrar.config.command_nodes import is_command_node
from registrar.config.credentials import find_credentials
from registrar.config.rules import find_rule_problems
from registrar.config.schema import find_schema_problems, load_schema
from tests.support.registrar_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = {"tracking_uri": "http://127.0.0.1:5000"}
GOOD = {"name": "mnist", "uri": "models/mnist"}
FILES = ["config.json", "model.json", "policy.json", "primary.json", "server.json"]
# Letters that matter to the rules, and any other character.
CHARACTERS = st.one_of(st.sampled_from("aZ09_-. /:\\\n\t²é✓,@%"), st.characters())
TEXTS = st.text(CHARACTERS, max_size=12)


def accepts(model: dict[str, Any]) -> bool:
    """Whether registrar takes a model's configuration, but for the place its URI names."""
    config = {"server": SERVER, "model": model}
    return not find_schema_problems(config) and not [
        *find_rule_problems(config),
        *find_credentials(config),
    ]


def editor_accepts(model: dict[str, Any]) -> bool:
    """Whether an editor, which has only the file, takes it."""
    return bool(Draft202012Validator(load_schema("model.json")).is_valid(model))


def walk(node: Any) -> Iterator[dict[str, Any]]:
    """Every mapping of a schema."""
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key != "not":
                yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def find(reference: str) -> dict[str, Any]:
    """The part of a schema file that a `$ref` of another names."""
    name, _, pointer = reference.partition("#/")
    node = load_schema(name)
    for part in pointer.split("/"):
        node = node[part]
    return node


@pytest.mark.parametrize("name", FILES)
def test_a_schema_file_is_valid_against_the_metaschema(name: str) -> None:
    Draft202012Validator.check_schema(load_schema(name))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("model.json", "configs/model/mnist.yaml"),
        ("server.json", "registrar/config/defaults/server/default.yaml"),
        ("server.json", "registrar/config/defaults/server/local.yaml"),
    ],
)
def test_another_validator_accepts_the_files_of_this_repository(name: str, path: str) -> None:
    instance = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))

    assert list(Draft202012Validator(load_schema(name)).iter_errors(instance)) == []


@pytest.mark.parametrize("name", FILES)
def test_every_pattern_says_what_it_means_what_to_do_and_its_code(name: str) -> None:
    for node in walk(load_schema(name)):
        if "pattern" in node and "not" not in node:
            assert re.fullmatch(r"(is|holds) .+[^.]", node["patternErrorMessage"])
        if "pattern" in node or ("not" in node and "errorMessage" in node):
            assert re.fullmatch(r"[A-Z].+\.", node["x-hint"])
            assert re.fullmatch(r"[a-z]+(-[a-z]+)*", node["x-code"])


@pytest.mark.parametrize("name", [*FILES, "evidence.json", "plan.json"])
def test_every_field_has_a_description_of_one_sentence(name: str) -> None:
    schema = load_schema(name)
    for node in walk(schema):
        for field, below in node.get("properties", {}).items():
            described = below
            if "description" not in below and name == "primary.json":
                described = find(below["$ref"])
            assert re.fullmatch(r"[A-Z][^\n]+[^.]\.|[A-Z][^\n]+\.\.\.", described["description"]), (
                field
            )


def test_a_primary_configuration_has_the_fields_that_a_file_may_set() -> None:
    primary, config = load_schema("primary.json"), load_schema("config.json")
    fields = {field for field in config["properties"] if not is_command_node((field,))}
    assert set(primary["properties"]) - {"defaults", "hydra"} == fields
    fields = set(load_schema("server.json")["properties"]) - {"defaults"}
    assert set(primary["properties"]["server"]["properties"]) == fields


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"name": "mnist"},
        {"uri": "models/mnist"},
        {"name": "mnist", "registered_model": {}, "metadata": {}},
        {**GOOD, "descripton": "x"},
        {**GOOD, "description": 3},
        {**GOOD, "description": "d" * 5001},
        {**GOOD, "description": "a\0b"},
        {**GOOD, "metadata": {"a": None}},
        {**GOOD, "metadata": {"mlflow.note": "x"}},
        {**GOOD, "metadata": {"registrar_digest": "x"}},
        {**GOOD, "metadata": {"a//b": "x"}},
        {**GOOD, "metadata": {"": "x"}},
        {**GOOD, "metadata": {"k" * 251: "x"}},
        {**GOOD, "aliases": "champion"},
        {**GOOD, "aliases": ["latest"]},
        {**GOOD, "aliases": ["v3"]},
        {**GOOD, "aliases": ["a", "a"]},
        {**GOOD, "verify": "no"},
        {**GOOD, "versions": [{"uri": "x"}]},
        {"name": "mnist", "versions": []},
        {"name": "mnist", "versions": [{"aliases": []}]},
        {"name": "mnist", "versions": [{"uri": "x", "version": 0}]},
        {**GOOD, "registered_model": {"tag": {}}},
        {**GOOD, "registered_model": {"tags": {"a": "v" * 5001}}},
        {"name": "a/b", "uri": "x"},
        {"name": "m" * 257, "uri": "x"},
        {"name": "mnist", "uri": " x"},
        {"name": "mnist", "uri": "s3://me:secret@bucket/key"},
        {"name": "mnist", "uri": "https://token@host/model"},
    ],
    ids=str,
)
def test_an_editor_knows_what_is_wrong(model: dict[str, Any]) -> None:
    assert not editor_accepts(model)
    assert not accepts(model)


@pytest.mark.parametrize(
    "model",
    [
        GOOD,
        {"name": "mnist", "registered_model": {"tags": {"team": "vision"}}},
        {**GOOD, "uri": "abfss://container@account.dfs.core.windows.net/model"},
        {**GOOD, "uri": "models:/mnist@champion"},
        {**GOOD, "metadata": {"a": 1, "b": 0.5, "c": True, "d": [1], "e": {"f": "g"}, "h": ""}},
        {"name": "mnist", "versions": [{"uri": "x", "version": 3, "aliases": ["a"]}]},
    ],
    ids=str,
)
def test_an_editor_accepts_what_registrar_accepts(model: dict[str, Any]) -> None:
    assert editor_accepts(model)
    assert accepts(model)


@pytest.mark.parametrize(
    "uri",
    ["http://me:secret@host", "https://token@host", "postgresql://me:secret@host/db"],
)
def test_an_editor_knows_a_server_with_credentials(uri: str) -> None:
    for field in ("tracking_uri", "registry_uri"):
        server = {**SERVER, field: uri}
        assert not Draft202012Validator(load_schema("server.json")).is_valid(server)
        assert list(find_credentials({"server": server}))


def test_a_database_user_is_no_secret() -> None:
    server = {"tracking_uri": "postgresql://me@host/db", "registry_uri": None}

    assert Draft202012Validator(load_schema("server.json")).is_valid(server)
    assert not list(find_credentials({"server": server}))


@given(st.sampled_from(["mlflow.", "registrar_"]), TEXTS)
def test_reserved_tag_keys_are_refused(prefix: str, rest: str) -> None:
    assert not accepts({**GOOD, "metadata": {prefix + rest: "x"}})
    assert not accepts({**GOOD, "registered_model": {"tags": {prefix + rest: "x"}}})


@given(
    st.one_of(
        st.from_regex(r"[vV][0-9]+", fullmatch=True),
        st.tuples(*(st.sampled_from((c, c.upper())) for c in "latest")).map("".join),
    )
)
def test_reserved_aliases_are_refused(alias: str) -> None:
    assert not editor_accepts({**GOOD, "aliases": [alias]})
    assert not accepts({**GOOD, "aliases": [alias]})


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)
        ),
        max_leaves=6,
    ),
    st.sampled_from(
        [
            "name",
            "uri",
            "description",
            "metadata",
            "aliases",
            "versions",
            "verify",
            "registered_model",
            "x",
        ]
    ),
)
def test_any_value_anywhere_is_accepted_or_explained(value: Any, field: str) -> None:
    for path, problem in find_schema_problems({"server": SERVER, "model": {**GOOD, field: value}}):
        assert path[0] == "model"
        assert problem.message.isprintable()
        assert problem.hint or problem.suggestion
