"""A listener on loopback that nothing may contact."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sink", "open_sink"]


@dataclass
class Sink:
    """Where a listener is, and the first bytes of each connection it got."""

    address: str
    received: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def open_sink() -> Iterator[Sink]:
    """Listen until the block ends; every connection is recorded, and closed without a reply."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sink = Sink(f"127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=_listen, args=(listener, sink), daemon=True)
        thread.start()
        yield sink
        listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        thread.join(timeout=10)


def _listen(listener: socket.socket, sink: Sink) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(1)
                received = b""
                with contextlib.suppress(OSError):
                    received = connection.recv(4096)
                sink.received.append(received)
