"""Which field of a model's configuration says which version is meant."""

from __future__ import annotations

from typing import Any

import pytest

from registrar.config.spec import identity_path


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ({"uri": "models:/m/1"}, ("uri",)),
        ({"uri": "models:/m/1", "digest": "sha256:"}, ("digest",)),
        ({"uri": "models/m", "version": 1}, ("version",)),
        ({"digest": "sha256:", "version": 1}, ("version",)),
        ({"versions": [{"uri": "models:/m/1"}]}, ("versions", 0, "uri")),
        ({"versions": [{"uri": "models:/m/1"}, {"version": 2}]}, ("versions",)),
        ({"versions": [{"description": "none"}]}, ("versions",)),
        ({}, ("versions",)),
    ],
)
def test_the_most_exact_field_is_named(model: dict[str, Any], path: tuple[Any, ...]) -> None:
    assert identity_path({"name": "m", **model}) == path
