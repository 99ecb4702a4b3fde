"""What interpolations put into a configuration is limited, and it is refused before it is made."""

from __future__ import annotations

import time
from typing import Any

import pytest
from omegaconf import DictConfig, OmegaConf

from registrar.config import interpolation_limits
from registrar.config.interpolation import resolve
from registrar.config.yaml_nodes import compose_nodes, find_value_node

SOON = 10.0  # seconds; each of these takes minutes, or all memory, without the limit
VALUES = 500  # a smaller limit than the real one: the tests are quicker


@pytest.fixture(autouse=True)
def _limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpolation_limits, "MAX_INTERPOLATIONS", VALUES)


def codes_of(config: dict[str, Any]) -> list[str]:
    """The codes of the problems of a configuration, which are found soon."""
    composed = OmegaConf.create(config)
    assert isinstance(composed, DictConfig)
    began = time.monotonic()
    _, problems = resolve(composed)
    assert time.monotonic() - began < SOON
    return [problem.code for _, problem in problems]


@pytest.mark.parametrize(
    "config",
    [
        {"a": ["x"] * 1000, "b": ["${a}"] * 1000},
        {"a": "x" * 100_000, "b": "${a}" * 1000},
        {"a": "x" * 100_000, "b": "${oc.select:a}" * 1000},
        {"a": "x" * 100_000, "b": ["${a}"] * 1000},
        {"a": {str(n): "x" * 1000 for n in range(200)}, "b": ["${oc.dict.values:a}"] * 1000},
        {"a": {"x": 1}, **{f"b{n}": "${a}" for n in range(VALUES)}},
    ],
    ids=["a list", "a text", "selected texts", "whole texts", "values", "small nodes"],
)
def test_what_interpolations_put_in_is_limited(config: dict[str, Any]) -> None:
    assert codes_of(config) == ["yaml-too-large"]


def test_what_is_written_out_is_not_limited() -> None:
    values = ["x" * 2000] * (2 * VALUES)
    assert sum(map(len, values)) > interpolation_limits.MAX_CHARACTERS
    assert codes_of({"a": values, "b": "${a[0]}"}) == []


def test_each_key_of_a_large_file_is_found_soon() -> None:
    count = 30_000
    root = compose_nodes("".join(f"k{n}: {n}\n" for n in range(count)))
    began = time.monotonic()
    found = [find_value_node(root, (f"k{n}",)) for n in range(count)]
    assert [node.value for node in found if node is not None] == [str(n) for n in range(count)]
    assert time.monotonic() - began < SOON
