"""A registered model as a configuration: its fields, pins, comments, and what is left out."""

from __future__ import annotations

import re
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from registrar.config.declaration import ORIGIN_KEYS, Declarable, declare
from registrar.provenance import SYSTEMS, collect_provenance
from registrar.state import ObservedModel, ObservedVersion

if TYPE_CHECKING:
    import pytest


def version(number: int, **fields: Any) -> ObservedVersion:
    return ObservedVersion(number, source=f"s3://b/{number}", **fields)


def one(number: int = 1, **fields: Any) -> dict[int, Declarable]:
    return {number: Declarable(f"s3://b/{number}", **fields)}


def test_one_version_is_declared_by_the_files_own_fields() -> None:
    tags = {"lr": "0.1", "b": "2", "mlflow.user": "me"}
    held = version(1, description="Two layers", tags=tags, aliases=("champion",))
    model = ObservedModel("mnist", "Digits", {"team": "vision"}, (held,), owner="vision/mnist")
    declaration = declare(model, one(verify=False, comment="cannot be read"))
    assert declaration.fields == {
        "name": "mnist",
        "owner": "vision/mnist",
        "uri": "s3://b/1",
        "verify": False,
        "description": "Two layers",
        "metadata": {"b": "2", "lr": "0.1"},
        "aliases": ["champion"],
        "registered_model": {"description": "Digits", "tags": {"team": "vision"}},
    }
    assert declaration.comments == {("verify",): "cannot be read"}
    assert declaration.notes == ()


def test_several_versions_are_a_list_that_pins_their_numbers() -> None:
    model = ObservedModel("mnist", versions=(version(2), version(5)))
    declaration = declare(model, one(2) | one(5, comment="cannot be read"))
    assert declaration.fields == {
        "name": "mnist",
        "versions": [{"uri": "s3://b/2", "version": 2}, {"uri": "s3://b/5", "version": 5}],
    }
    assert declaration.comments == {("versions", 1, "verify"): "cannot be read"}


def test_a_restored_version_keeps_the_number_that_it_was_dumped_with() -> None:
    restored = version(1, pinned=2)
    model = ObservedModel("mnist", versions=(restored, version(2)))
    declaration = declare(model, one(1) | one(2))
    assert declaration.fields["versions"] == [
        {"uri": "s3://b/1", "version": 2},
        {"uri": "s3://b/2"},  # its own number is taken
    ]


def test_what_no_configuration_can_hold_is_left_out_and_noted() -> None:
    held = version(1, description="???", tags={"lr": "???", "n": "1"}, aliases=("v1", "best"))
    declaration = declare(ObservedModel("mnist", versions=(held, version(2))), one(1))
    assert declaration.fields == {
        "name": "mnist",
        "versions": [
            {"uri": "s3://b/1", "version": 1, "metadata": {"n": "1"}, "aliases": ["best"]}
        ],
    }
    assert [(note.kind, note.subject) for note in declaration.notes] == [
        ("field-left-out", "version 1: aliases[0]"),
        ("field-left-out", "version 1: metadata.lr"),
        ("field-left-out", "version 1: description"),
        ("version-left-out", "version 2"),
    ]


def test_a_name_that_no_configuration_can_hold_is_noted_alone() -> None:
    declaration = declare(ObservedModel("a/b", versions=(version(1),)), one())
    assert (declaration.fields, declaration.comments) == ({}, {})
    assert [(note.kind, note.subject) for note in declaration.notes] == [("model-left-out", "a/b")]


def test_a_model_without_versions_is_declared_alone() -> None:
    assert declare(ObservedModel("mnist"), {}).fields == {"name": "mnist", "registered_model": {}}


def test_where_a_version_was_made_is_no_metadata_unless_a_configuration_sets_it() -> None:
    born = {"git_commit": "abc", "run_id": "r1", "lr": "1"}  # a script has set the last one
    held = version(1, tags=born, provenance=born, managed=("git_commit",))
    declaration = declare(ObservedModel("mnist", versions=(held,)), one())
    assert declaration.fields["metadata"] == {"git_commit": "abc", "lr": "1"}


def test_all_tags_of_an_origin_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for system in SYSTEMS:
        for variable in re.findall(r"\w+(?=\})", "".join(astuple(system)[1:])):
            monkeypatch.setenv(variable, "x")
        monkeypatch.setenv(system.marker, "x")
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr("registrar.provenance._git", lambda *_: "x")
    assert (
        {"ci", "ci_run", "pipeline_name", "step_name"} <= collect_provenance().keys() <= ORIGIN_KEYS
    )


def test_a_list_that_would_remove_what_it_cannot_hold_is_left_out() -> None:
    held = version(1, tags={"lr": "???", "n": "1"}, managed=("lr", "n"), aliases=("best", "v1"))
    model = ObservedModel(
        "mnist",
        tags={"team": "x", "mlflow.note": "y"},
        versions=(held, version(2)),
        managed=("@best", "@v1", "mlflow.note"),
        protected=("best", "a b"),
    )
    declaration = declare(model, one(1))
    assert declaration.fields == {"name": "mnist", "versions": [{"uri": "s3://b/1", "version": 1}]}
    kept = [note.subject for note in declaration.notes if "would remove" in str(note.values)]
    assert kept == [
        "version 1: metadata",
        "the registered model: tags",
        "protected_aliases",
        "aliases",
    ]


def test_a_model_with_an_owner_that_no_configuration_can_name_is_left_out() -> None:
    declaration = declare(ObservedModel("mnist", versions=(version(1),), owner=" "), one())
    assert declaration.fields == {}
    assert [note.values["field"] for note in declaration.notes] == ["owner"]
