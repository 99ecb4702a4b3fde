"""Rules for configuration files: no settings of Hydra, no commands, and a model alone in its file.

Hydra acts on its own node while it composes, so a file is checked before Hydra gets its content.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from registrar.config.command_nodes import explain_command_node, is_command_node
from registrar.config.layout import OWN_FOLDER
from registrar.config.permissions import ALLOW_PLUGINS, explain_permission
from registrar.config.yaml_nodes import list_entries_of
from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "explain_inclusion",
    "find_command_fields",
    "find_hydra_settings",
    "find_strays",
    "is_of_the_model",
]

GLOBAL = "_global_"
# What a person may set in a file: it changes what Hydra prints, and nothing that it does.
HARMLESS = {"help", "verbose"}
# A package or a group that leads into the node `hydra`; Hydra takes what follows `_global_.`.
INTO_HYDRA = re.compile(rf"(?:(?<![\w-])|{GLOBAL}.)hydra(?![\w-])")
MODEL_KEYS = {"model", "defaults"}
Found = tuple[Problem, "yaml.Mark | None"]


def find_hydra_settings(root: yaml.Node, package: str | None, config: str) -> Iterator[Found]:
    """Yield each setting of Hydra in a file, and where it is; None stands for its first line.

    `package` is that of the file's header, `config` the name of the file, such as `model/mnist`.
    """
    if config.lstrip("/").startswith("hydra/"):
        yield _explain_hydra(f"replaces Hydra's own {config}", OWN_FOLDER), None
    elif package is not None and INTO_HYDRA.search(package):
        yield _explain_hydra(f"is in the package {package}"), None
    for key, value in list_entries_of(root):
        if key.value == "hydra":
            yield from _check_hydra_node(key, value)
    for text, mark in _list_defaults(root):
        if INTO_HYDRA.search(text):
            yield _explain_hydra(f"chooses '{text}'"), mark


def find_command_fields(root: yaml.Node, package: str | None, config: str) -> Iterator[Found]:
    """Yield each field of a command that the file sets, and where it is.

    Where a file with another package ends up, only the composed configuration tells.
    """
    final = config.rpartition("/")[0] if package is None else _final_package(package)
    if package is not None and final and is_command_node((final.partition(".")[0],)):
        yield explain_command_node((final.partition(".")[0],)), None
    place = tuple(final.split(".")) if final else ()
    for key, value in list_entries_of(root):
        path = (*place, str(key.value))
        if is_command_node(path):
            yield explain_command_node(path), key.start_mark
        elif isinstance(value, yaml.MappingNode):
            for inner, _ in list_entries_of(value):
                if is_command_node((*path, str(inner.value))):
                    yield explain_command_node((*path, str(inner.value))), inner.start_mark


def find_strays(root: yaml.Node, package: str | None) -> Iterator[Found]:
    """Yield what does not belong to the model in a file of the group `model`, and where it is."""
    final = _final_package(package) if package is not None else "model"
    if not final:
        for key, _ in list_entries_of(root):
            if key.value not in MODEL_KEYS:
                yield _explain_stray(f"'{key.value}' is not a part of the model"), key.start_mark
    elif final.partition(".")[0] != "model":
        yield _explain_stray(f"the package {package} is not the model's"), None
    for text, mark in _list_defaults(root):
        words = text.split()
        if words[:1] == ["override"] and not words[-1].startswith("/model/"):
            yield _explain_stray(f"'{text}' changes a choice that is not the model's"), mark


def is_of_the_model(root: yaml.Node | None, package: str) -> bool:
    """Return whether a file that a model's file includes adds to the model alone.

    `package` is where Hydra puts the content of the file.
    """
    if package:
        return package.partition(".")[0] == "model"
    return root is None or all(key.value in MODEL_KEYS for key, _ in list_entries_of(root))


def explain_inclusion(included: str, root: yaml.Node | None) -> Found:
    """Return the problem of a model's file whose defaults list reaches `included`, and where."""
    problem = _explain_stray(f"the defaults list includes {included}, which changes other things")
    entries = () if root is None else list_entries_of(root)
    return problem, next((key.start_mark for key, _ in entries if key.value == "defaults"), None)


def _final_package(package: str) -> str:
    """Return where a package leads, as Hydra reads it; "" is the whole configuration."""
    _, keyword, below = package.rpartition(GLOBAL)
    return below[1:] if keyword else package


def _check_hydra_node(key: yaml.Node, value: yaml.Node) -> Iterator[Found]:
    if not isinstance(value, yaml.MappingNode):
        yield _explain_hydra("sets the node 'hydra'"), key.start_mark
        return
    for inner, _ in list_entries_of(value):
        if inner.value not in HARMLESS:
            yield _explain_hydra(f"sets hydra.{inner.value}"), inner.start_mark


def _list_defaults(root: yaml.Node) -> Iterator[tuple[str, yaml.Mark]]:
    """Yield the groups and configs of a file's defaults list as they are written, and where."""
    for key, value in list_entries_of(root):
        if key.value == "defaults" and isinstance(value, yaml.SequenceNode):
            for item in value.value:
                if isinstance(item, yaml.ScalarNode):
                    yield item.value, item.start_mark
                for group, _ in list_entries_of(item):
                    yield group.value, group.start_mark


def _explain_hydra(what: str, remedy: str = "Remove it.") -> Problem:
    message = f"{what}: a file may set only hydra.help and hydra.verbose, because other settings can run code"
    hint = f"{remedy} {explain_permission(ALLOW_PLUGINS, 'true', only_strict=False)}"
    return Problem("hydra-node", message, hint)


def _explain_stray(what: str) -> Problem:
    message = f"{what}: a file of the group model holds the model alone"
    return Problem("not-of-the-model", message, "Remove it, or move it to configs/config.yaml.")
