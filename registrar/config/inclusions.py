"""The files that a model's file builds on, as its defaults lists say; nothing is composed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from registrar.config.boundary import list_default_paths
from registrar.config.yaml_nodes import list_entries_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registrar.config.files import ConfigFiles
    from registrar.config.source_file import SourceFile

__all__ = ["find_inclusion", "list_included", "list_written_uris"]

URI = re.compile(r"""\buri["']?\s*:\s*["']?([^\s"',}]+)""")


def list_included(config: str, files: ConfigFiles) -> list[Path] | None:
    """Return the files of `model/mnist` and of what it includes, and where missing ones would be.

    None for a defaults list that only a composition can read.
    """
    names = [(config, config.partition("/")[0])]
    paths: list[Path] = []
    for name, group in names:  # it grows
        found = files.find_path(name)
        if found is None:
            paths += [folder / f"{name}.yaml" for folder in files.folders]
            continue
        paths.append(found)
        for included in _list_defaults(files.read(found), group):
            if "$" in included[0]:
                return None
            if included not in names:
                names.append(included)
    return paths


def find_inclusion(config: str, files: ConfigFiles) -> tuple[SourceFile, yaml.Mark] | None:
    """Return the file, of those read so far, whose defaults list names `config`, and where."""
    for path, file in files.files.items():
        for group in files.groups_of(path):
            for entry in _list_entries(file):
                if any(found == config for found, _ in list_default_paths(entry, group)):
                    return file, entry.start_mark
    return None


def list_written_uris(text: str) -> list[str]:
    """Return what follows `uri:` in a file that perhaps nobody can read as YAML."""
    return URI.findall(text)


def _list_defaults(file: SourceFile, group: str) -> Iterator[tuple[str, str]]:
    """Yield what a file includes, each with the group that its own defaults list counts from."""
    for entry in _list_entries(file):
        yield from list_default_paths(entry, group)


def _list_entries(file: SourceFile) -> Iterator[yaml.Node]:
    for key, value in () if file.root is None else list_entries_of(file.root):
        if key.value == "defaults" and isinstance(value, yaml.SequenceNode):
            yield from value.value
