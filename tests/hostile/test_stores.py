"""Stores that MLflow's client reads, with replies that it does not expect: errors, and never bugs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from registrar.errors import ConfigError, ServerError
from registrar.registry.failures import NoReplyError, UnexpectedReplyError
from registrar.registry.http.artifacts import HttpFiles
from registrar.registry.http.session import Session
from registrar.registry.mlflow_files import MlflowFiles
from registrar.registry.stored_files import StoredFile
from tests.support.hostile_server import run_hostile_server

if TYPE_CHECKING:
    from pathlib import Path

    from registrar.registry.stored_files import StoredFiles


@pytest.mark.parametrize(
    "reply",
    [
        {"json": []},
        {"json": {"files": {"a": "b"}}},
        {"json": {"files": [5]}},
        {"json": {"files": [{}]}},
        {"json": {"files": [{"path": 5, "is_dir": None}]}},
        {"json": {"files": [{"path": "../../secret", "is_dir": False}]}},
        {"json": {"files": [{"path": "a", "is_dir": False, "file_size": -1}]}},
        {"json": {"files": [{"path": "a", "is_dir": False, "file_size": 2**63 - 1}]}},
        {"json": {"files": [{"path": "a", "is_dir": False, "file_size": "9" * 400}]}},
        {"json": {"files": [{"path": "a", "is_dir": False, "file_size": "many"}]}},
        {"text": "[", "times": 200_000},
        {"text": "<html>"},
        {"raw": "garbage"},
        {"status": 302, "headers": {"Location": "/"}},
    ],
    ids=str,
)
def test_an_odd_reply_is_an_error_of_the_store(reply: dict[str, Any]) -> None:
    with run_hostile_server({"*": reply}) as server:
        files = MlflowFiles(f"{server.url}/api/2.0/mlflow-artifacts/artifacts/model", 3)
        with pytest.raises((ServerError, NoReplyError, UnexpectedReplyError)):
            files.list_folder("")


# Not for ever: the thread of MLflow's client goes on after a test has what it needs.
ENDLESS = {"mebibytes": 100}
LONG = {"text": "flavors: {}", "times": 2}
SHORT = {"text": "flavors"}
FILE = {"path": "MLmodel", "file_size": 11, "is_dir": False}
LISTED = {"mlflow-artifacts/artifacts": {"json": {"files": [FILE]}}}


@pytest.mark.parametrize("is_mlflows", [False, True], ids=["http", "mlflow"])
@pytest.mark.parametrize("reply", [ENDLESS, LONG, SHORT], ids=str)
def test_a_file_has_the_size_that_its_folder_says(
    is_mlflows: bool, reply: dict[str, Any], tmp_path: Path
) -> None:
    with run_hostile_server({**LISTED, "model/MLmodel": reply}) as server:
        files: StoredFiles
        if is_mlflows:
            files = MlflowFiles(f"{server.url}/api/2.0/mlflow-artifacts/artifacts/model", 5)
        else:
            files = HttpFiles(Session(server.url, 5), "mlflow-artifacts:/model")
        (file,) = files.list_folder("")
        for receive in (files.hash, lambda file: files.save(file, tmp_path / "copy")):
            with pytest.raises(
                (ServerError, UnexpectedReplyError), match=r"more (than 11 )?bytes|fewer bytes"
            ):
                receive(file)


def test_no_file_is_endless_whose_size_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # The real limit only makes the test receive 10 GB before the same error.
    monkeypatch.setattr("registrar.registry.stored_files.UNKNOWN_SIZE", 10**6)
    with run_hostile_server({"model/MLmodel": ENDLESS}) as server:
        files = HttpFiles(Session(server.url, 5), "mlflow-artifacts:/model")
        with pytest.raises(UnexpectedReplyError, match="more than 1,000,000 bytes"):
            files.hash(StoredFile("MLmodel", None))


def test_a_web_address_is_no_store() -> None:
    with pytest.raises(ConfigError, match="MLflow reads no models from http://127"):
        MlflowFiles("http://127.0.0.1:9/model", 5).list_folder("")


def test_a_wrong_call_is_a_bug() -> None:
    files = MlflowFiles("s3://bucket/model", 3)
    files._repository = object()
    with pytest.raises(AttributeError):
        files.list_folder("")
