"""The figures of what moves a model's files, each with the programs that do the least for it."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.benchmarks.measures import Figure
from tests.benchmarks.pairs import Command, Pair, in_turn, registrar, taken
from tests.benchmarks.yardsticks import LOG_ARTIFACTS, UPLOAD_TO_S3
from tests.support.mlflow_server import find_free_port, run_server
from tests.support.registrar_process import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.benchmarks.figures import Servers

__all__ = ["copy_between_servers", "upload", "upload_many", "upload_to_s3", "verify"]

ROUNDS = 3
GB = 1_000_000_000
MB = 1_000_000
MOST_MEMORY = 200  # MB, whatever the size of a model
MLMODEL = "flavors:\n  python_function:\n    loader_module: none\n"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
PLACE = f"{ARTIFACTS}/yardstick/weights.bin"
NEW = "model.name=new-$$"  # a name that no other process takes, so that nothing is there yet
RUN = f"exec {sys.executable} -m registrar"
S3 = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret-of-s3",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def upload(world: Servers) -> Iterator[Figure]:
    """One large file through a server."""
    folder, url = _repository(world), world.server(0)
    taken(registrar("model=small", cwd=folder, MLFLOW_TRACKING_URI=url))
    send = f"curl -sf -T large/weights.bin {url}{PLACE} && sha256sum large/weights.bin"
    yardstick = f"{send} && {RUN} check model=small"
    pair = in_turn(
        _shell(f"{RUN} model=large {NEW}", folder, MLFLOW_TRACKING_URI=url),
        _shell(yardstick, folder, MLFLOW_TRACKING_URI=url),
        ROUNDS,
    )
    against = "`curl -T`, `sha256sum`, and `registrar check` of a small model"
    yield from _compare("`registrar` for a new model of 1 GB, one file", against, pair, 1.25)


def upload_many(world: Servers) -> Iterator[Figure]:
    """Many files through a server."""
    folder, url = _repository(world), world.server(0)
    pair = in_turn(
        _shell(f"{RUN} model=many {NEW}", folder, MLFLOW_TRACKING_URI=url),
        Command((sys.executable, "-c", LOG_ARTIFACTS, url, "many"), folder),
        ROUNDS,
    )
    what = "`registrar` for a new model of 1 000 files of 1 MB"
    yield from _compare(what, "`mlflow.log_artifacts`", pair, 0.6)


def upload_to_s3(world: Servers) -> Iterator[Figure]:
    """One large file to S3, past the server."""
    folder = _repository(world)
    with _run_s3() as endpoint:
        env = {**S3, "MLFLOW_S3_ENDPOINT_URL": endpoint}
        place = world.place("server-s3")
        options = ("--default-artifact-root", "s3://models/root", "--no-serve-artifacts")
        with run_server(place, f"sqlite:///{place}/mlflow.db", *options, workers=4) as server:
            code = f"{sys.executable} -c '{UPLOAD_TO_S3}' {endpoint} large/weights.bin"
            pair = in_turn(
                _shell(f"{RUN} model=large {NEW}", folder, MLFLOW_TRACKING_URI=server.url, **env),
                _shell(f"{code} && sha256sum large/weights.bin", folder, **env),
                ROUNDS,
            )
    against = "`boto3`'s `upload_file`, and `sha256sum`"
    yield from _compare("the 1 GB model to S3 directly", against, pair, 1.25)


def verify(world: Servers) -> Iterator[Figure]:
    """One large file, read back from a server."""
    folder, url = _repository(world), world.server(0)
    _send(folder, url)
    pair = in_turn(
        registrar("verify", "model=large", cwd=folder, MLFLOW_TRACKING_URI=url),
        _shell(f"curl -sf {url}{PLACE} | sha256sum", folder),
        ROUNDS,
    )
    against = "`curl` of the file into `sha256sum`"
    yield from _compare("`registrar verify` of the 1 GB model", against, pair, 1.3)


def copy_between_servers(world: Servers) -> Iterator[Figure]:
    """One large file from one server to another."""
    folder, url, target = _repository(world), world.server(0), world.server(1)
    _send(folder, url)
    option = folder / "configs" / "server" / "source.yaml"
    option.parent.mkdir(exist_ok=True)
    option.write_text(f"tracking_uri: {url}\n")
    (folder / "configs/model/copy.yaml").write_text(
        "name: copy\nuri: models:/large/1\nfrom: source\n"
    )
    commands = f"curl -sf {url}{PLACE} -o down.bin && curl -sf -T down.bin {target}{PLACE}"
    pair = in_turn(
        _shell(f"{RUN} model=copy {NEW}", folder, MLFLOW_TRACKING_URI=target),
        _shell(commands, folder),
        ROUNDS,
    )
    against = "download and upload by `curl`"
    yield from _compare("a copy of the 1 GB model to another server", against, pair, 1.2)


def _compare(what: str, against: str, pair: Pair, most: float) -> Iterator[Figure]:
    """Yield how long registrar takes, at most so many times as long, and its memory."""
    yield Figure(what, against, pair.ratio, most)
    yield Figure("its peak memory", "", pair.memory, MOST_MEMORY, "MB")


def _send(folder: Path, url: str) -> None:
    """Let a server have the large model, and its file in the place of the yardstick."""
    taken(registrar("model=large", cwd=folder, MLFLOW_TRACKING_URI=url))
    taken(_shell(f"curl -sf -T large/weights.bin {url}{PLACE}", folder))


def _shell(line: str, folder: Path, **env: str) -> Command:
    return Command(("sh", "-c", line), folder, tuple(env.items()))


@functools.cache
def _make_block() -> bytes:
    return hashlib.shake_128(b"block").digest(10 * MB)


def _repository(world: Servers) -> Path:
    """The models `small`, `large` and `many`, made once."""
    folder = world.folder / "transfers"
    if folder.exists():
        return folder
    block = _make_block()
    (folder / "configs" / "model").mkdir(parents=True)
    for name in ("small", "large", "many"):
        (folder / name).mkdir()
        (folder / name / "MLmodel").write_text(MLMODEL)
        (folder / "configs" / "model" / f"{name}.yaml").write_text(f"name: {name}\nuri: {name}\n")
    with (folder / "large" / "weights.bin").open("wb") as file:
        for _ in range(GB // len(block)):
            file.write(block)
    for number in range(1000):
        content = block[number * 1000 : number * 1000 + MB]
        (folder / "many" / f"part-{number:03}.bin").write_bytes(content)
    return folder


@contextlib.contextmanager
def _run_s3() -> Iterator[str]:
    """An S3 server with the bucket `models`, in a process of its own."""
    port = find_free_port()
    program = shutil.which("moto_server") or "moto_server"
    process = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    endpoint = f"http://127.0.0.1:{port}"
    make = f"curl -sf --retry 50 --retry-delay 1 --retry-connrefused -X PUT {endpoint}/models"
    try:
        taken(Command(("sh", "-c", make)))
        yield endpoint
    finally:
        process.kill()
        process.wait()
