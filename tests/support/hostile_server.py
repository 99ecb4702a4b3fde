"""A server that answers as it is told: any bytes, without end, drop by drop, or never.

What it is not told about, it answers as a small MLflow server would: with the model `mnist` that
has one version.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import json
import socketserver
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.support.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["HEALTHY", "LOGGED_MODEL", "RUN", "HostileServer", "run_hostile_server"]

MEBIBYTE = 1024 * 1024
DRIP_INTERVAL = 0.05  # seconds
RUN = "a" * 32
LOGGED_MODEL = "m-" + "b" * 32
VERSION = {
    "name": "mnist",
    "version": "1",
    "source": "s3://bucket/mnist",
    "creation_timestamp": 1,
    "tags": [{"key": "registrar_digest", "value": "sha256:1"}],
}
METRIC = {"key": "loss", "value": 0.0, "timestamp": 1, "step": 2, "run_id": RUN}
MODEL = {
    "info": {
        "model_id": LOGGED_MODEL,
        "name": "mnist",
        "status": "LOGGED_MODEL_READY",
        "artifact_uri": "mlflow-artifacts:/1/models/x/artifacts",
    },
    "data": {"metrics": [METRIC]},
}
EXPERIMENT = {
    "experiment_id": "1",
    "lifecycle_stage": "active",
    "artifact_location": "mlflow-artifacts:/1",
}
# Replies by the end of the request's path.
HEALTHY: Mapping[str, Any] = {
    "registered-models/get": {"registered_model": {"name": "mnist", "latest_versions": [VERSION]}},
    "registered-models/search": {"registered_models": [{"name": "mnist"}]},
    "registered-models/alias": {"model_version": VERSION},
    "registered-models/create": {"registered_model": {"name": "mnist"}},
    "model-versions/search": {"model_versions": [VERSION]},
    "model-versions/get": {"model_version": VERSION},
    "model-versions/get-download-uri": {"artifact_uri": "mlflow-artifacts:/1/models/x/artifacts"},
    "model-versions/create": {"model_version": {**VERSION, "version": "2"}},
    "experiments/get-by-name": {"experiment": EXPERIMENT},
    "experiments/search": {"experiments": [EXPERIMENT]},
    "logged-models/search": {"models": [MODEL]},
    f"logged-models/{LOGGED_MODEL}": {"model": MODEL},
    "metrics/get-history-bulk-interval": {"metrics": [METRIC]},
    "runs/get": {
        "run": {
            "info": {
                "run_id": RUN,
                "experiment_id": "1",
                "lifecycle_stage": "active",
                "artifact_uri": "mlflow-artifacts:/1/run/artifacts",
            }
        }
    },
    "runs/search": {"runs": []},
    "mlflow-artifacts/artifacts": {"files": [{"path": "MLmodel", "file_size": 11}]},
}
MLMODEL = b"flavors: {}"


class HostileServer:
    """The replies of a server by the end of a path; `requests` are the paths that were asked for.

    A reply has a `status`, `headers`, and one of: `json` (any value), `text`, `raw` (everything that
    is sent, status line included), `mebibytes` (that many zeros; `gzip` compresses them), `drip` (a
    byte now and then, in the `head` or the `body`), `silent`, `length` (what Content-Length says),
    `pages` (tokens without end: the `same`, or `empty` pages). An entry under "*" answers every request.
    """

    def __init__(self, replies: Mapping[str, Mapping[str, Any]]) -> None:
        self.replies = dict(replies)
        self.requests: list[str] = []
        self.times: list[float] = []
        self.pages = itertools.count()
        self.url = ""

    def answer(self, path: str) -> Iterator[bytes]:
        """Yield the bytes of the reply to a request."""
        self.requests.append(path)
        self.times.append(time.monotonic())
        for end, reply in self.replies.items():
            if end == "*" or path.endswith(end):
                chosen = reply["first"].pop(0) if reply.get("first") else reply
                yield from self._hostile(chosen, path)
                return
        if path.endswith("/version"):
            yield from _reply({}, b"3.17.2")
        elif "/mlflow-artifacts/artifacts/" in path:
            yield from _reply({}, MLMODEL)
        else:
            yield from _reply({}, json.dumps(_healthy(path)).encode())

    def _hostile(self, reply: Mapping[str, Any], path: str) -> Iterator[bytes]:
        if "raw" in reply:
            yield reply["raw"].encode("latin-1")
        elif "mebibytes" in reply:
            yield from _large(reply)
        elif "drip" in reply:
            yield b"HTTP/1.1 200 OK\r\n" if reply["drip"] == "head" else _head(reply, None)
            yield from _drops(b"X-A: b\r\n" if reply["drip"] == "head" else b"[")
        elif "silent" in reply:
            time.sleep(60)
        elif "pages" in reply:
            known = _healthy(path)
            page = next(self.pages)
            is_empty = reply["pages"] == "empty"
            known = {} if is_empty else known
            known["next_page_token"] = f"t{page}" if is_empty else "t"
            yield from _reply({}, json.dumps(known).encode())
        elif "json" in reply:
            yield from _reply(reply, json.dumps(reply["json"]).encode())
        else:
            text = str(reply.get("text", "")) * reply.get("times", 1)
            yield from _reply(reply, text.encode(errors="surrogatepass"))


def _healthy(path: str) -> dict[str, Any]:
    """Return the reply of the small MLflow server."""
    return dict(next((HEALTHY[end] for end in HEALTHY if path.endswith(end)), {}))


def _head(reply: Mapping[str, Any], length: int | None) -> bytes:
    told = reply.get("headers", {})
    headers = {"Content-Type": "application/json", "Connection": "close", **told}
    if length is not None:
        headers["Content-Length"] = reply.get("length", length)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.get('status', 200)} Told\r\n{lines}\r\n".encode("latin-1")


def _reply(reply: Mapping[str, Any], body: bytes) -> Iterator[bytes]:
    yield _head(reply, len(body)) + body


def _large(reply: Mapping[str, Any]) -> Iterator[bytes]:
    if reply.get("gzip"):
        yield _head({"headers": {"Content-Encoding": "gzip"}}, None)
        member = gzip.compress(b" " * MEBIBYTE)
        yield from itertools.repeat(member, reply["mebibytes"])
        return
    yield _head({}, None)
    for _ in range(reply["mebibytes"]):
        yield b" " * MEBIBYTE


def _drops(drop: bytes) -> Iterator[bytes]:
    while True:
        for byte in drop:
            yield bytes([byte])
            time.sleep(DRIP_INTERVAL)


@contextlib.contextmanager
def run_hostile_server(replies: Mapping[str, Mapping[str, Any]]) -> Iterator[HostileServer]:
    """Yield a server on loopback that gives these replies."""
    told = HostileServer(replies)

    class Handler(BaseHTTPRequestHandler):
        def serve(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            for piece in told.answer(urlsplit(self.path).path):
                self.wfile.write(piece)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Print nothing."""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 100

        def handle_error(self, request: object, client_address: object) -> None:
            """Ignore clients that hang up: that is what they should do."""

    server = Server(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    with serve(server):
        yield told
