"""Artifacts that an MLflow server hands out and takes in itself (`mlflow-artifacts:/...`)."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlparse, urlunparse

from registrar.errors import NotFoundError
from registrar.registry.failures import HttpError, UnexpectedReplyError
from registrar.registry.http.json_api import error_from_reply
from registrar.registry.json_shape import count, flag, parse_object, parts, required_text
from registrar.registry.moving_files import ReceivedBytes, SentFile
from registrar.registry.piped_file import open_pipe
from registrar.registry.stored_files import StoredFile

if TYPE_CHECKING:
    from pathlib import Path

    from registrar.registry.http.transport import Outgoing, Transport

__all__ = ["HttpFiles", "is_proxied", "name_problem"]

SCHEME = "mlflow-artifacts:"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
FILES_AT_A_TIME = 4
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class HttpFiles:
    """See `StoredFiles`."""

    is_local = False
    parallel = FILES_AT_A_TIME

    def __init__(self, transport: Transport, location: str) -> None:
        self.transport = transport
        self.location = location
        self.root = location.removeprefix(SCHEME).strip("/")

    def list_folder(self, folder: str) -> list[StoredFile]:
        """See `StoredFiles`."""
        path = f"{self.root}/{folder}" if folder else self.root
        reply = self.transport.request("GET", ARTIFACTS, query={"path": path})
        if reply.status == 404:
            return []
        if reply.status != 200:
            raise error_from_reply(ARTIFACTS, reply)
        document = parse_object(reply.data or b"{}")
        if document is None:
            raise HttpError(200, message=reply.text, path=ARTIFACTS)
        return [
            StoredFile(
                posixpath.join(folder, required_text(entry, "path")),
                None if entry.get("file_size") is None else count(entry, "file_size"),
                flag(entry, "is_dir"),
            )
            for entry in parts(document, "files")
        ]

    def read(self, path: str, limit: int) -> bytes:
        """See `StoredFiles`."""
        content = bytearray()
        self._receive(path, ReceivedBytes(content.extend), limit)
        return bytes(content)

    def hash(self, file: StoredFile) -> str:
        """See `StoredFiles`."""
        return self._receive_whole(file, ReceivedBytes())

    def save(self, file: StoredFile, target: Path) -> str:
        """See `StoredFiles`."""
        with target.open("wb") as copy:
            return self._receive_whole(file, ReceivedBytes(copy.write))

    def upload(self, file: Path, path: str, extra: float) -> str:
        """See `StoredFiles`."""
        with SentFile(file) as sent:
            return self._send(sent, path, extra)

    def upload_from(self, origin: HttpFiles, path: str, size: int, extra: float) -> str:
        """Store a file of another server; the rest is as for `upload`.

        Its pieces are sent while others are received. Raises OriginError for a failure of the other
        server.
        """
        with open_pipe(lambda received: origin._receive(path, received, size), size) as sent:
            return self._send(sent, path, extra)

    def _send(self, sent: Outgoing, path: str, extra: float) -> str:
        endpoint = self._endpoint(path)
        reply = self.transport.upload(endpoint, sent, extra)
        if reply.status != 200:
            raise error_from_reply(endpoint, reply)
        if not sent.is_whole:
            raise UnexpectedReplyError("it did not take the whole file")
        return sent.sha256

    def _receive_whole(self, file: StoredFile, received: ReceivedBytes) -> str:
        """Return the SHA-256 of a file that has the bytes which its folder says, no more and no less."""
        self._receive(file.path, received, file.most)
        if file.size is not None and received.count < file.size:
            raise UnexpectedReplyError("a file has fewer bytes than its folder says")
        return received.sha256

    def _receive(self, path: str, received: ReceivedBytes, limit: int) -> None:
        endpoint = self._endpoint(path)
        reply = self.transport.download(endpoint, received, limit)
        if reply.status == 404:
            raise NotFoundError(f"{self.location} has no {path}")
        if reply.status >= 500 and not self._is_listed(path):
            # A server in front of another store answers 500 where that store has no such file.
            raise NotFoundError(f"{self.location} has no {path}")
        if reply.status != 200:
            raise error_from_reply(endpoint, reply)

    def _endpoint(self, path: str) -> str:
        return f"{ARTIFACTS}/{quote(f'{self.root}/{path}')}"

    def _is_listed(self, path: str) -> bool:
        return any(entry.path == path for entry in self.list_folder(posixpath.dirname(path)))


def is_proxied(location: str) -> bool:
    """Return whether the tracking server itself serves the files at a location."""
    return location.startswith(SCHEME) and not location.startswith(f"{SCHEME}//")


def name_problem(path: str) -> str | None:
    """Return why an MLflow server, or MLflow's client at one, cannot keep a file's path, or None.

    The server takes a path for a URL: it removes escapes and refuses `#`. The client does not
    escape `?`, and drops a space in front of a name when it lists a folder.
    """
    for name in path.split("/"):
        if mark := next((mark for mark in "#?" if mark in name), None):
            return f"'{mark}'"
        if CONTROL.search(name):
            return "a control character"
        if unquote(name) != name:
            return "an escape such as %20"
        if urlunparse(urlparse(name)) != name or name.startswith("file:"):
            return "a leading space" if name.startswith(" ") else "the scheme of a URL"
    return None
