"""Bodies that are compressed, though nobody asked for it: decompressed piece by piece.

urllib3 decompresses them, too. Its releases up to 2.5 do so without a limit. Where a part of a body
ends together with a piece, 2.8 takes memory without end: a reply of 300 bytes is enough.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from registrar.registry.failures import NoReplyError, UnexpectedReplyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["IDENTITY", "decompress"]

IDENTITY = {"Accept-Encoding": "identity"}
PLAIN, GZIP = {"", "identity"}, {"gzip", "x-gzip"}
WINDOW = 16 + zlib.MAX_WBITS  # gzip, and not zlib's own format
PIECE = 262_144  # bytes that are decompressed at a time


def decompress(pieces: Iterable[bytes], encoding: str | None) -> Iterator[bytes]:
    """Yield the body of a reply with this Content-Encoding, at most `PIECE` bytes of gzip at a time.

    Raises UnexpectedReplyError, and NoReplyError for a body that was cut.
    """
    name = (encoding or "").strip().lower()
    if name in PLAIN:
        yield from pieces
    elif name in GZIP:
        yield from _unzip(pieces)
    else:
        raise UnexpectedReplyError("its reply is compressed in a way that nobody asked for")


def _unzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what gzip has compressed, in one part or several."""
    part = zlib.decompressobj(WINDOW)
    is_complete = True
    for piece in pieces:
        data = piece
        while data:
            if part.eof:
                part = zlib.decompressobj(WINDOW)
            try:
                plain = part.decompress(data, PIECE)
            except zlib.error:
                raise UnexpectedReplyError("its reply is not compressed as it says") from None
            data = part.unused_data if part.eof else part.unconsumed_tail
            is_complete = part.eof
            if plain:
                yield plain
    if not is_complete:
        raise NoReplyError("the connection was cut")
