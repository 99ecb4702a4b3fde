"""Metadata and tag values whose text was lost when it was read, in files and in overrides."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import yaml

from registrar.config.override_values import Scalar, find_node, list_scalars, quote_scalars
from registrar.config.scalars import explain_misread, explain_misread_number, is_odd
from registrar.config.yaml_nodes import find_value_node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.config.override_values import Node
    from registrar.errors import Problem
    from registrar.text import KeyPath

__all__ = [
    "explain_misread_override",
    "find_misread_in_file",
    "list_numbers",
    "list_tag_values",
    "parse_reference",
    "quote_value_at",
]

SELECTING = ("show", "dump", "catalogue")  # commands that choose models by their tags
CAST = re.compile(r"(?P<type>\w+)\(\s*(?P<inner>.*?)\s*\)", re.DOTALL)
REFERENCE = re.compile(r"\$\{(\w[\w.-]*)\}")  # the name of a field from the root, and no resolver
SWITCH_OR_NUMBER = re.compile(r"(?i)true|false|[-+]?[0-9.].*")


def list_tag_values(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every scalar in the metadata and tags of a model, and in the tags that are looked for.

    Each comes with its path.
    """
    for command in SELECTING:
        node = config.get(command)
        if isinstance(node, dict):
            yield from _list_scalars((command, "tags"), node.get("tags"))
    model = config.get("model")
    if not isinstance(model, dict):
        return
    mappings: list[tuple[KeyPath, Any]] = [(("model", "metadata"), model.get("metadata"))]
    parent = model.get("registered_model")
    if isinstance(parent, dict):
        mappings.append((("model", "registered_model", "tags"), parent.get("tags")))
    versions = model.get("versions")
    for index, entry in enumerate(versions if isinstance(versions, list) else ()):
        if isinstance(entry, dict):
            mappings.append((("model", "versions", index, "metadata"), entry.get("metadata")))
    for path, tags in mappings:
        yield from _list_scalars(path, tags)


def list_numbers(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, int | float]]:
    """Yield every number of a configuration's model outside of metadata and tags, with its path."""
    model = config.get("model")
    for path, value in _list_scalars(("model",), model if isinstance(model, dict) else {}):
        inside = path[3:] if path[1] == "versions" else path[1:]
        is_tag = inside[:1] == ("metadata",) or inside[:2] == ("registered_model", "tags")
        if isinstance(value, int | float) and not isinstance(value, bool) and not is_tag:
            yield path, value


def parse_reference(raw: str) -> KeyPath | None:
    """Return the path of the field that `${group.field}` takes its value from; else None."""
    match = REFERENCE.fullmatch(raw)
    if match is None:
        return None
    return tuple(int(part) if part.isdecimal() else part for part in match[1].split("."))


def find_misread_in_file(
    root: yaml.Node, config: Mapping[str, Any]
) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the problems of a model's tags and numbers; `root` is the file that holds all of it."""
    kinds = ((list_tag_values, explain_misread), (list_numbers, explain_misread_number))
    for list_values, explain in kinds:
        for path, value in list_values(config):
            node = find_value_node(root, path[1:])
            if isinstance(node, yaml.ScalarNode) and not node.style:
                problem = explain(node.value, value)
                if problem is not None:
                    yield path, problem


def explain_misread_override(raw: str, value: object) -> Problem | None:
    """Return the problem of an unquoted scalar of an override that lost something; else None.

    A cast such as `int(1.10)` means what it does. Hydra evaluates `str(1.10)` to the text 1.1.
    """
    cast = CAST.fullmatch(raw)
    if cast is None:
        return None if isinstance(value, str) else explain_misread(raw, value)
    if cast["type"] != "str":
        return None
    return explain_misread(cast["inner"], _read_number(cast["inner"]))


def quote_value_at(value: str, node: Node | None, path: KeyPath, *, is_text: bool) -> str:
    """Return the text of an override's value with quotes where they are needed.

    That is at `path`, and around all other scalars that cannot be kept as they are written. With
    `is_text`, the field takes text alone: then also around the numbers and booleans of its list.
    """
    scalars = {scalar for scalar in list_scalars(node) if _needs_quotes(scalar)}
    if isinstance(target := find_node(node, path), Scalar):
        scalars.add(target)
    if is_text and path and isinstance(siblings := find_node(node, path[:-1]), list):
        scalars |= {
            item
            for item in siblings
            if isinstance(item, Scalar) and SWITCH_OR_NUMBER.fullmatch(item.raw)
        }
    unquoted = (scalar for scalar in scalars if not scalar.is_quoted)
    return quote_scalars(value, map(_without_cast, unquoted))


def _needs_quotes(scalar: Scalar) -> bool:
    raw = _without_cast(scalar).raw
    number = _read_number(raw)
    if scalar.is_quoted or number is None:
        return False
    return not math.isfinite(number) or (is_odd(raw) and explain_misread(raw, number) is not None)


def _without_cast(scalar: Scalar) -> Scalar:
    """Return the scalar of which `str(...)` makes a text; other scalars as they are."""
    cast = CAST.fullmatch(scalar.raw)
    return replace(scalar, raw=cast["inner"]) if cast and cast["type"] == "str" else scalar


def _read_number(raw: str) -> float | None:
    for read in (int, float):
        try:
            return read(raw)
        except ValueError:
            pass
    return None


def _list_scalars(path: KeyPath, value: Any) -> Iterator[tuple[KeyPath, Any]]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _list_scalars((*path, key), item)
        case list():
            for index, item in enumerate(value):
                yield from _list_scalars((*path, index), item)
        case bool() | int() | float() | str():
            yield path, value
        case _:
            pass
