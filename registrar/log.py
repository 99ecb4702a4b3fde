"""The logger `registrar` of the standard library: requests, retries and waits, without secrets.

Only warnings of a long retry or wait are shown, unless `verbose=true` or REGISTRAR_LOG ask for more.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import TYPE_CHECKING

from registrar.errors import ConfigError, Problem
from registrar.secrets import scrub
from registrar.text import nearest, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "log_request",
    "log_retry",
    "log_wait",
    "read_level",
    "show_log",
    "warn_of_retry",
    "warn_of_wait",
]

LOG = logging.getLogger("registrar")
LOG.addHandler(logging.NullHandler())  # a program that uses registrar decides what it shows
VARIABLE = "REGISTRAR_LOG"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}


def log_request(method: str, url: str, outcome: object, seconds: float) -> None:
    """Log a request: its status, or why there is no reply."""
    if LOG.isEnabledFor(logging.DEBUG):
        LOG.debug("%s", _clean(f"{method} {url}: {outcome} after {seconds * 1000:.0f} ms"))


def log_retry(reason: object, wait: float) -> None:
    """Log that a failed request is repeated after a wait, in seconds."""
    LOG.info("%s", _clean(f"{reason}; trying again in {wait:.1f} s"))


def log_wait(reason: object, wait: float) -> None:
    """Log that something is looked at again after a wait, in seconds."""
    LOG.info("%s", _clean(f"{reason}; looking again in {wait:.1f} s"))


def warn_of_wait(reason: object, limit: float) -> None:
    """Warn of something that takes a while; `limit` is how long it is waited for, in seconds."""
    LOG.warning("%s", _clean(f"{reason}; waiting for up to {round(limit, 1):g} s"))


def warn_of_retry(reason: object, limit: float) -> None:
    """Warn of a server that has been failing for a while; `limit` is how long it is tried."""
    LOG.warning("%s", _clean(f"{reason}; trying again for up to {round(limit, 1):g} s"))


def read_level(*, verbose: bool) -> int:
    """Return the level of the messages to show. Raises ConfigError for another REGISTRAR_LOG."""
    if verbose:
        return logging.DEBUG
    name = os.environ.get(VARIABLE) or "warning"
    if name.lower() not in LEVELS:
        message = f"{VARIABLE} is '{printable(name)}', not one of {', '.join(LEVELS)}"
        suggestion = nearest(name, LEVELS)
        hint = None if suggestion else "Set it to one of them."
        raise ConfigError(Problem("unknown-value", message, hint, suggestion=suggestion))
    return LEVELS[name.lower()]


@contextlib.contextmanager
def show_log(level: int) -> Iterator[None]:
    """Show the messages of at least this level on stderr until the block ends."""
    handler = _Handler(sys.stderr)
    detailed = "%(asctime)s.%(msecs)03d %(message)s"
    plain = logging.Formatter("%(message)s")
    times = logging.Formatter(detailed, "%H:%M:%S")
    handler.setFormatter(times if level < logging.WARNING else plain)
    before, propagates = LOG.level, LOG.propagate
    LOG.addHandler(handler)
    LOG.setLevel(level)
    LOG.propagate = False
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(before)
        LOG.propagate = propagates


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to stderr; one that cannot be written stops no work."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Drop the message."""


def _clean(text: str) -> str:
    return printable(scrub(text))
