"""Files of another Hydra app, which may have a `configs` and a group `model` of its own.

No message may tell the user to change them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from registrar.config.layout import GROUPS, OWN_FOLDER
from registrar.config.schema import known_fields
from registrar.config.yaml_nodes import list_entries_of
from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["explain_foreign_model", "explain_foreign_primary"]

TARGET = "_target_"
SELF = "_self_"


def explain_foreign_model(root: yaml.Node) -> tuple[Problem, yaml.Mark] | None:
    """Return the problem of a model's file that says which class to call, and names no model."""
    entries = list(list_entries_of(root))
    if any(key.value == "name" for key, _ in entries):
        return None
    for key, _ in entries:
        if key.value == TARGET:
            return _explain(f"has '{TARGET}' and no 'name'"), key.start_mark
    return None


def explain_foreign_primary(root: yaml.Node) -> tuple[Problem, yaml.Mark] | None:
    """Return the problem of a primary configuration with what registrar does not know.

    The file is known not to build on registrar's defaults.
    """
    for word, mark in _list_words(root):
        return _explain(f"does not build on registrar's defaults, and has '{word}'"), mark
    return None


def _explain(what: str) -> Problem:
    return Problem("other-app", f"{what}: it looks like another app's file", OWN_FOLDER)


def _list_words(root: yaml.Node) -> Iterator[tuple[str, yaml.Mark]]:
    """Yield the fields and the groups of a file that are not registrar's, and where they are."""
    known = {*known_fields(()), "defaults", "hydra"}
    for key, value in list_entries_of(root):
        if key.value not in known:
            yield key.value, key.start_mark
        if key.value == "defaults" and isinstance(value, yaml.SequenceNode):
            for item in value.value:
                for group, _ in list_entries_of(item):
                    name = group.value.rpartition(" ")[2].partition("@")[0].strip("/")
                    if name not in GROUPS and not name.startswith("hydra/"):
                        yield name, group.start_mark
