"""Stores that MLflow's client reads, with replies that it does not expect: errors, and never bugs."""

from __future__ import annotations

from typing import Any

import pytest

from registrar.errors import ConfigError, ServerError
from registrar.registry.failures import NoReplyError
from registrar.registry.mlflow_files import MlflowFiles
from tests.support.hostile_server import run_hostile_server


@pytest.mark.parametrize(
    "reply",
    [
        {"json": []},
        {"json": {"files": {"a": "b"}}},
        {"json": {"files": [5]}},
        {"json": {"files": [{}]}},
        {"json": {"files": [{"path": 5, "is_dir": None}]}},
        {"json": {"files": [{"path": "../../secret", "is_dir": False}]}},
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
        with pytest.raises((ServerError, NoReplyError)):
            files.list_folder("")


def test_a_web_address_is_no_store() -> None:
    with pytest.raises(ConfigError, match="MLflow reads no models from http://127"):
        MlflowFiles("http://127.0.0.1:9/model", 5).list_folder("")


def test_a_wrong_call_is_a_bug() -> None:
    files = MlflowFiles("s3://bucket/model", 3)
    files._repository = object()
    with pytest.raises(AttributeError):
        files.list_folder("")
