"""Where the values of a configuration given in Python came from."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.config.command_nodes import explain_command_node, find_command_nodes
from registrar.config.layout import CONFIGS
from registrar.config.permissions import STRICT, read_permissions
from registrar.errors import ConfigError, Problem
from registrar.text import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from registrar.text import KeyPath

__all__ = ["MappingSource"]

# The environment variables of the default server.
VARIABLES = {"tracking_uri": "MLFLOW_TRACKING_URI", "registry_uri": "MLFLOW_REGISTRY_URI"}


@dataclass(frozen=True, slots=True)
class MappingSource:
    """The shape of what a caller gave.

    `at` is the path of the mapping in what the caller has. `is_bare` says that the mapping is the
    `model` alone, `has_server` that the caller named a server.
    """

    at: tuple[str, ...] = ()
    is_bare: bool = False
    has_server: bool = True

    @property
    def known_models(self) -> tuple[str, ...]:
        """Nothing: no file declares the model."""
        return ()

    @property
    def folder(self) -> str:
        """The folder that new files belong in. Raises ConfigError for a wrong pyproject.toml."""
        from registrar.config.folders import find_folders  # only `dump` asks
        from registrar.config.source_file import relative_path

        folders, problems = find_folders(())
        ConfigError.raise_for(problems)
        return relative_path(folders[0]) if folders else CONFIGS

    @property
    def is_broken(self) -> bool:
        """False: there is no file that could not be read."""
        return False

    @property
    def has_default_server(self) -> bool:
        """Whether the caller named no server."""
        return not self.has_server

    @property
    def boundary(self) -> None:
        """Nothing: what Python code names counts as named on the command line."""
        return

    def find_misread(self, config: Mapping[str, Any]) -> tuple[()]:
        """Return nothing: Python's values are what they are."""
        del config
        return ()

    def find_forbidden_nodes(self, config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
        """Yield the problems of what a Hydra application's files allow themselves, in strict mode.

        What Python code gives is its own, like the command line. The node of a callback is from a
        file: it has a path in what the caller has.
        """
        if self.at and "apply" in config and read_permissions().is_strict:
            for path in find_command_nodes({"apply": config["apply"]}):
                problem = explain_command_node(path)
                hint = f"{problem.hint} Strict mode asks for it: see {STRICT}."
                yield path, replace(problem, hint=hint)

    def find_unused(self, config: Mapping[str, Any]) -> Iterable[tuple[KeyPath, Problem]]:
        """Return the problems of fields that the command would ignore."""
        from registrar.config.command_fields import find_unused_fields

        return find_unused_fields(config)

    def is_given(self, path: KeyPath) -> bool:
        """Return whether Python code gave a value; the node of a Hydra application is from a file."""
        return not self.at or (path[:1] == ("server",) and not self.has_server)

    def has_model(self, config: Mapping[str, Any]) -> bool:
        """Return whether the caller gave a model."""
        return "model" in config

    def explain_no_model(self) -> Problem:
        """Return the problem of a composed configuration without a model."""
        hint = "Give one, at least its name and uri."
        return self.locate((), Problem("no-model-chosen", "there is no 'model'", hint))

    def locate(self, path: KeyPath, problem: Problem) -> Problem:
        """Return `problem` with the path as the caller wrote it, or the variable of a default."""
        if path[:1] == ("server",) and not self.has_server:
            variable = VARIABLES.get(str(path[-1]))
            if variable is not None and variable in os.environ:
                problem = problem.at(file=f"the environment variable {variable}")
                return replace(problem, path=dotted(path))
        inside = path[1:] if self.is_bare and path[:1] == ("model",) else path
        return replace(problem, path=dotted((*self.at, *inside)) or None)
