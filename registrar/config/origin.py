"""Where a composed value came from: an override, or a file with line and column."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import yaml
from hydra.types import RunMode

from registrar.config.files import PACKAGED
from registrar.config.quoting import quoted, redacted
from registrar.config.scalars import misread
from registrar.config.search_path import reading
from registrar.errors import Problem
from registrar.text import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hydra.core.config_loader import ConfigLoader

    from registrar.config.files import Reading, SourceFile
    from registrar.text import KeyPath

__all__ = ["Origin", "misread_in"]

VARIABLE = re.compile(r"\$\{oc\.env:(\w+)")

MISSING = object()


class Origin:
    """Answers where the values of one job came from; costs nothing until it is asked."""

    def __init__(
        self,
        current: Reading,
        loader: ConfigLoader,
        config_name: str,
        overrides: tuple[str, ...],
        groups: frozenset[str],
    ) -> None:
        self.reading = current
        self.loader = loader
        self.config_name = config_name
        self.overrides = overrides
        self.groups = groups

    def with_model(self, name: str) -> Origin:
        """The same with a model chosen."""
        # Quoted, as a name may hold what Hydra's grammar gives a meaning.
        return self._with((f"model='{name}'", *self.overrides), self.groups | {"model"})

    def with_overrides(self, overrides: tuple[str, ...]) -> Origin:
        """The same with more overrides."""
        return self._with((*self.overrides, *overrides), self.groups)

    def _with(self, overrides: tuple[str, ...], groups: frozenset[str]) -> Origin:
        return Origin(self.reading, self.loader, self.config_name, overrides, groups)

    def locate(self, path: KeyPath, problem: Problem) -> Problem:
        """`problem` with the place of the value at `path`, or of the nearest parent that has one."""
        problem = replace(problem, path=dotted(path) or None)
        override = self._override(path)
        if override is not None:
            if (problem.hint or "").startswith("Quote it"):
                problem = replace(problem, hint=f"Quote the value: {redacted(quoted(override))}.")
            return problem.at(override=redacted(override))
        for length in range(len(path), 0, -1):
            for file, inside in self._holders(path[:length]):
                if file.root is None and not inside:
                    return problem.at(file=file.shown, line=1, column=1)
                node = _descend(file.root, inside)
                if node is not None:
                    variable = _variable(_descend(file.root, inside, value=True))
                    if variable and file.path.is_relative_to(PACKAGED):
                        return problem.at(file=f"the environment variable {variable}")
                    mark = node.start_mark
                    return problem.at(file=file.shown, line=mark.line + 1, column=mark.column + 1)
        return problem

    def misread(self, config: dict[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
        """Tags whose text was lost when it was read, see `scalars`."""
        odd = any(file.odd for file in self.reading.files.values())
        for path, value in _tags(config.get("model")):
            raw = self._raw(path) if odd or self._override(path) else None
            found = misread(raw, value) if raw is not None else None
            if found:
                yield path, Problem("todo", *found)

    @property
    def broken(self) -> bool:
        """Whether a file of this job could not be read: its problems are reported already."""
        return any(file.problems for file, _ in self.files)

    def _raw(self, path: KeyPath) -> str | None:
        override = self._override(path)
        if override is not None:
            key, _, raw = override.partition("=")
            return raw if _key(key) == dotted(path) else None
        for file, inside in self._holders(path):
            node = _descend(file.root, inside, value=True)
            if isinstance(node, yaml.ScalarNode):
                return None if node.style else str(node.value)
        return None

    def _override(self, path: KeyPath) -> str | None:
        """The last override that set the value at `path`, or a parent of it."""
        name = dotted(path)
        for override in reversed(self.overrides):
            key = _key(override.partition("=")[0])
            if key in self.groups or override.startswith("~"):
                continue
            if name == key or name.startswith((f"{key}.", f"{key}[")):
                return override
        return None

    def _holders(self, path: KeyPath) -> Iterator[tuple[SourceFile, KeyPath]]:
        """The files that may hold `path`, the last composed first, with the path inside each."""
        for file, package in reversed(self.files):
            if path[: len(package)] == package:
                yield file, path[len(package) :]

    @functools.cached_property
    def files(self) -> list[tuple[SourceFile, KeyPath]]:
        """The files of this job, the last composed last, each with the package it stands in."""
        with reading(self.reading):
            defaults = self.loader.compute_defaults_list(
                self.config_name, list(self.overrides), RunMode.RUN
            )
        found: list[tuple[SourceFile, KeyPath]] = []
        for default in defaults.defaults:
            file = self.reading.find(default.config_path or "")
            package = tuple((default.package or "").split(".")) if default.package else ()
            if file is not None and default.config_path:
                found.append((file, package))
        return found


def misread_in(root: yaml.Node, config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Tags of a model whose text was lost; `root` holds the model and nothing else."""
    for path, value in _tags(config.get("model")):
        node = _descend(root, path[1:], value=True)
        if isinstance(node, yaml.ScalarNode) and not node.style:
            found = misread(node.value, value)
            if found:
                yield path, Problem("todo", *found)


def _key(text: str) -> str:
    return text.lstrip("+~").partition("@")[0]


def _descend(node: yaml.Node | None, path: KeyPath, *, value: bool = False) -> yaml.Node | None:
    """The node of the key at `path` (of its value if `value`), or None where the file has none."""
    at: yaml.Node | None = node
    for part in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                return None
            at, node = pair
        elif (
            isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value)
        ):
            at = node = node.value[part]
        else:
            return None
    return node if value else at


def _variable(node: yaml.Node | None) -> str | None:
    """The environment variable that a value is taken from, if it is."""
    found = VARIABLE.match(node.value) if isinstance(node, yaml.ScalarNode) else None
    return found[1] if found else None


def _tags(model: Any) -> Iterator[tuple[KeyPath, Any]]:
    """Every metadata and tag value of a model's configuration that is not text, with its path."""
    if not isinstance(model, dict):
        return
    places: list[tuple[KeyPath, Any]] = [(("model", "metadata"), model.get("metadata"))]
    parent = model.get("registered_model")
    if isinstance(parent, dict):
        places.append((("model", "registered_model", "tags"), parent.get("tags")))
    versions = model.get("versions")
    for index, entry in enumerate(versions if isinstance(versions, list) else ()):
        if isinstance(entry, dict):
            places.append((("model", "versions", index, "metadata"), entry.get("metadata")))
    for path, tags in places:
        yield from _scalars(path, tags)


def _scalars(path: KeyPath, value: Any) -> Iterator[tuple[KeyPath, Any]]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _scalars((*path, key), item)
        case list():
            for index, item in enumerate(value):
                yield from _scalars((*path, index), item)
        case bool() | int() | float():
            yield path, value
        case _:
            pass
