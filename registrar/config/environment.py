"""`${oc.env:NAME}`: a configuration reads only the variables that it may read.

OmegaConf asks a resolver for the value, wherever an interpolation stands: in a field, in a defaults
list, in a node of Hydra. So the resolver is the place for the rule.
"""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf
from omegaconf.resolvers import oc

from registrar.config.permissions import ALLOW_ENV, explain_permission, read_permissions
from registrar.errors import Problem
from registrar.secrets import is_secret_name
from registrar.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.config.permissions import Permissions

__all__ = ["EnvironmentGuard", "guard_environment"]

_current: ContextVar[EnvironmentGuard | None] = ContextVar("environment_guard", default=None)


@dataclass(slots=True)
class EnvironmentGuard:
    """What a composition may read of the environment, and what it was refused."""

    permissions: Permissions
    refused: list[Problem] = field(default_factory=list)

    def pop(self) -> Problem | None:
        """Return the last refusal since the last call; None if there was none."""
        problem = self.refused[-1] if self.refused else None
        self.refused.clear()
        return problem

    def check(self, name: str) -> None:
        """Record a refusal, and raise KeyError, for a variable that may not be read."""
        if not self.permissions.may_read_variable(name):
            self.refused.append(_explain_refusal(name))
            raise KeyError(name)


@contextlib.contextmanager
def guard_environment() -> Iterator[EnvironmentGuard]:
    """Let `${oc.env:NAME}` read only what is allowed, until the block ends.

    Other Hydra applications of this process, and other threads, are left alone. The guard of an
    outer block stays in force.
    """
    guard = _current.get()
    if guard is not None:
        yield guard
        return
    OmegaConf.register_new_resolver("oc.env", _read_variable, replace=True)
    guard = EnvironmentGuard(read_permissions())
    token = _current.set(guard)
    try:
        yield guard
    finally:
        _current.reset(token)


def _read_variable(name: Any, *default: Any) -> str | None:
    """Return the value of an environment variable, as `oc.env` does."""
    guard = _current.get()
    if guard is not None:
        guard.check(str(name))
    return oc.env(name, *default)


def _explain_refusal(name: str) -> Problem:
    is_secret = is_secret_name(name)
    message = f"a configuration may not read the environment variable {quote(name)}"
    if is_secret:
        message += ": its name says that it holds a secret"
    hint = explain_permission(ALLOW_ENV, name, only_strict=not is_secret)
    return Problem("variable-not-allowed", message, hint)
