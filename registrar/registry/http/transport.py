"""Requests to one MLflow server, whichever library sends them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["CONNECTIONS", "Reply", "Transport"]

CONNECTIONS = 8  # open at a time to one server


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply, whatever its status. `data` is empty where the body went to a file."""

    status: int
    data: bytes = b""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.data.decode(errors="replace")


class Transport(Protocol):
    """Sends requests to one server; many threads may use it. Methods raise NoReplyError.

    Only a GET follows a redirect: no other request is sent twice.
    """

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """Return the reply to a request. `path` is quoted; `body` is JSON."""

    def upload(self, path: str, file: Path, extra: float) -> Reply:
        """Send a file with PUT; the reply may take `extra` seconds more than the timeout."""

    def download(self, path: str, file: Path) -> Reply:
        """Write the body of a reply with status 200 to a file, piece by piece."""

    def close(self) -> None:
        """Close all connections."""
