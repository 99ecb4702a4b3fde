"""How often the interpolations of one configuration may be resolved.

`${a}${a}` in ten fields, each of which names the one before, is a text of gigabytes: interpolations
expand as the aliases of YAML do.
"""

from __future__ import annotations

import contextlib
import functools
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omegaconf.base import Container
from omegaconf.errors import InterpolationResolutionError

from registrar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["InterpolationLimitError", "limit_interpolations"]

MAX_INTERPOLATIONS = 10_000
MAX_CHARACTERS = 2**20
LIMITS = f"{MAX_INTERPOLATIONS} values or {MAX_CHARACTERS // 2**20} MiB"
MESSAGE = f"interpolations expand to more than {LIMITS}"

_current: ContextVar[InterpolationLimit | None] = ContextVar("interpolation_limit", default=None)


class InterpolationLimitError(InterpolationResolutionError):
    """The interpolations of a configuration expand too far.

    OmegaConf makes another error of the same class and adds to its message.
    """

    @property
    def problem(self) -> Problem:
        """What is wrong, without a place."""
        return Problem("yaml-too-large", MESSAGE, "Write the values out.")


@dataclass(slots=True)
class InterpolationLimit:
    """What the interpolations of one configuration have used so far."""

    count: int = 0
    characters: int = 0
    is_exceeded: bool = False

    def check(self) -> None:
        """Raise InterpolationLimitError where too much is used."""
        if self.count > MAX_INTERPOLATIONS or self.characters > MAX_CHARACTERS:
            self.is_exceeded = True
            raise InterpolationLimitError(MESSAGE)


@contextlib.contextmanager
def limit_interpolations() -> Iterator[InterpolationLimit]:
    """Count the interpolations that are resolved until the block ends.

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
    """Make OmegaConf ask the limit in use whenever it resolves an interpolation."""
    resolve_parse_tree = Container.resolve_parse_tree

    @functools.wraps(resolve_parse_tree)
    def resolve_counted(self: Container, *args: Any, **kwargs: Any) -> Any:
        limit = _current.get()
        if limit is None:
            return resolve_parse_tree(self, *args, **kwargs)
        limit.count += 1
        limit.check()
        value = resolve_parse_tree(self, *args, **kwargs)
        if isinstance(value, str):
            limit.characters += len(value)
            limit.check()
        return value

    Container.resolve_parse_tree = resolve_counted  # type: ignore[method-assign]
