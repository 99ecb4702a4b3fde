"""Files that go between the client and the store in parts, past the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.mlflow_server import run_server
from tests.support.proxy import record_requests
from tests.support.s3 import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.registrar_process import Result


@pytest.mark.exhaustive
def test_parts_go_past_the_server_where_the_environment_says_so(
    endpoint: str,
    run: Callable[..., Result],
    bucket: Any,
    mlflow_client: Callable[[str], Any],
    repository: Path,
    tmp_path: Path,
) -> None:
    (repository / "models" / "mnist" / "extra.bin").write_bytes(bytes(range(256)) * 6 * 4096)
    places = ("--artifacts-destination", "s3://models/served")
    parts = {
        "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true",
        "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": "true",
        "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": "1",
        "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE": str(5 * 2**20),
        "MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE": "1",
        "MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE": str(5 * 2**20),
    }
    env = {**KEYS, "MLFLOW_S3_ENDPOINT_URL": endpoint}
    backend = f"sqlite:///{tmp_path / 'server.db'}"
    with (
        run_server(tmp_path, backend, *places, workers=1, **env) as server,
        record_requests(server.url) as (url, asked),
    ):
        made = run("server.timeout=20", MLFLOW_TRACKING_URI=url, **parts)
        assert (made.code, made.err) == (0, "")
        paths = [f"{request.method} {request.path}" for request in asked]
        assert [path for path in paths if path.startswith("POST") and "/mpu/complete/" in path]
        assert not [path for path in paths if path.startswith("PUT") and "/artifacts/" in path]
        asked.clear()
        words = ("verify", "name=mnist", "server.timeout=20")
        verified = run(*words, MLFLOW_TRACKING_URI=url, **parts)
        assert verified.code == 0, verified.err
        assert [request for request in asked if "/presigned/" in request.path]
        assert run(MLFLOW_TRACKING_URI=url).out.startswith("Nothing to do: mnist version 1")
