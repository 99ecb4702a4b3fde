"""Configurations given in Python: a mapping, a DictConfig, a composed configuration, as a job."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.errors import ConfigError, Problem
from registrar.text import dotted, printable

if TYPE_CHECKING:
    from registrar.text import KeyPath

__all__ = ["MappingJob", "default_server", "given"]

VARIABLES = {"tracking_uri": "MLFLOW_TRACKING_URI", "registry_uri": "MLFLOW_REGISTRY_URI"}


@dataclass(frozen=True, slots=True)
class MappingJob:
    """A configuration that no file holds; a `commands.job.Job`.

    `bare` is one that is the `model` alone. `at` is where it stands in what the caller has.
    """

    name: str
    config: dict[str, Any]
    unresolved: tuple[tuple[KeyPath, Problem], ...] = ()
    bare: bool = False
    served: bool = True
    at: tuple[str, ...] = ()

    @property
    def file(self) -> None:
        """There is no file."""

    @property
    def broken(self) -> bool:
        """There is no file that could not be read."""
        return False

    def misread(self) -> tuple[()]:
        """Python's values are what they are."""
        return ()

    def no_model(self) -> Problem:
        """The problem of a composed configuration without a model."""
        return self.locate(
            (), Problem("todo", "there is no 'model'", "Give one, at least its name and uri.")
        )

    def locate(self, path: KeyPath, problem: Problem) -> Problem:
        """`problem` with the path as the caller wrote it, or the variable that set a default."""
        if path[:1] == ("server",) and not self.served:
            variable = VARIABLES.get(str(path[-1]))
            if variable in os.environ:
                return problem.at(file=f"the environment variable {variable}")
        inside = path[1:] if self.bare and path[:1] == ("model",) else path
        return replace(problem, path=dotted((*self.at, *inside)) or None)


def given(config: Any, command: str, server: Any = None, at: tuple[str, ...] = ()) -> MappingJob:
    """The job of a configuration: a whole one (`model`, `server`, ...) or the `model` alone.

    What it leaves out of `server` is as on the command line. `server`, where it is given, replaces
    the configuration's: a mapping, or the URI alone. Raises ConfigError for what is no mapping.
    """
    if not isinstance(config, Mapping):
        message = f"the configuration is a {type(config).__name__}, not a mapping"
        raise ConfigError(Problem("todo", message, "Give a dict or a DictConfig."))
    found: list[tuple[KeyPath, Problem]] = []
    try:
        whole = _plain(config, (), found)
        server = _plain(server, ("server",), found)
    except RecursionError:
        raise ConfigError(
            Problem("todo", "is nested too deeply, or holds itself", "Write it out.")
        ) from None
    bare = "model" not in whole and ("name" in whole or not {"server", "command"} & set(whole))
    if bare:
        found = [(path if path[:1] == ("server",) else ("model", *path), p) for path, p in found]
        whole = {"model": whole}
    if server is not None:
        whole["server"] = {"tracking_uri": server} if isinstance(server, str) else server
    served = whole.get("server") is not None
    whole = {**whole, "command": command}
    if not served:
        whole["server"] = default_server()
    model = whole.get("model")
    name = model.get("name") if isinstance(model, dict) else None
    return MappingJob(name if isinstance(name, str) else "", whole, tuple(found), bare, served, at)


def default_server() -> dict[str, str | None]:
    """What config/defaults/server/default.yaml says, without Hydra: MLflow's own variables, else a file."""
    return {
        "tracking_uri": os.environ.get("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db"),
        "registry_uri": os.environ.get("MLFLOW_REGISTRY_URI"),
    }


def _plain(value: Any, path: KeyPath, found: list[tuple[KeyPath, Problem]]) -> Any:
    """`value` as JSON has it, with a problem for each part that JSON has nothing for."""
    omegaconf = sys.modules.get("omegaconf")
    if omegaconf is not None and isinstance(value, omegaconf.DictConfig):
        from registrar.config.interpolation import resolved

        value, unresolved = resolved(value)
        found += [((*path, *inside), problem) for inside, problem in unresolved]
    match value:
        case str():
            return str(value)
        case None | bool() | int() | float():
            return value
        case os.PathLike():
            return os.fspath(value)
        case Mapping():
            for key in value:
                if not isinstance(key, str):
                    problem = Problem(
                        "todo", f"the key {key!r} is not text", "Give its text as the key."
                    )
                    found.append(((*path, printable(str(key))), problem))
            return {str(key): _plain(item, (*path, str(key)), found) for key, item in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [_plain(item, (*path, index), found) for index, item in enumerate(value)]
        case _:
            return _scalar(value, path, found)


def _scalar(value: Any, path: KeyPath, found: list[tuple[KeyPath, Problem]]) -> Any:
    """The number in a scalar of NumPy, PyTorch and their like."""
    try:
        item = value.item()
    except (AttributeError, ValueError, TypeError, RuntimeError):
        item = None
    if isinstance(item, str | bool | int | float):
        return item
    kind = type(value).__name__
    hint = "Give text, a number, true or false, a list, or a mapping."
    found.append(
        (path, Problem("todo", f"a configuration can not hold a value of type {kind}", hint))
    )
    return str(value)
