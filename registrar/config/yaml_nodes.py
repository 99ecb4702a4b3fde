"""YAML nodes: values with the line and column at which they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import yaml

from registrar.content.yaml_limits import YamlLimitError
from registrar.content.yaml_loader import SAFE_LOADER, compose_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.text import KeyPath

__all__ = [
    "compose_nodes",
    "find_key_node",
    "find_value_node",
    "find_variable",
    "list_entries_of",
    "list_keys",
    "list_scalars",
]

VARIABLE = re.compile(r"\$\{oc\.env:(\w+)")
MERGE_KEY, MERGE_TAG = "<<", "tag:yaml.org,2002:merge"

_indexes: WeakKeyDictionary[yaml.Node, dict[str, tuple[yaml.Node, yaml.Node]]]
_indexes = WeakKeyDictionary()
LONG_TEXT = 2**20  # characters; the parser in Python takes some seconds for them


def compose_nodes(text: str) -> yaml.Node | None:
    """Return the YAML nodes of a text; None when it is empty.

    Raises yaml.YAMLError; YamlLimitError, which is one, for a text that is too large.
    """
    try:
        return _compose(text, SAFE_LOADER)
    except YamlLimitError:
        raise
    except yaml.YAMLError:
        if len(text) > LONG_TEXT:
            raise
        # libyaml refuses a little more than the loader of OmegaConf, and says less.
        return _compose(text, yaml.SafeLoader)


def _compose(text: str, loader_class: type[yaml.SafeLoader]) -> yaml.Node | None:
    loader = loader_class(text)
    try:
        return compose_yaml(text, loader)
    finally:
        loader.dispose()


def list_scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Yield all scalar values below `node`; keys are none."""
    match node:
        case yaml.MappingNode():
            for _, value in node.value:
                yield from list_scalars(value)
        case yaml.SequenceNode():
            for item in node.value:
                yield from list_scalars(item)
        case yaml.ScalarNode():
            yield node
        case _:
            pass


def list_entries_of(node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Yield the keys and values of a mapping, those that `<<` merges into it included."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.tag != MERGE_TAG:
            yield key, value
        for merged in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if key.tag == MERGE_TAG:
                yield from list_entries_of(merged)


def list_keys(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Yield the keys of all mappings below `node`."""
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                yield key
                yield from list_keys(value)
        case yaml.SequenceNode():
            for item in node.value:
                yield from list_keys(item)
        case _:
            pass


def find_key_node(
    node: yaml.Node | None, path: KeyPath, *, merges: bool = True
) -> yaml.Node | None:
    """Return the node of the key, or of the list item, at `path` below `node`; else None.

    What `<<` merges into a mapping counts as a part of it, unless `merges` is False.
    """
    if not path or node is None:
        return node
    *above, last = path
    parent = find_value_node(node, tuple(above), merges=merges)
    pair = _find_pair(parent, last, merges=merges)
    return pair[0] if pair else None


def find_value_node(
    node: yaml.Node | None, path: KeyPath, *, merges: bool = True
) -> yaml.Node | None:
    """Return the node of the value at `path` below `node`, as `find_key_node` that of the key."""
    for part in path:
        pair = _find_pair(node, part, merges=merges)
        if pair is None:
            return None
        _, node = pair
    return node


def find_variable(node: yaml.Node | None) -> str | None:
    """Return the environment variable that a value is taken from, if there is one."""
    match = VARIABLE.match(node.value) if isinstance(node, yaml.ScalarNode) else None
    return match[1] if match else None


def _find_pair(
    node: yaml.Node | None, part: str | int, *, merges: bool
) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the nodes of a key and its value; a list item stands for both."""
    if isinstance(node, yaml.MappingNode):
        index = _index_of(node)
        pair = index.get(str(part))
        return _find_merged(index, part) if pair is None and merges else pair
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _find_merged(
    index: Mapping[str, tuple[yaml.Node, yaml.Node]], part: str | int
) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the first pair of this key in the mappings that `<<` merges into one with this index."""
    key, value = index.get(MERGE_KEY, (None, None))
    if key is None or key.tag != MERGE_TAG:
        return None
    mappings = value.value if isinstance(value, yaml.SequenceNode) else [value]
    pairs = (_find_pair(mapping, part, merges=True) for mapping in mappings)
    return next((pair for pair in pairs if pair is not None), None)


def _index_of(node: yaml.MappingNode) -> Mapping[str, tuple[yaml.Node, yaml.Node]]:
    """Return the keys and values of a mapping by key, which is made once for each mapping.

    A file may have a hundred thousand keys, and all of them are looked up.
    """
    index = _indexes.get(node)
    if index is None:
        pairs = [pair for pair in reversed(node.value) if isinstance(pair[0], yaml.ScalarNode)]
        index = _indexes[node] = {key.value: (key, value) for key, value in pairs}
    return index
