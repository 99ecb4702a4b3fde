"""Desired and observed state as values."""

from __future__ import annotations

from dataclasses import replace

from registrar.state import (
    DesiredModel,
    DesiredVersion,
    File,
    Note,
    ObservedModel,
    ObservedVersion,
    Source,
)


def test_a_source_knows_under_which_uris_it_may_be_registered() -> None:
    local = Source("models/mnist", "A", directory="/r/models/mnist")
    assert local.spellings == ("models/mnist", "/r/models/mnist", "file:///r/models/mnist")
    assert Source("runs:/r/m", "R", "s3://b/m", "r").spellings == ("runs:/r/m", "s3://b/m")


def test_sources_are_equal_when_a_registry_would_hold_the_same() -> None:
    source = Source("models/mnist", "A", directory="/here", files=(File("a", "/here/a", 1),))
    note = Note("not-verified", "models/mnist")
    assert source == replace(source, directory="/there", files=(), verified=False, note=note)
    assert source != replace(source, stored="s3://b/m")


def test_the_aliases_of_an_observed_model_have_numbers() -> None:
    versions = (
        ObservedVersion(1, aliases=("a", "b")),
        ObservedVersion(2, aliases=("c",)),
        ObservedVersion(3),
    )
    assert ObservedModel("mnist", versions=versions).aliases == {"a": 1, "b": 1, "c": 2}


def test_the_aliases_of_a_desired_model_are_those_of_all_versions() -> None:
    first = DesiredVersion(Source("a", "A"), aliases=("x", "y"))
    second = DesiredVersion(Source("b", "B"))
    assert DesiredModel("mnist", versions=(first, second)).aliases == ("x", "y")


def test_a_prompt_is_told_by_its_tag() -> None:
    assert ObservedModel("mnist", tags={"mlflow.prompt.is_prompt": "true"}).is_prompt
    assert not ObservedModel("mnist").is_prompt
