"""Where a composed value came from: an override, or a file with line and column."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import yaml
from hydra.types import RunMode

from registrar.config.assignment import Assignment
from registrar.config.command_nodes import explain_command_node, find_command_nodes
from registrar.config.file_rules import explain_inclusion, is_of_the_model
from registrar.config.files import PACKAGED
from registrar.config.hydra_errors import explain_no_model
from registrar.config.misread_values import list_numbers, list_tag_values, parse_reference
from registrar.config.override import parse_override
from registrar.config.override_values import scan_value
from registrar.config.quoting import redact
from registrar.config.scalars import explain_misread, explain_misread_number
from registrar.config.search_path import use_files
from registrar.config.yaml_nodes import find_key_node, find_value_node, find_variable
from registrar.text import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hydra.core.config_loader import ConfigLoader
    from hydra.core.default_element import ResultDefault

    from registrar.config.boundary import Boundary
    from registrar.config.files import ConfigFiles
    from registrar.config.override import Override
    from registrar.config.source_file import SourceFile
    from registrar.errors import Problem
    from registrar.text import KeyPath

__all__ = ["Origin"]

DEFAULT_SERVER = PACKAGED / "server" / "default.yaml"
FROM_FILES = re.compile(r"\$\{(?!oc\.env:)")
# Values that are right once they stand in quotes.
QUOTABLE = {"misread-value", "not-finite", "not-text"}
MOST_REFERENCES = 20  # fields, each of which takes its value from the next one


@dataclass(frozen=True, eq=False)
class Origin:
    """Where the values of one composed job came from. It costs nothing until it is asked.

    `overrides` are those of the job, `typed` those of the command line as they were typed, each by
    its text for Hydra. `groups` are the configuration groups of the job. `misread` is given for a model whose file was read without Hydra: what was lost in it.
    """

    config_files: ConfigFiles
    loader: ConfigLoader
    config_name: str
    overrides: tuple[str, ...]
    groups: frozenset[str]
    typed: Mapping[str, str] = field(default_factory=dict)
    misread: tuple[tuple[KeyPath, Problem], ...] | None = None

    has_server: ClassVar[bool] = True  # a composed configuration always has one

    def with_model(
        self, name: str, misread: tuple[tuple[KeyPath, Problem], ...] | None = None
    ) -> Origin:
        """Return the origin of the same job with a model chosen; `misread` as in the class."""
        # Quoted, as a name may hold what Hydra's grammar gives a meaning.
        overrides = (f"model='{name}'", *self.overrides)
        return replace(self, overrides=overrides, groups=_with_model(self.groups), misread=misread)

    def with_overrides(self, overrides: tuple[str, ...]) -> Origin:
        """Return the origin of the same job with more overrides."""
        return replace(self, overrides=(*self.overrides, *overrides))

    @property
    def known_models(self) -> list[str]:
        """The names of all configurations of models."""
        return self.config_files.list_models()

    @property
    def folder(self) -> str:
        """The folder that new files belong in."""
        return self.config_files.folder

    @property
    def is_broken(self) -> bool:
        """Whether a file of this job cannot be read; its problems are reported with the file."""
        return self.misread is None and any(file.problems for file, _ in self.files)

    @property
    def has_default_server(self) -> bool:
        """Whether the server is that of registrar's defaults, rather than a chosen one."""
        chosen = [d for d in self._defaults if not (d.parent or "").startswith("server/")]
        paths = [self.config_files.find_path(d.config_path or "") for d in chosen]
        return DEFAULT_SERVER in paths

    @property
    def boundary(self) -> Boundary:
        """The folders that the files of the job have to lie in."""
        return self.config_files.boundary

    def has_model(self, config: Mapping[str, Any]) -> bool:
        """Return whether a model is chosen, or given whole; overrides of some fields choose none."""
        model = config.get("model")
        if not isinstance(model, dict):
            return "model" in config
        is_whole = "name" in model and len(model) > 1
        return is_whole or not model or not all(self.is_given(("model", key)) for key in model)

    def explain_no_model(self) -> Problem:
        """Return the problem of a command line that chooses no model, with the known names."""
        return explain_no_model(self.config_files)

    def locate(self, path: KeyPath, problem: Problem) -> Problem:
        """Return `problem` with the place of the value at `path`, or of its nearest parent."""
        problem = replace(problem, path=dotted(path) or None)
        for length in range(len(path), 0, -1):
            located = self._locate_override(path, length, problem)
            located = located or self._locate_file(path[:length], problem)
            if located is not None:
                return located
        return problem

    def find_misread(self, config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
        """Yield the problems of metadata and tags whose text was lost when it was read."""
        if self.misread is not None:
            yield from self.misread
            return
        has_odd_files = any(file.has_odd_scalars for file in self.config_files.files.values())
        for path, value in list_tag_values(config):
            written = self._find_written(path, has_odd_files=has_odd_files)
            override = self._find_override(written) if written is not None else None
            if written is None:
                problem = None
            elif override is not None:
                problem = override.explain_misread(written, value)
            else:
                problem = explain_misread(self._find_raw(written) or "", value)
            if written is not None and problem is not None:
                yield written, problem
        for path, value in list_numbers(config) if has_odd_files else ():
            if self._find_override(path) is None and (raw := self._find_raw(path)) is not None:
                problem = explain_misread_number(raw, value)
                if problem is not None:
                    yield path, problem

    def find_forbidden_nodes(self, config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
        """Yield the problems of values that only the command line may set, and a file does."""
        for path in find_command_nodes(config):
            if self._find_override(path) is None and not self._is_chosen(path):
                yield path, explain_command_node(path)

    def is_given(self, path: KeyPath) -> bool:
        """Return whether an override gives the value at `path`, and takes nothing from a file."""
        override = self._find_override(path)
        return override is not None and FROM_FILES.search(override.override.text) is None

    def find_strays(self) -> Problem | None:
        """Return the problem of a model's file that includes what is not the model's."""
        parents = {default.config_path: default.parent for default in self._defaults}
        for default in self._defaults:
            file = self.config_files.find(default.config_path or "")
            root = None if file is None else file.root
            if is_of_the_model(root, default.package or ""):
                continue
            name, seen = default.parent, {default.config_path}
            while name is not None and name not in seen:
                including = self.config_files.find(name)
                if including is not None and including.is_model:
                    found = explain_inclusion(default.config_path or "", including.root)
                    return including.place(*found)
                seen.add(name)
                name = parents.get(name)
        return None

    def find_unused(self, config: Mapping[str, Any]) -> tuple[()]:
        """Return nothing: overrides were checked before, and files serve several commands."""
        del config
        return ()

    @functools.cached_property
    def _defaults(self) -> Sequence[ResultDefault]:
        """The files of this job as Hydra composes them, its own included."""
        with use_files(self.config_files):
            defaults = self.loader.compute_defaults_list(
                self.config_name, list(self.overrides), RunMode.RUN
            )
        return tuple(defaults.defaults)

    @functools.cached_property
    def files(self) -> list[tuple[SourceFile, KeyPath]]:
        """The files of this job, the last composed last, each with the path it is packaged at."""
        files: list[tuple[SourceFile, KeyPath]] = []
        for default in self._defaults:
            file = self.config_files.find(default.config_path or "")
            package = tuple((default.package or "").split(".")) if default.package else ()
            if file is not None and default.config_path:
                files.append((file, package))
        return files

    @functools.cached_property
    def _assignments(self) -> tuple[Assignment, ...]:
        """The overrides that set fields, the last first."""
        parsed = [self._parse(text) for text in reversed(self.overrides)]
        return tuple(
            Assignment(override, scan_value(override.value or ""))
            for override in parsed
            if override.key not in self.groups and not override.is_removal
        )

    def _parse(self, text: str) -> Override:
        return replace(parse_override(text), typed=self.typed.get(text, text))

    def _find_override(self, path: KeyPath) -> Assignment | None:
        """Return the last override that sets the value at `path`."""
        return next((a for a in self._assignments if a.sets(path)), None)

    def _is_chosen(self, path: KeyPath) -> bool:
        """Return whether the command line chooses the file of `path`, as `promote.to=server/X` does."""
        packages = [parse_override(text).package for text in self.overrides]
        chosen = [tuple(package.split(".")) for package in packages if package]
        return any(path[: len(parts)] == parts for parts in chosen)

    def _locate_override(self, path: KeyPath, length: int, problem: Problem) -> Problem | None:
        """Return the problem at the override that sets the first `length` parts of `path`."""
        assignment = self._find_override(path[:length])
        if assignment is None:
            return None
        if problem.code in QUOTABLE:
            quoted = assignment.quote(path, is_text=problem.code == "not-text")
            problem = replace(problem, hint=f"Quote the value: {quoted}.")
        return problem.at(override=redact(assignment.override.typed))

    def _locate_file(self, path: KeyPath, problem: Problem) -> Problem | None:
        """Return the problem at the file, composed last, that holds a value at `path`."""
        for file, inside in self._files_for(path):
            if file.root is None and not inside:
                return problem.at(file=file.display_path, line=1, column=1)
            node = find_key_node(file.root, inside)
            if node is not None:
                variable = find_variable(find_value_node(file.root, inside))
                if variable and file.path.is_relative_to(PACKAGED):
                    return problem.at(file=f"the environment variable {variable}")
                return file.place(problem, node.start_mark)
        return None

    def _find_written(self, path: KeyPath, *, has_odd_files: bool) -> KeyPath | None:
        """Return where the value at `path` is written without quotes; None where nothing is lost.

        That is elsewhere where `${...}` takes it from another field. What a resolver makes, or a text
        with something around `${...}`, is not judged.
        """
        for _ in range(MOST_REFERENCES):
            for length in range(len(path), 0, -1):
                override = self._find_override(path[:length])
                if override is None and not has_odd_files:
                    return None
                find_raw = self._find_raw if override is None else override.find_raw
                if (raw := find_raw(path[:length])) is not None:
                    break
            else:
                return None
            reference = parse_reference(raw)
            if reference is None:
                return path if length == len(path) and "${" not in raw else None
            path = (*reference, *path[length:])
        return None

    def _find_raw(self, path: KeyPath) -> str | None:
        """Return the text of the scalar at `path`, as its file has it; None for one in quotes."""
        for file, inside in self._files_for(path):
            node = find_value_node(file.root, inside)
            if isinstance(node, yaml.ScalarNode):
                is_kept = node.style and parse_reference(node.value) is None
                return None if is_kept else str(node.value)
        return None

    def _files_for(self, path: KeyPath) -> Iterator[tuple[SourceFile, KeyPath]]:
        """Yield the files that may hold `path`, the last composed first, with the path inside."""
        for file, package in reversed(self.files):
            if path[: len(package)] == package:
                yield file, path[len(package) :]


@functools.lru_cache(maxsize=8)
def _with_model(groups: frozenset[str]) -> frozenset[str]:
    return groups | {"model"}  # one set for all models
