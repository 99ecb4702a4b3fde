"""Requests to one MLflow server, whichever library sends them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.registry.moving_files import ReceivedBytes

__all__ = [
    "BLOCK",
    "CONNECTIONS",
    "DOWNLOAD_SPEED",
    "PIECE",
    "REPLY_LIMIT",
    "Outgoing",
    "Reply",
    "Transport",
    "parse_retry_after",
]

CONNECTIONS = 8  # open at a time to one server
REPLY_LIMIT = 64 * 1024 * 1024  # bytes of a reply, decompressed; files have limits of their own
PIECE = 65_536  # bytes of a reply that are read at a time
BLOCK = 262_144  # bytes of a file that are sent or received at a time
DOWNLOAD_SPEED = 100_000  # bytes per second; a slower download is given up
SECONDS_DIGITS = 9  # of a Retry-After


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply, whatever its status. `data` is empty where the body went to a file.

    `retry_after` is how many seconds the server asks to wait before the next request.
    """

    status: int
    data: bytes = b""
    retry_after: float | None = None

    @property
    def text(self) -> str:
        """The body as text."""
        return self.data.decode(errors="replace")


class Outgoing(Protocol):
    """A file to send, of `size` bytes: it hashes what is read from it."""

    size: int

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was read so far, in hex."""

    @property
    def is_whole(self) -> bool:
        """Whether all bytes were read."""

    def read(self, size: int = -1, /) -> bytes:
        """Read bytes: none at the end only."""


class Transport(Protocol):
    """Sends requests to one server; many threads may use it.

    Methods raise NoReplyError, and UnexpectedReplyError for a reply above its limit. Only a GET
    follows a redirect: no other request is sent twice. `has_credentials` says whether requests
    carry a password or a token.
    """

    has_credentials: bool

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """Return the reply to a request. `path` is quoted; `body` is JSON."""

    def upload(self, path: str, file: Outgoing, extra: float) -> Reply:
        """Send a file with PUT; the reply may take `extra` seconds more than the timeout."""

    def download(self, path: str, received: ReceivedBytes, limit: int | None = None) -> Reply:
        """Hand over the body of a reply with status 200 as it comes in, at most `limit` bytes."""

    def close(self) -> None:
        """Close all connections."""


def parse_retry_after(text: str | None) -> float | None:
    """Return the seconds that a server asks to wait; it may also tell the time when to come back."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdecimal():
        return float(text.strip()[:SECONDS_DIGITS])
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
