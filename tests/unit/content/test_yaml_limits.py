"""A small YAML file cannot take the time or the memory of a runner."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from registrar.content.directory import parse_mlmodel
from registrar.content.yaml_limits import (
    MAX_DEPTH,
    MAX_FILE_BYTES,
    YamlLimitError,
    check_depth,
    check_expansion,
    check_size,
    read_limited,
)
from registrar.content.yaml_loader import load_yaml
from registrar.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def compose(text: str) -> yaml.Node:
    """Return the root of a YAML text."""
    root = yaml.compose(text)
    assert root is not None
    return root


def laughs(levels: int) -> str:
    """Return a text whose last value expands to ten to the power of `levels` values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        aliases = ", ".join([f"*a{level - 1}"] * 10)
        lines += [f"a{level}: &a{level} [{aliases}]"]
    return "\n".join(lines)


@pytest.mark.parametrize("levels", [5, 6, 10, 40])
def test_aliases_of_aliases_are_refused_where_they_grow_too_large(levels: int) -> None:
    with pytest.raises(YamlLimitError) as caught:
        check_expansion(compose(laughs(levels)))
    assert caught.value.problem.code == "yaml-too-large"
    assert caught.value.problem.place.line == 4


def test_some_aliases_are_accepted() -> None:
    check_expansion(compose(laughs(3)))
    assert load_yaml("a: &a [1, 2]\nb: *a") == {"a": [1, 2], "b": [1, 2]}


def test_long_text_repeated_by_aliases_is_refused() -> None:
    text = f"a: &a {'x' * 10_000}\nb: [{', '.join(['*a'] * 200)}]"
    with pytest.raises(YamlLimitError) as caught:
        check_expansion(compose(text))
    assert caught.value.problem.place.line == 2


def test_merge_keys_are_counted_as_often_as_they_are_merged() -> None:
    merges = [f"m{level}: &m{level} {{<<: [{', '.join([f'*m{level - 1}'] * 10)}]}}"
              for level in range(1, 8)]  # fmt: skip
    with pytest.raises(YamlLimitError, match="aliases expand"):
        load_yaml("\n".join(["m0: &m0 {k: v}", *merges]))


@pytest.mark.parametrize(
    "number", ["9" * 5000, "0x" + "f" * 5000, "0b" + "1" * 20_000, "1:" * 5000 + "1", "-1_" * 999]
)
@pytest.mark.parametrize("form", ["k: {}", "? {}\n: v", "k: [1, {}]"])
def test_a_number_that_nobody_writes_is_refused(number: str, form: str) -> None:
    with pytest.raises(YamlLimitError, match="more than 1000 digits"):
        load_yaml(form.format(number))


def test_long_text_is_no_number() -> None:
    text = "0" * 5000
    assert load_yaml(f"k: '{text}'") == {"k": text}
    assert load_yaml(f"k: {text} bytes") == {"k": f"{text} bytes"}


def test_a_value_that_holds_itself_is_refused() -> None:
    with pytest.raises(YamlLimitError, match="holds itself"):
        check_expansion(compose("a: &a {b: [*a]}"))


@given(st.integers(1, 20_000))
def test_a_flat_file_has_no_expansion(count: int) -> None:
    mark = compose("x").start_mark
    items = [yaml.ScalarNode("tag:yaml.org,2002:str", "x", mark) for _ in range(count)]
    check_expansion(yaml.SequenceNode("tag:yaml.org,2002:seq", items, mark))


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * (MAX_DEPTH + 1),
        "a: " + "[" * 900,
        "a: " + "{b: " * (MAX_DEPTH + 1),
        "- " * (MAX_DEPTH + 1) + "x",
        "? " * (MAX_DEPTH + 1) + "x",
        "".join(" " * depth + "a:\n" for depth in range(MAX_DEPTH + 2)),
        # A list may stand at the indentation of its key, so that each column holds two levels.
        "".join(f"{' ' * depth}a:\n{' ' * depth}-\n" for depth in range(MAX_DEPTH // 2 + 2)),
        "".join(" " * depth + "a:\n" for depth in range(60)) + " " * 60 + "[" * 45,
    ],
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(YamlLimitError, match="nests deeper than 100 levels"):
        check_depth(text)


def test_nesting_up_to_the_limit_is_accepted() -> None:
    check_depth("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    check_depth("a: {b: [1, 2]}\n")


def test_a_text_that_is_no_yaml_is_left_to_the_parser() -> None:
    check_depth("}" + "[" * MAX_DEPTH)


def test_a_file_of_more_than_8_mib_is_refused(tmp_path: Path) -> None:
    check_size(b"x" * MAX_FILE_BYTES)
    path = tmp_path / "large.yaml"
    path.write_bytes(b"# " + b"x" * MAX_FILE_BYTES)
    with pytest.raises(YamlLimitError, match="8 MiB"):
        read_limited(path)


@pytest.mark.parametrize("text", [laughs(10), "a: " + "[" * 900, "# " + "x" * MAX_FILE_BYTES])
def test_the_limits_hold_for_an_mlmodel(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_mlmodel(f"flavors: {{}}\n{text}".encode(), "models/m")
    assert caught.value.problems[0].code == "yaml-too-large"
    assert "models/m: its MLmodel" in caught.value.problems[0].message


def test_the_deepest_accepted_text_fits_python_s_stack() -> None:
    assert sys.getrecursionlimit() > MAX_DEPTH * 8
    load_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH)
