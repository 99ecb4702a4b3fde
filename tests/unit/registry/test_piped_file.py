"""A file goes from server to server while it comes in: hashed, counted, and never in memory whole."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import threading
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from registrar.errors import OutcomeUnknownError, RegistrarError
from registrar.registry.artifact_writes import Place, copy_files
from registrar.registry.failures import NoReplyError
from registrar.registry.piped_file import MAX_PIECES, OriginError, open_pipe
from registrar.registry.retry import Retry
from registrar.state import File
from tests.support.serving import serve_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.registry.http.artifacts import HttpFiles
    from registrar.registry.moving_files import ReceivedBytes

HALF = b"0123456789" * 150_000
WHOLE = HALF + HALF[::-1]


class Server(BaseHTTPRequestHandler):
    """Gives a file out, in two halves, and takes one in. `cuts` says how many replies are cut."""

    arrived: ClassVar[threading.Event]
    taken: ClassVar[list[bytes]]
    cuts: ClassVar[int]
    refusal: ClassVar[int]

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(WHOLE)))
        self.end_headers()
        self.wfile.write(HALF)
        if type(self).cuts:
            type(self).cuts -= 1
            self.close_connection = True
            return
        if self.arrived.wait(10):
            self.wfile.write(WHOLE[len(HALF) :])

    def do_PUT(self) -> None:
        if self.refusal:
            self.send_error(self.refusal)
            self.close_connection = True
            return
        left, content = int(self.headers["Content-Length"]), b""
        while left and (piece := self.rfile.read(min(left, 100_000))):
            content += piece
            left -= len(piece)
            self.arrived.set()
        if not left:
            self.taken.append(content)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def files() -> Iterator[HttpFiles]:
    Server.arrived, Server.taken = threading.Event(), []
    Server.cuts = Server.refusal = 0
    with serve_files(Server) as files:
        yield files


def copy(files: HttpFiles, size: int = len(WHOLE)) -> list[str]:
    clock = itertools.count(0, 8).__next__  # so that a server that always fails is soon given up
    place = Place(Retry("http://origin", 5, clock), files)
    target = Place(Retry("http://target", 1), files)
    return list(copy_files(place, target, [File("weights", "weights", size)], lambda: None))


def test_the_first_half_is_sent_before_the_second_comes_in(files: HttpFiles) -> None:
    assert copy(files) == [hashlib.sha256(WHOLE).hexdigest()]
    assert Server.taken == [WHOLE]


def test_a_file_that_is_cut_is_sent_anew(files: HttpFiles) -> None:
    Server.cuts = 2
    Server.arrived.set()
    assert copy(files) == [hashlib.sha256(WHOLE).hexdigest()]
    assert (Server.taken, Server.cuts) == ([WHOLE], 0)


def test_the_server_that_fails_is_named(files: HttpFiles) -> None:
    Server.refusal = 507
    Server.arrived.set()
    with pytest.raises(RegistrarError, match="http://target"):
        copy(files)
    Server.refusal, Server.cuts = 0, 1_000_000
    with pytest.raises(OutcomeUnknownError, match="http://origin"):
        copy(files)
    Server.cuts = 0
    for size in (len(WHOLE) - 1, len(WHOLE) + 1):  # a folder that tells another size
        with contextlib.suppress(RegistrarError):
            assert copy(files, size) == [hashlib.sha256(WHOLE[:size]).hexdigest()]
            assert size < len(WHOLE)
    assert all(len(content) < len(WHOLE) for content in Server.taken)


@pytest.mark.parametrize("first", [b"", b"0"])
def test_a_silent_origin_gets_no_more_time_for_a_large_file(first: bytes) -> None:
    asked = 0

    def fail(*_: object) -> None:
        nonlocal asked
        asked += 1
        raise OriginError("nothing", len(first)) from NoReplyError("no answer in time", late=True)

    server: Any = SimpleNamespace(parallel=1, upload_from=fail)
    clock = itertools.count(0, 1).__next__
    origin = Place(Retry("http://origin", 5, clock, sleep=lambda _: None), server)
    target = Place(Retry("http://target", 5), server)
    with pytest.raises(OutcomeUnknownError, match="http://origin"):
        list(copy_files(origin, target, [File("weights", "weights", 10**12)], lambda: None))
    assert asked < 5


def test_few_pieces_are_in_memory() -> None:
    given = 0

    def receive(received: ReceivedBytes) -> None:
        nonlocal given
        for _ in range(100):
            received.add(bytes(1000))
            given += 1

    with open_pipe(receive, 100_000) as file:
        for number in range(100):
            assert given <= number + MAX_PIECES + 1
            assert file.read(1000) == bytes(1000)
        assert file.is_whole
        assert file.read(1000) == b""
    assert file.sha256 == hashlib.sha256(bytes(100_000)).hexdigest()


def test_what_nobody_reads_any_more_ends() -> None:
    ended = threading.Event()

    def receive(received: ReceivedBytes) -> None:
        try:
            while True:
                received.add(b"x")
        except OriginError:
            ended.set()

    with open_pipe(receive, 1_000_000) as file:
        assert file.read(10) == b"x"
    assert ended.wait(10)


def test_an_empty_file_has_no_bytes() -> None:
    with open_pipe(lambda _: None, 0) as file:
        assert (file.read(), file.is_whole) == (b"", True)
