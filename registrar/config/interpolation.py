"""A composed configuration as plain data, with its interpolations resolved."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from registrar.config.environment import guard_environment
from registrar.config.hydra_errors import first_line
from registrar.config.interpolation_limits import (
    TOO_LARGE,
    InterpolationLimitError,
    limit_interpolations,
)
from registrar.errors import Problem

if TYPE_CHECKING:
    from registrar.config.environment import EnvironmentGuard
    from registrar.config.interpolation_limits import InterpolationLimit
    from registrar.text import KeyPath

__all__ = ["is_too_large", "resolve"]


def resolve(cfg: DictConfig | ListConfig) -> tuple[Any, tuple[tuple[KeyPath, Problem], ...]]:
    """Return `cfg` as plain data, and a problem for each value that cannot be resolved."""
    with guard_environment() as guard, limit_interpolations() as limit:
        resolution = _Resolution(guard, limit)
        config = resolution.resolve_each(cfg, ())
    return config, tuple(resolution.problems)


def is_too_large(problem: Problem) -> bool:
    """Return whether the interpolations of a configuration expand too far."""
    return problem.code == TOO_LARGE


@dataclass(slots=True)
class _Resolution:
    """The resolution of one configuration, value by value; one that fails stays as it was written."""

    guard: EnvironmentGuard
    limit: InterpolationLimit
    problems: list[tuple[KeyPath, Problem]] = field(default_factory=list)

    def resolve_each(self, node: Any, path: KeyPath, *, is_copy: bool = False) -> Any:
        """Return `node` as plain data; a copy is what an interpolation has put in its place."""
        keys = list(node) if isinstance(node, DictConfig) else range(len(node))
        plain: dict[Any, Any] = {}
        for key in keys:
            inside = (*path, key if isinstance(key, int) else str(key))
            value = self._resolve(node, key, inside, is_copy=is_copy)
            if isinstance(value, DictConfig | ListConfig):
                is_inserted = is_copy or OmegaConf.is_interpolation(node, key)
                value = self.resolve_each(value, inside, is_copy=is_inserted)
            plain[str(key)] = value
        return plain if isinstance(node, DictConfig) else list(plain.values())

    def _resolve(self, node: Any, key: Any, path: KeyPath, *, is_copy: bool) -> Any:
        """Return a value; one that fails, or that comes after too many others, as it was written."""
        if self.limit.is_exceeded:
            return _as_written(node, key)
        try:
            value = node[key]
            if is_copy:
                self.limit.add(value)
        except MissingMandatoryValue:
            message = "is '???': it has no value yet"
            problem = Problem("missing-value", message, "Give it one.")
        except OmegaConfBaseException as error:
            problem = self.guard.pop() or _explain(error)
            if isinstance(
                error, InterpolationLimitError
            ):  # it may have caused the earlier failures
                self.problems.clear()
        else:
            return value
        self.problems.append((path, problem))
        return _as_written(node, key)


def _as_written(node: Any, key: Any) -> Any:
    child = node._get_node(key)  # noqa: SLF001 - whatever is public resolves
    return OmegaConf.to_container(child) if OmegaConf.is_config(child) else child._value()  # noqa: SLF001


def _explain(error: OmegaConfBaseException) -> Problem:
    if isinstance(error, InterpolationLimitError):
        return error.problem
    return _explain_interpolation(first_line(error))


def _explain_interpolation(message: str) -> Problem:
    """Return the problem that OmegaConf describes; it has no other form than its message."""
    variable = re.search(r"Environment variable '(\w+)' not found", message)
    if variable:
        name = variable[1]
        hint = f"Set it, or give a default: ${{oc.env:{name},DEFAULT}}."
        return Problem("unset-variable", f"the environment variable {name} is not set", hint)
    if message.startswith("Unsupported interpolation type env"):
        message, hint = "there is no interpolation type env", "Write ${oc.env:NAME}."
        return Problem("invalid-interpolation", message, hint)
    return Problem("invalid-interpolation", message, "Correct the ${...}.")
