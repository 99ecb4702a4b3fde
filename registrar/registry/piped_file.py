"""A file on its way from one server to another, of which only a few pieces are in memory."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections import deque
from typing import TYPE_CHECKING

from registrar.registry.failures import UnexpectedReplyError
from registrar.registry.moving_files import ReceivedBytes, SentBytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["OriginError", "open_pipe"]

MAX_PIECES = 8  # in memory at a time


class OriginError(Exception):
    """A file that its server did not give in full; the cause says why.

    `received` is how many of its bytes it gave. It is no OSError: libraries that send files
    take that for a failure of the network.
    """

    def __init__(self, message: str, received: int = 0) -> None:
        super().__init__(message)
        self.received = received


class PipedFile(SentBytes):
    """A file to send, of `size` bytes, which another thread receives meanwhile.

    What is read from it counts for the transfer under way, and `sha256` tells what was read. Raises
    OriginError where the other thread does not receive all of it.
    """

    def __init__(self, size: int) -> None:
        self.start(size)
        self._pieces: deque[memoryview] = deque()
        self._changed = threading.Condition()
        self._is_complete = self._is_closed = False
        self._received = 0
        self._error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        """Read bytes, at least one where any is left; hash and count them."""
        wanted = self.left if size < 0 else min(size, self.left)
        data = bytes(self._take(wanted)) if wanted else b""
        self.count(data)
        return data

    def wait(self) -> None:
        """Wait until a byte can be read, or all were received."""
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._is_complete)
            self._check_error()

    def put(self, piece: bytes) -> None:
        """Hand over the next bytes, as soon as there is room. Raises OriginError once it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or len(self._pieces) < MAX_PIECES)
            if self._is_closed:
                message = "nobody reads the file any more"
                raise OriginError(message)
            if piece:
                self._pieces.append(memoryview(piece))
                self._received += len(piece)
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Tell that no further byte comes, and why."""
        with self._changed:
            self._is_complete, self._error = True, error
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody wait for room any longer."""
        with self._changed:
            self._is_closed = True
            self._pieces.clear()
            self._changed.notify_all()

    def _take(self, wanted: int) -> memoryview:
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._is_complete)
            if not self._pieces:
                self._check_error()
                short = UnexpectedReplyError("a file has fewer bytes than its folder says")
                raise OriginError("the file ended too early") from short
            piece = self._pieces.popleft()
            if len(piece) > wanted:
                self._pieces.appendleft(piece[wanted:])
            self._changed.notify_all()
            return piece[:wanted]

    def _check_error(self) -> None:
        if self._error is not None:
            message = "its server did not give the file"
            raise OriginError(message, self._received) from self._error


class _Pieces(ReceivedBytes):
    """What is received, handed over without a hash: the bytes are hashed as they are sent."""

    def __init__(self, file: PipedFile) -> None:
        super().__init__()
        self._file = file

    def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._file.put(piece)
        self.count += len(piece)


@contextlib.contextmanager
def open_pipe(receive: Callable[[ReceivedBytes], object], size: int) -> Iterator[PipedFile]:
    """Yield a file of `size` bytes that `receive` gets in a thread; its first bytes are there.

    Nobody waits for that thread once the block ends. Raises OriginError.
    """
    file = PipedFile(size)

    def run() -> None:
        error: BaseException | None = None
        try:
            receive(_Pieces(file))
        except BaseException as failure:  # it is raised again in the thread that sends
            error = failure
        file.end(error)

    # Not the context of this thread: the bytes count as progress once, when they are sent.
    threading.Thread(target=contextvars.Context().run, args=(run,), daemon=True).start()
    try:
        file.wait()
        yield file
    finally:
        file.close()
