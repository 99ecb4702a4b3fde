"""The figures, each with the thing it is measured against."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.benchmarks import imports, site, transfers
from tests.benchmarks.measures import Figure
from tests.benchmarks.pairs import Command, Pair, in_turn, python, registrar, seconds, taken
from tests.benchmarks.worlds import model_files, registry_of, repository
from tests.benchmarks.yardsticks import CREATES, HYDRA, LOOK, PAGES, PARSE
from tests.support.mlflow_server import run_server
from tests.support.proxy import record_requests

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["FIGURES", "Servers"]

ROUNDS = 5
GB = 1_000_000_000
BLOCK = 10_000_000
HASH = (
    "import sys; from pathlib import Path; from registrar.content.digest import hash_directory\n"
    "print(hash_directory(Path(sys.argv[1])).digest)"
)


@dataclass
class Servers:
    """A folder for everything, and servers that are started when they are first needed."""

    folder: Path
    stack: contextlib.ExitStack
    running: dict[int, str] = field(default_factory=dict)

    def server(self, count: int) -> str:
        """A server of four workers whose registry holds `count` models; its URL."""
        if count not in self.running:
            folder = self.place(f"server-{count}")
            serve = run_server(folder, registry_of(folder, count), workers=4)
            self.running[count] = self.stack.enter_context(serve).url
        return self.running[count]

    def place(self, name: str) -> Path:
        """An empty folder."""
        path = self.folder / name
        path.mkdir()
        return path

    def model_files(self, count: int) -> Path:
        """A repository of `count` models."""
        path = self.folder / f"models-{count}"
        return path if path.exists() else model_files(self.place(path.name), count)


def importing(world: Servers) -> Iterator[Figure]:
    """`import registrar`."""
    del world
    found = imports.measure()
    against = f"{imports.FACTOR} x `{imports.YARDSTICK}` + {imports.ALLOWANCE * 1000:.0f} ms"
    yield Figure(f"`{imports.OURS}`", against, found.ours / found.limit, 1)


def validate(world: Servers) -> Iterator[Figure]:
    """One model, cold."""
    folder = repository(world.place("validate"))
    app = folder / "app.py"
    app.write_text(HYDRA)
    against = Command((sys.executable, str(app), f"hydra.sweep.dir={folder}"), folder)
    pair = in_turn(registrar("validate", "model=mnist", cwd=folder), against, ROUNDS)
    yield Figure(
        "`registrar validate model=mnist`",
        "a quiet `@hydra.main` app that does nothing",
        pair.ratio,
        1.4,
    )


def validate_many(world: Servers) -> Iterator[Figure]:
    """Many models, without a server."""
    folder = world.model_files(10_000)
    pair = in_turn(
        registrar("validate", "models=all", cwd=folder),
        python(PARSE, str(folder / "configs/model"), cwd=folder),
        3,
    )
    yield Figure(
        "`registrar validate models=all`, 10 000 models",
        "the same files by libyaml",
        pair.ratio,
        2.5,
    )


def check(world: Servers) -> Iterator[Figure]:
    """One model in sync, cold, over HTTP and on SQLite."""
    folder = repository(world.place("check"))
    database = f"sqlite:///{folder / 'mlflow.db'}"
    for where, uri, most in (("HTTP", world.server(1000), 0.35), ("SQLite", database, 1.3)):
        ours = registrar("check", "model=mnist", cwd=folder, MLFLOW_TRACKING_URI=uri)
        taken(registrar("model=mnist", cwd=folder, MLFLOW_TRACKING_URI=uri))
        pair = in_turn(ours, python(LOOK, uri, "mnist", cwd=folder), ROUNDS)
        yield Figure(
            f"`registrar check model=mnist` in sync, {where}",
            "`mlflow.MlflowClient(uri).get_registered_model('mnist')`",
            pair.ratio,
            most,
        )


def many_models(world: Servers) -> Iterator[Figure]:
    """Many models in sync, cold, over HTTP."""
    small = _check_many(world, 1000, 5)
    yield Figure(
        "`registrar check models=all`, 1 000 models of 2 versions, HTTP",
        "the same pages by `http.client`, the same files by libyaml",
        small.ratio,
        2.5,
    )
    with record_requests(world.server(1000)) as (url, requests):
        ours = registrar(
            "check", "models=all", cwd=world.model_files(1000), MLFLOW_TRACKING_URI=url
        )
        taken(ours)
    yield Figure("its requests", "", len(requests), 40, "requests")
    large = _check_many(world, 10_000, 2)
    yield Figure(
        "the same with 10 000 models",
        "the same pages by `http.client`, the same files by libyaml",
        large.ratio,
        1.8,
    )
    each = seconds(large.ours) / 10_000 / (seconds(small.ours) / 1000)
    yield Figure("the same with 10 000 models, per model", "itself with 1 000", each, 1.2)
    yield Figure("its peak memory", "", large.memory, 250, "MB")


def _check_many(world: Servers, count: int, rounds: int) -> Pair:
    url, folder = world.server(count), world.model_files(count)
    ours = registrar("check", "models=all", cwd=folder, MLFLOW_TRACKING_URI=url)
    return in_turn(ours, python(PAGES, url, str(folder / "configs/model"), cwd=folder), rounds)


def apply(world: Servers) -> Iterator[Figure]:
    """Many new models, cold, over HTTP: an empty registry for each side of each round."""
    url, folder, count = world.server(0), world.model_files(1000), 1000
    pairs = []
    for number in range(3):
        prefix = f"raw-{number}-"
        raw = taken(python(CREATES, url, str(count), prefix))
        taken(python(EMPTY, url, cwd=folder))
        done = taken(registrar("models=all", cwd=folder, MLFLOW_TRACKING_URI=url))
        taken(python(EMPTY, url, cwd=folder))
        pairs.append((done, raw))
    pair = Pair(tuple(ours for ours, _ in pairs), tuple(raw for _, raw in pairs))
    yield Figure(
        "`registrar models=all`, 1 000 new models (references)",
        "the same creates sent raw from 8 threads",
        pair.ratio,
        1.3,
    )


def apply_first(world: Servers) -> Iterator[Figure]:
    """One small model that is new, cold, over HTTP."""
    folder, url = repository(world.place("apply-first")), world.server(1)
    taken(registrar("model=mnist", cwd=folder, MLFLOW_TRACKING_URI=url))
    line = f"exec {sys.executable} -m registrar model=mnist model.name=new-$$"
    ours = Command(("sh", "-c", line), folder, (("MLFLOW_TRACKING_URI", url),))
    pair = in_turn(ours, python(LOOK, url, "mnist", cwd=folder), ROUNDS)
    yield Figure(
        "`registrar model=mnist`, a new model, HTTP",
        "`mlflow.MlflowClient(uri).get_registered_model('mnist')`",
        pair.ratio,
        0.5,
    )


def update(world: Servers) -> Iterator[Figure]:
    """Many models that exist and change: each is read before its first write and after its last."""
    count = 100
    folder = world.model_files(count)
    with record_requests(world.server(count)) as (url, requests):
        taken(registrar("check", "models=all", cwd=folder, MLFLOW_TRACKING_URI=url))
        reads = len(requests)
        words = ("models=all", "model.description=changed")
        taken(registrar(*words, cwd=folder, MLFLOW_TRACKING_URI=url))
        more = len(requests) - 2 * reads
    yield Figure(
        f"`registrar models=all`, descriptions of {count} models change: requests for each",
        "one write, and two reads of the model and its versions",
        more / count,
        5,
        "requests",
    )


EMPTY = """
import sys
from concurrent.futures import ThreadPoolExecutor
import mlflow
client = mlflow.MlflowClient(sys.argv[1])
while models := client.search_registered_models(max_results=1000):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(client.delete_registered_model, [model.name for model in models]))
"""


def digest(world: Servers) -> Iterator[Figure]:
    """2 GB on disk, in the page cache."""
    for name, files in (("200 files", 200), ("one file", 1)):
        folder = world.place(f"digest-{files}")
        for number in range(files):
            _write(folder / f"{number:03}.bin", 2 * GB // files, seed=number)
        ours = python(HASH, str(folder))
        line = "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
        pair = in_turn(ours, Command(("sh", "-c", line), folder), 3)
        yield Figure(f"content digest of 2 GB in {name}", "`sha256sum`", pair.ratio, 1.1)
        yield Figure("its peak memory", "", pair.memory, 150, "MB")


def _write(path: Path, size: int, seed: int) -> None:
    """Bytes that do not compress, made quickly."""
    block = hashlib.shake_128(bytes([seed])).digest(BLOCK)
    with path.open("wb") as file:
        for _ in range(size // BLOCK):
            file.write(block)


FIGURES: dict[str, Callable[[Servers], Iterator[Figure]]] = {
    "import": importing,
    "validate": validate,
    "validate-many": validate_many,
    "check": check,
    "many-models": many_models,
    "apply": apply,
    "apply-first": apply_first,
    "update": update,
    "digest": digest,
    "upload": transfers.upload,
    "upload-many": transfers.upload_many,
    "upload-s3": transfers.upload_to_s3,
    "verify": transfers.verify,
    "copy": transfers.copy_between_servers,
    "catalogue": site.catalogue,
}
