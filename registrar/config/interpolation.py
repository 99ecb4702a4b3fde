"""A composed configuration as plain data, with its interpolations resolved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from registrar.config.environment import guard_environment
from registrar.config.hydra_errors import first_line
from registrar.config.interpolation_limits import (
    InterpolationLimitError,
    limit_interpolations,
)
from registrar.errors import Problem

if TYPE_CHECKING:
    from registrar.config.environment import EnvironmentGuard
    from registrar.text import KeyPath

__all__ = ["resolve"]


def resolve(cfg: DictConfig) -> tuple[dict[str, Any], tuple[tuple[KeyPath, Problem], ...]]:
    """Return `cfg` as plain data, and a problem for each value that cannot be resolved."""
    with guard_environment() as guard:
        try:
            with limit_interpolations():
                config = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
        except OmegaConfBaseException:
            problems: list[tuple[KeyPath, Problem]] = []
            guard.pop()
            with limit_interpolations() as limit:
                config = _resolve_each(cfg, (), problems, guard)
            if limit.is_exceeded:  # all later interpolations failed as well
                problems = [item for item in problems if item[1].code == "yaml-too-large"][:1]
            return config, tuple(problems)
    plain: dict[str, Any] = _with_text_keys(config)
    return plain, ()


def _with_text_keys(value: Any) -> Any:
    """Return `value` with text for keys: in an override, Hydra reads `{2026: a}` with a number."""
    match value:
        case dict():
            return {str(key): _with_text_keys(item) for key, item in value.items()}
        case list():
            return [_with_text_keys(item) for item in value]
        case _:
            return value


def _resolve_each(
    node: Any, path: KeyPath, problems: list[tuple[KeyPath, Problem]], guard: EnvironmentGuard
) -> Any:
    """Return `node` as plain data, value by value; one that fails stays as it was written."""
    keys = list(node) if isinstance(node, DictConfig) else range(len(node))
    written: Any = OmegaConf.to_container(node, resolve=False)
    plain: dict[str, Any] = {}
    for key in keys:
        inside = (*path, key if isinstance(key, int) else str(key))
        value = written[key]
        try:
            if OmegaConf.is_missing(node, key):
                message = "is '???': it has no value yet"
                problems.append((inside, Problem("missing-value", message, "Give it one.")))
            else:
                value = node[key]
        except OmegaConfBaseException as error:
            problems.append((inside, guard.pop() or _explain(error)))
        if isinstance(value, DictConfig | ListConfig):
            value = _resolve_each(value, inside, problems, guard)
        plain[str(key)] = value
    return plain if isinstance(node, DictConfig) else list(plain.values())


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
