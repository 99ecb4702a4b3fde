"""How much the interpolations of one configuration may put in.

`${a}${a}` in ten fields, each of which names the one before, is a text of gigabytes: interpolations
expand as the aliases of YAML do.
"""

from __future__ import annotations

import contextlib
import functools
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omegaconf.base import Container, Node
from omegaconf.errors import InterpolationResolutionError

from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TOO_LARGE", "InterpolationLimit", "InterpolationLimitError", "limit_interpolations"]

MAX_INTERPOLATIONS = 10_000
MAX_CHARACTERS = 2**20
LIMITS = f"{MAX_INTERPOLATIONS} values or {MAX_CHARACTERS // 2**20} MiB"
TOO_LARGE = "yaml-too-large"
MESSAGE = f"interpolations expand to more than {LIMITS}"

_current: ContextVar[InterpolationLimit | None] = ContextVar("interpolation_limit", default=None)


class InterpolationLimitError(InterpolationResolutionError):
    """The interpolations of a configuration expand too far.

    OmegaConf makes another error of the same class and adds to its message.
    """

    @property
    def problem(self) -> Problem:
        """What is wrong, without a place."""
        return Problem(TOO_LARGE, MESSAGE, "Write the values out.")


@dataclass(slots=True)
class InterpolationLimit:
    """What the interpolations of one configuration have used so far."""

    count: int = 0
    characters: int = 0
    is_exceeded: bool = False

    def add(self, value: object) -> None:
        """Count a value that an interpolation puts in. Raises InterpolationLimitError."""
        self.count += 1
        if isinstance(value, str):
            self.characters += len(value)
        if self.count > MAX_INTERPOLATIONS or self.characters > MAX_CHARACTERS:
            self.is_exceeded = True
            raise InterpolationLimitError(MESSAGE)


@contextlib.contextmanager
def limit_interpolations() -> Iterator[InterpolationLimit]:
    """Count what interpolations put in until the block ends.

    Other Hydra applications of this process, and other threads, are left alone.
    """
    _count_resolutions()
    limit = InterpolationLimit()
    token = _current.set(limit)
    try:
        yield limit
    finally:
        _current.reset(token)


@functools.cache
def _count_resolutions() -> None:
    """Make OmegaConf tell the limit in use of each `${...}` that it resolves, before it joins them."""
    for name in ("_resolve_node_interpolation", "_evaluate_custom_resolver"):
        setattr(Container, name, _counted(getattr(Container, name)))


def _counted(resolve: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(resolve)
    def resolve_counted(*args: Any, **kwargs: Any) -> Any:
        value = resolve(*args, **kwargs)
        limit = _current.get()
        if limit is not None:
            limit.add(value._value() if isinstance(value, Node) else value)  # noqa: SLF001
        return value

    return resolve_counted
