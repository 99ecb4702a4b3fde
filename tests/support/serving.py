"""Small servers of tests, in a thread of this process."""

from __future__ import annotations

import contextlib
import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

from registrar.registry.http.artifacts import HttpFiles
from registrar.registry.http.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from socketserver import BaseServer

__all__ = ["serve", "serve_files"]

POLL_SECONDS = 0.02  # how soon the thread sees that the server is to end


@contextlib.contextmanager
def serve(server: BaseServer) -> Iterator[None]:
    """Serve until the block ends, then close the server."""
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def serve_files(handler: type[BaseHTTPRequestHandler]) -> Iterator[HttpFiles]:
    """Serve until the block ends; yield the files of a model that the handler gives and takes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    with (
        serve(server),
        contextlib.closing(Session(f"http://127.0.0.1:{server.server_port}", 5)) as session,
    ):
        yield HttpFiles(session, "mlflow-artifacts:/1/model")
