"""An S3 server with one bucket, and commands that may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.support.mlflow_server import find_free_port
from tests.support.s3 import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.registrar_process import Result


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """An S3 server."""
    port = find_free_port()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, repository: Path) -> Any:
    """The bucket `models` with the model as `mnist/` and nothing else."""
    s3 = boto3.resource(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="AKIATEST",
        aws_secret_access_key="secret-of-s3",
        region_name="us-east-1",
    )
    bucket = s3.Bucket("models")
    if bucket.creation_date is None:
        bucket.create()
    bucket.objects.delete()
    for path in (repository / "models" / "mnist").iterdir():
        bucket.upload_file(str(path), f"mnist/{path.name}")
    return bucket


@pytest.fixture
def write(repository: Path) -> Callable[..., None]:
    def write(uri: str, *lines: str) -> None:
        text = "\n".join(["name: mnist", f"uri: {uri}", *lines, ""])
        (repository / "configs" / "model" / "mnist.yaml").write_text(text)

    return write


@pytest.fixture
def run(registrar: Callable[..., Result], endpoint: str) -> Callable[..., Result]:
    def run(*argv: str, **env: str) -> Result:
        given = {**KEYS, "MLFLOW_S3_ENDPOINT_URL": endpoint, **env}
        return registrar(*argv, "model=mnist", "server.timeout=2", **given)

    return run
