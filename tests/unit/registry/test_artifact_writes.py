"""Files are sent several at a time, and no bytes but those that were hashed."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from registrar.errors import OutcomeUnknownError
from registrar.registry.artifact_reads import hash_files
from registrar.registry.artifact_writes import upload_files
from registrar.registry.file_turns import take_turn
from registrar.registry.http.artifacts import HttpFiles
from registrar.registry.http.transport import CONNECTIONS, Reply
from registrar.registry.mlflow_files import MlflowFiles
from registrar.registry.retry import Retry
from registrar.registry.stored_files import FileChangedError, StoredFile
from registrar.state import File

if TYPE_CHECKING:
    from pathlib import Path

    from registrar.registry.moving_files import SentFile

RETRY = Retry("http://host", 5.0)


class Target:
    """A store that takes some time for each file, and counts how many come at a time."""

    is_local = False
    parallel = 4
    location = "store:/model"

    def __init__(self, seconds: float = 0.02) -> None:
        self.seconds = seconds
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.names: list[str] = []

    def list_folder(self, folder: str) -> list[StoredFile]:
        assert folder == ""
        return [StoredFile(f"{number}.bin", 1) for number in range(8)]

    def hash(self, path: str) -> str:
        self._move(path)
        return path

    def upload(self, file: Path, path: str, extra: float) -> str:
        del extra
        self._move(path)
        return hashlib.sha256(file.read_bytes()).hexdigest()

    def _move(self, path: str) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.names.append(path)
        time.sleep(self.seconds)
        with self.lock:
            self.now -= 1


def make_files(folder: Path, count: int) -> list[File]:
    """Small files, each with another content."""
    names = [f"{number:02}.bin" for number in range(count)]
    for name in names:
        (folder / name).write_text(name)
    return [File(name, str(folder / name), len(name)) for name in names]


def send(target: Any, files: list[File], check: Any = lambda: None) -> list[str]:
    return list(upload_files(RETRY, target, files, check))


def test_the_digests_are_those_of_the_files_in_their_order(tmp_path: Path) -> None:
    files = make_files(tmp_path, 10)
    target = Target()
    assert send(target, files) == [
        hashlib.sha256(file.relative.encode()).hexdigest() for file in files
    ]
    assert target.most == target.parallel


def test_all_models_together_leave_connections_for_other_requests(tmp_path: Path) -> None:
    files = make_files(tmp_path, 8)
    store: Any = Target()
    models = [threading.Thread(target=send, args=(store, files)) for _ in range(3)]
    models += [threading.Thread(target=lambda: list(hash_files(RETRY, store))) for _ in range(3)]
    for model in models:
        model.start()
    for model in models:
        model.join()
    assert len(store.names) == 48
    assert store.most == CONNECTIONS - 2


def test_a_stopped_run_waits_for_no_turn() -> None:
    taken: list[bool] = []
    with contextlib.ExitStack() as turns:
        for _ in range(CONNECTIONS):  # more than there are
            turns.enter_context(take_turn(lambda: len(taken) >= CONNECTIONS - 2))
            taken.append(True)


def test_an_interrupt_stops_the_files_that_wait(tmp_path: Path) -> None:
    target = Target(0.3)

    def check() -> None:
        if target.most:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(target, make_files(tmp_path, 30), check)
    assert len(target.names) <= target.parallel
    assert target.now == 0, "a file is still being sent"


class HastyTransport:
    """A server that has stored a file before it has read it."""

    def upload(self, path: str, file: SentFile, extra: float) -> Reply:
        del path, extra
        file.read(1)
        return Reply(200)


def test_a_server_that_takes_a_part_of_a_file_has_not_stored_it(tmp_path: Path) -> None:
    transport: Any = HastyTransport()
    with pytest.raises(OutcomeUnknownError, match="it did not take the whole file"):
        send(HttpFiles(transport, "mlflow-artifacts:/1"), make_files(tmp_path, 1))


def test_a_write_while_mlflows_client_sends_a_file_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file has its old content again before it can be hashed."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "5")
    file = tmp_path / "weights.bin"
    file.write_bytes(b"planned")

    class Repository:
        def log_artifact(self, path: str, folder: str | None) -> None:
            assert (path, folder) == (str(file), "data")
            time.sleep(0.02)  # a clock of the file system may have ticks of 10 ms
            file.write_bytes(b"another")
            file.write_bytes(b"planned")

    store = MlflowFiles("s3://bucket/model", 5.0)
    store._repository = Repository()
    listed = [File("data/weights.bin", str(file), 7)]
    with pytest.raises(FileChangedError, match="changed while it was sent"):
        send(store, listed)
    file.unlink()
    with pytest.raises(FileChangedError, match="cannot be read"):
        send(store, listed)
