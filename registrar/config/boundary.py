"""The folders that a configuration may name files in: the repository, and what the process allows.

A link counts as the place that it leads to.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from registrar.config.layout import CONFIGS
from registrar.config.permissions import ALLOW_PATHS, explain_permission
from registrar.errors import Problem
from registrar.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from registrar.config.permissions import Permissions

__all__ = ["Boundary", "find_climbing_default", "list_default_paths", "open_boundary"]


@dataclass(frozen=True, slots=True)
class Boundary:
    """The folders, links resolved, that the files of a configuration have to lie in.

    `holds_models` says that the directories of models have to lie there as well.
    """

    folders: tuple[Path, ...]
    holds_models: bool

    def check_file(self, path: Path) -> Problem | None:
        """Return the problem of a configuration file outside, None for one inside."""
        return self._check(path, only_strict=False)

    def check_model(self, path: Path) -> Problem | None:
        """Return the problem of a model's directory outside, None where it may be used."""
        return self._check(path, only_strict=True) if self.holds_models else None

    def _check(self, path: Path, *, only_strict: bool) -> Problem | None:
        try:
            real = path.resolve()
        except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
            return Problem("path-outside", "is a link that leads to itself", "Remove the link.")
        if any(real.is_relative_to(folder) for folder in self.folders):
            return None
        message = f"leads out of the repository, to {quote(str(real))}"
        folder = real if real.is_dir() else real.parent
        hint = explain_permission(ALLOW_PATHS, str(folder), only_strict=only_strict)
        return Problem("path-outside", message, f"Copy it into the repository. {hint}")


def open_boundary(permissions: Permissions, folders: Iterable[Path] = ()) -> Boundary:
    """Return the boundary of this process.

    `folders` are those of configurations. All but the default one were named on the command line,
    or are known to lie in the repository.
    """
    current = Path.cwd()
    named = [folder for folder in folders if folder != current / CONFIGS]
    roots = [current.resolve(), *map(_root_of, named), *(p.resolve() for p in permissions.paths)]
    return Boundary(tuple(roots), holds_models=permissions.is_strict)


def find_climbing_default(root: yaml.Node | None, group: str) -> tuple[Problem, yaml.Mark] | None:
    """Return the problem of a defaults list that leads out of the folder of configurations.

    `group` is what the list of the file with the content `root` counts from.
    """
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == "defaults" and isinstance(value, yaml.SequenceNode):
            for entry in value.value:
                for path, _ in list_default_paths(entry, group):
                    if path.split("/")[0] == "..":
                        message = "a defaults list cannot lead out of the folder of configurations"
                        hint = "Name a file in that folder."
                        return Problem("path-outside", message, hint), entry.start_mark
    return None


def _root_of(folder: Path) -> Path:
    """Return the root of the repository that a folder of configurations stands for."""
    real = folder.resolve()
    return real.parent if real.name == CONFIGS else real


def list_default_paths(entry: yaml.Node, group: str) -> Iterator[tuple[str, str]]:
    """Yield the paths that an entry of a defaults list names, in their shortest form.

    Hydra counts them from `group`, the group that the file with the list was chosen from: of
    `model=prod/mnist` that is `model`. With each path comes what its own defaults list counts from.
    """
    match entry:
        case yaml.ScalarNode():
            path = _join(group, entry.value)
            yield path, posixpath.dirname(path)
        case yaml.MappingNode():
            for key, value in entry.value:
                options = value.value if isinstance(value, yaml.SequenceNode) else [value]
                for option in options:
                    if isinstance(key, yaml.ScalarNode) and isinstance(option, yaml.ScalarNode):
                        name = key.value.rpartition(" ")[2]  # after `override` and `optional`
                        yield _join(group, name, option.value), _join(group, name)
        case _:
            pass


def _join(group: str, *names: str) -> str:
    first, *rest = (name.partition("@")[0] for name in names)
    base = "" if first.startswith("/") else group
    return posixpath.normpath(
        posixpath.join(base, first.lstrip("/"), *(n.lstrip("/") for n in rest))
    )
