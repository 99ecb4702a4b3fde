"""Bytes count as progress while a file is sent, received or copied, not only at its end."""

from __future__ import annotations

import hashlib
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from registrar import progress
from registrar.registry.http.session import Session
from registrar.registry.local_files import LocalFiles
from registrar.registry.moving_files import GrowingFolder, ReceivedBytes, SentFile
from registrar.registry.retry import Retry
from registrar.registry.stored_files import FileChangedError
from registrar.uris import DirectoryUri, parse_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = 3_000_000


class Store(BaseHTTPRequestHandler):
    """Takes one file in, and gives one out."""

    def do_PUT(self) -> None:
        assert len(self.rfile.read(int(self.headers["Content-Length"]))) == SIZE
        self._reply(b"")

    def do_GET(self) -> None:
        self._reply(bytes(SIZE))

    def _reply(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def session() -> Iterator[Session]:
    with HTTPServer(("127.0.0.1", 0), Store) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        session = Session(f"http://127.0.0.1:{server.server_port}", 20)
        yield session
        session.close()
        server.shutdown()
        thread.join()


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """What is counted, piece by piece, of one file that is under way."""
    counted: list[int] = []

    def advance(name: str, count: int) -> None:
        assert name == "files"
        counted.append(count)

    monkeypatch.setattr(progress, "advance", advance)
    with progress.transfer("files", None):
        yield counted


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(bytes(SIZE))
    return path


def test_over_http(session: Session, counts: list[int], file: Path) -> None:
    with SentFile(file) as sent:
        assert session.upload("/file", sent, 10).status == 200
    assert (sum(counts), len(counts) > 10) == (SIZE, True)
    counts.clear()
    received = ReceivedBytes()
    assert session.download("/file", received).status == 200
    assert (sum(counts), len(counts) > 10) == (SIZE, True)
    assert sent.sha256 == received.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_into_a_folder(counts: list[int], file: Path, tmp_path: Path) -> None:
    uri = parse_source(str(tmp_path / "store"))
    assert isinstance(uri, DirectoryUri)
    LocalFiles(uri).upload(file, "model/weights.bin", 10)
    assert (tmp_path / "store" / "model" / "weights.bin").read_bytes() == file.read_bytes()
    assert (sum(counts), len(counts) >= 3) == (SIZE, True)


def test_a_folder_that_a_library_fills(counts: list[int], tmp_path: Path) -> None:
    folder = GrowingFolder(tmp_path)
    (tmp_path / "model").mkdir()
    with (tmp_path / "model" / "part").open("wb") as part:
        for _ in range(3):
            part.write(bytes(1_000_000))
            part.flush()
            folder.count()
    assert sum(counts) == pytest.approx(SIZE, abs=4096)
    assert len([count for count in counts if count]) == 3


def test_a_file_that_grows_is_sent_as_long_as_it_was(file: Path) -> None:
    with SentFile(file) as sent:
        with file.open("ab") as end:
            end.write(b"more")
        assert len(sent.read()) == sent.size == SIZE
        assert sent.read(4) == b""
    assert sent.sha256 == hashlib.sha256(bytes(SIZE)).hexdigest()


def test_a_file_that_becomes_shorter_is_not_sent(file: Path) -> None:
    with SentFile(file) as sent:
        os.truncate(file, 10)
        assert sent.read(SIZE) == bytes(10)
        with pytest.raises(FileChangedError, match="became shorter while it was read"):
            sent.read(SIZE)


def test_a_file_that_becomes_shorter_on_its_way_is_no_failure_of_the_server(
    session: Session, file: Path
) -> None:
    with SentFile(file) as sent:
        os.truncate(file, 10)
        with pytest.raises(FileChangedError, match="became shorter while it was read"):
            Retry("http://host", 5).call(lambda: session.upload("/file", sent, 10))
