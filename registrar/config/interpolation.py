"""A composed configuration as plain data, its interpolations resolved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from registrar.config.hydra_errors import first_line
from registrar.errors import Problem

if TYPE_CHECKING:
    from registrar.text import KeyPath

__all__ = ["resolved"]


def resolved(cfg: DictConfig) -> tuple[dict[str, Any], tuple[tuple[KeyPath, Problem], ...]]:
    """`cfg` as plain data, with a problem for each value that can not be resolved."""
    try:
        value = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException:
        found: list[tuple[KeyPath, Problem]] = []
        value = _resolve(cfg, (), found)
        return value, tuple(found)
    assert isinstance(value, dict)
    return {str(key): item for key, item in value.items()}, ()


def _resolve(node: Any, path: KeyPath, found: list[tuple[KeyPath, Problem]]) -> Any:
    keys = list(node) if isinstance(node, DictConfig) else range(len(node))
    plain: dict[str, Any] = {}
    for key in keys:
        inside = (*path, key if isinstance(key, int) else str(key))
        raw = OmegaConf.to_container(node, resolve=False)[key]  # type: ignore[index]
        try:
            missing = OmegaConf.is_missing(node, key)
            value = raw if missing else node[key]
        except OmegaConfBaseException as error:
            found.append((inside, _interpolation(first_line(error))))
            value = raw
        else:
            if missing:
                found.append(
                    (inside, Problem("todo", "is '???': it has no value yet", "Give it one."))
                )
        if isinstance(value, DictConfig | ListConfig):
            value = _resolve(value, inside, found)
        plain[str(key)] = value
    return plain if isinstance(node, DictConfig) else list(plain.values())


def _interpolation(message: str) -> Problem:
    variable = re.search(r"Environment variable '(\w+)' not found", message)
    if variable:
        name = variable[1]
        hint = f"Set it, or give a default: ${{oc.env:{name},DEFAULT}}."
        return Problem("todo", f"the environment variable {name} is not set", hint)
    if message.startswith("Unsupported interpolation type env"):
        return Problem("todo", "there is no interpolation type env", "Write ${oc.env:NAME}.")
    return Problem("todo", message, "Correct the ${...}.")
