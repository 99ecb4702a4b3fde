"""Set one field of a YAML file, and keep every other byte: comments, order, quotes, line ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from registrar.config.yaml_nodes import find_key_node, find_value_node
from registrar.content.yaml_loader import compose_yaml

if TYPE_CHECKING:
    from registrar.text import KeyPath

__all__ = ["UneditableError", "read_field", "set_field"]

LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
TEXT_TAG = "tag:yaml.org,2002:str"


class UneditableError(ValueError):
    """A field that cannot be set without a change to something else. The text says why."""


def read_field(text: str, path: KeyPath) -> str | None:
    """Return the text of a scalar; None where the file holds no scalar at `path`."""
    node = find_value_node(_compose(text), path, merges=False)
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def set_field(text: str, path: KeyPath, value: str, *, after: str) -> str:
    """Return `text` with the field at `path` set to `value`, which needs no quotes.

    A field that the file does not have yet comes behind the field `after` of the same mapping.
    Raises UneditableError where that would change anything else.
    """
    root = _compose(text)
    node = find_value_node(root, path, merges=False)
    if node is not None:
        edited = _replace_scalar(text, node, value)
    else:
        edited = _insert_field(text, root, path, value, after)
    _check_edit(root, edited, path, value)
    return edited


def _compose(text: str) -> yaml.Node | None:
    """Return the nodes of a text; the parser in Python counts places as Python does."""
    loader = yaml.SafeLoader(text)
    try:
        return compose_yaml(text, loader)
    except yaml.YAMLError as error:
        raise UneditableError("it is not YAML that can be edited") from error
    finally:
        loader.dispose()


def _replace_scalar(text: str, node: yaml.Node, value: str) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    written = text[start:end]
    mark = node.style if isinstance(node, yaml.ScalarNode) and node.style else ""
    if written != f"{mark}{node.value}{mark}":
        raise UneditableError("it is not written as plain text on one line")
    return f"{text[:start]}{mark}{value}{mark}{text[end:]}"


def _insert_field(text: str, root: yaml.Node | None, path: KeyPath, value: str, after: str) -> str:
    *above, name = path
    neighbour = (*above, after)
    key, node = (
        find_key_node(root, neighbour, merges=False),
        find_value_node(root, neighbour, merges=False),
    )
    parent = find_value_node(root, tuple(above), merges=False)
    if key is None or node is None or not isinstance(parent, yaml.MappingNode):
        raise UneditableError(f"'{after}' is not written beside it in the same mapping")
    end = node.end_mark.index
    if parent.flow_style:
        return f"{text[:end]}, {name}: {value}{text[end:]}"
    if not isinstance(node, yaml.ScalarNode) or node.start_mark.line != node.end_mark.line:
        raise UneditableError(f"'{after}' is not written on one line")
    line = f"{' ' * key.start_mark.column}{name}: {value}"
    line_end = LINE_END.search(text, end)
    if line_end is None:
        first = LINE_END.search(text)
        return f"{text}{first[0] if first else chr(10)}{line}"
    end = line_end.end()
    return f"{text[:end]}{line}{line_end[0]}{text[end:]}"


def _check_edit(root: yaml.Node | None, edited: str, path: KeyPath, value: str) -> None:
    """Raise UneditableError if the edit changes anything but the field.

    A mapping that an alias repeats, for example, would change in two places.
    """
    root_after = _compose(edited)
    node = find_value_node(root_after, path, merges=False)
    is_set = isinstance(node, yaml.ScalarNode) and (node.tag, node.value) == (TEXT_TAG, value)
    if not is_set or _outline(root, path) != _outline(root_after, path):
        raise UneditableError("it is written so that other values would change, too")


def _outline(node: yaml.Node | None, without: KeyPath | None) -> Any:
    """Return all that a node holds, but for the value at the path `without` below it."""

    def inside(part: str | int) -> KeyPath | None:
        return without[1:] if without and without[0] == part else None

    match node:
        case yaml.MappingNode():
            return [
                (key.tag, key.value, _outline(value, inside(key.value)))
                for key, value in node.value
                if not (without and (key.value,) == without)
            ]
        case yaml.SequenceNode():
            return [_outline(item, inside(index)) for index, item in enumerate(node.value)]
        case yaml.ScalarNode():
            return node.tag, node.value
        case _:
            return None
