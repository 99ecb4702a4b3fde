"""A compressed body is read in little memory, however its parts and pieces fall together."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.registry.failures import NoReplyError, OversizedReplyError, UnexpectedReplyError
from registrar.registry.http.compressed import PIECE, decompress
from registrar.registry.http.session import Session
from registrar.registry.http.transport import PIECE as READ_SIZE
from tests.support.hostile_server import run_hostile_server

if TYPE_CHECKING:
    from collections.abc import Iterator


def cut(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@given(
    st.lists(st.binary(max_size=40), max_size=5),
    st.integers(1, 60),
    st.sampled_from(["gzip", "X-GZIP "]),
)
def test_what_was_compressed_comes_back(parts: list[bytes], size: int, name: str) -> None:
    body = b"".join(map(gzip.compress, parts))
    assert b"".join(decompress(cut(body, size), name)) == b"".join(parts)
    assert b"".join(decompress(cut(body, size), None)) == body
    if parts:
        with pytest.raises(NoReplyError, match="cut"):
            list(decompress(cut(body[:-1], size), name))


@pytest.mark.parametrize("name", ["br", "zstd", "deflate", "gzip, gzip", "gzip,br"])
def test_other_ways_are_refused(name: str) -> None:
    with pytest.raises(UnexpectedReplyError, match="nobody asked for"):
        list(decompress([b"abc"], name))
    with pytest.raises(UnexpectedReplyError, match="not compressed as it says"):
        list(decompress([b"abc"], "gzip"))


def test_no_piece_is_large() -> None:
    bomb = gzip.compress(bytes(50 * PIECE))
    assert max(map(len, decompress([bomb], "gzip"))) == PIECE


# A part of a body that ends with a piece, or with several, made urllib3 double what it keeps.
@pytest.mark.parametrize("size", [0, 1, READ_SIZE // 2, READ_SIZE, 2 * READ_SIZE, PIECE])
def test_parts_that_end_with_a_piece_take_no_memory(size: int) -> None:
    body = gzip.compress(b" " * size) * 40
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    tracemalloc.start()
    try:
        with run_hostile_server({"/x": {"raw": head + body.decode("latin-1")}}) as server:
            assert Session(server.url, 20).request("GET", "/x").data == b" " * (40 * size)
        assert tracemalloc.get_traced_memory()[1] < 60 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_bomb_ends_at_the_limit() -> None:
    with (
        run_hostile_server({"/x": {"mebibytes": 1000, "gzip": True}}) as server,
        pytest.raises(OversizedReplyError),
    ):
        Session(server.url, 20).request("GET", "/x")
