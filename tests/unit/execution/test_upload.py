"""An upload is registered only if the store holds exactly what was sent."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from registrar.content.digest import hash_directory
from registrar.errors import (
    InvalidRequestError,
    OutcomeUnknownError,
    RefusedError,
    RegistrarError,
    ServerError,
)
from registrar.execution.interrupt import Interrupt
from registrar.execution.upload import copy_model, upload_model
from registrar.state import File, Source
from registrar.upstream import Upstream
from tests.unit.execution.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Source:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "MLmodel").write_text("flavors: {}\n")
    files = (File("MLmodel", str(folder / "MLmodel"), 12),)
    digest = hash_directory(folder).digest
    return Source("model", digest, directory=str(folder), files=files, read_back=True)


@pytest.fixture
def memory(tmp_path: Path) -> MemoryStore:
    folder = tmp_path / "store"
    folder.mkdir()
    return MemoryStore(folder)


def upload(source: Source, memory: MemoryStore) -> None:
    store: Any = memory
    upload_model("m", source, store, Interrupt())


def test_what_arrived_whole_is_finished(source: Source, memory: MemoryStore) -> None:
    upload(source, memory)
    assert (len(memory.finished), memory.discarded) == (1, [])


def test_other_bytes_are_discarded(source: Source, memory: MemoryStore) -> None:
    memory.spoils = True
    with pytest.raises(RefusedError, match="holds other bytes than were sent"):
        upload(source, memory)
    assert (memory.finished, len(memory.discarded)) == ([], 1)


def test_a_store_that_lacks_files_leaves_the_upload_unfinished(
    source: Source, memory: MemoryStore
) -> None:
    memory.loses = True
    with pytest.raises(OutcomeUnknownError, match="does not hold all files that were uploaded"):
        upload(source, memory)
    assert (memory.finished, memory.discarded) == ([], [])


@pytest.mark.parametrize(
    ("error", "discarded"), [(InvalidRequestError("beyond the quota"), 1), (ServerError("no"), 0)]
)
def test_an_upload_that_the_store_refuses_is_discarded(
    source: Source,
    memory: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    discarded: int,
) -> None:
    def upload_files(*_: Any) -> Iterator[str]:
        yield from ()
        raise error

    monkeypatch.setattr(memory, "upload_files", upload_files)
    with pytest.raises(type(error)):
        upload(source, memory)
    assert (memory.finished, len(memory.discarded)) == ([], discarded)


def test_a_file_that_is_gone_meanwhile_ends_the_upload(source: Source, memory: MemoryStore) -> None:
    with open(source.files[0].path, "wb"):  # noqa: PTH123 - the path is a text
        pass
    with pytest.raises(RefusedError, match="changed while it was uploaded"):
        upload(source, memory)
    (memory.folder.parent / "model" / "MLmodel").unlink()
    with pytest.raises(RefusedError, match="changed while it was uploaded"):
        upload(source, memory)
    assert (memory.finished, len(memory.discarded)) == ([], 2)


def test_a_copy_that_was_not_downloaded_is_not_uploaded(memory: MemoryStore) -> None:
    copied = Source("models:/m/1", "sha256:1")
    with pytest.raises(RefusedError, match="was not downloaded: m had a copy of it before"):
        upload(copied, memory)


def test_a_file_that_is_another_one_only_while_it_is_sent_is_noticed(
    source: Source, memory: MemoryStore
) -> None:
    path = memory.folder.parent / "model" / "MLmodel"
    content = path.read_text()

    class Writer(Interrupt):
        """Somebody who writes to the file before it is sent, and takes that back at its end."""

        def check(self) -> None:
            path.write_text(content.upper())

    store: Any = memory
    with pytest.raises(RefusedError, match="changed while it was uploaded"):
        upload_model("m", source, store, Writer())
    path.write_text(content)
    assert (memory.finished, len(memory.discarded)) == ([], 1)


@pytest.mark.parametrize("fault", ["loses", "spoils"])
def test_a_copy_that_the_store_does_not_hold_is_discarded(
    source: Source, memory: MemoryStore, fault: str
) -> None:
    files = source.files
    origin: Any = SimpleNamespace(
        list_streamed=lambda _: files, read_file=lambda *_: b"flavors: {}\n"
    )
    store: Any = memory
    store.check_upload_target = lambda _: None
    store.copy_files = lambda stored, _, __, files, check: memory.upload_files(stored, files, check)
    setattr(memory, fault, True)
    upstream = Upstream(
        "dev", "http://dev", "models:/m/1", source.digest, location="mlflow-artifacts:/1"
    )
    copied = replace(source, directory=None, upstream=upstream)
    with pytest.raises(RegistrarError, match="the artifact store"):
        copy_model("m", copied, origin, store, Interrupt())
    assert memory.finished == []
    assert {stored.source for stored in memory.discarded} == {"models:/m-1"}
