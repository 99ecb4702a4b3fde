"""Pass bytes between two connections, as proxies do that do not look into them."""

from __future__ import annotations

import contextlib
import socket
import threading

__all__ = ["relay"]

BLOCK_BYTES = 1 << 16


def relay(client: socket.socket, upstream: socket.socket) -> None:
    """Pass on what each side sends, until both have ended."""
    thread = threading.Thread(target=_copy, args=(upstream, client), daemon=True)
    thread.start()
    _copy(client, upstream)
    thread.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):  # one side has hung up
        while data := source.recv(BLOCK_BYTES):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
