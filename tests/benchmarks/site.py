"""The figures of the catalogue, on a registry with many versions whose runs have metrics."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.benchmarks.measures import Figure
from tests.benchmarks.pairs import registrar, taken
from tests.support.mlflow_server import run_server
from tests.support.registrar_process import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.benchmarks.figures import Servers

__all__ = ["catalogue"]

MODELS, VERSIONS = 1000, 20
SECONDS, MEMORY, PAGE = 20, 300, 300  # seconds, MB, kB
# One model with one version, its run, and its upload with a list of files, whose rows are copied.
TEMPLATE = """
import mlflow
from registrar.content.digest import Manifest
from registrar.registry.upload_record import make_manifest_tags
manifest = Manifest({path: "0" * 64 for path in ("MLmodel", "conda.yaml", "model.pkl", "requirements.txt")})
client = mlflow.MlflowClient()
client.create_registered_model("template", {"team": "vision"}, "Reads **digits**")
run = client.create_run("0").info.run_id
for name in ("accuracy", "f1", "log_loss"):
    client.log_metric(run, name, 0.9)
client.log_param(run, "lr", "0.1")
tags = {"registrar_digest": manifest.digest}
upload = client.create_logged_model("0", name="template", tags=tags | make_manifest_tags(manifest.text))
client.finalize_logged_model(upload.model_id, "READY")
tags["git_commit"] = "a" * 40
client.create_model_version("template", upload.model_uri, run, tags, await_creation_for=0)
client.set_registered_model_alias("template", "champion", "1")
print(run, upload.model_id)
"""
OF_MODELS = ("registered_models", "registered_model_tags")
OF_VERSIONS = ("model_versions", "model_version_tags")
OF_UPLOADS = ("logged_models", "logged_model_tags")
OF_RUNS = ("runs", "latest_metrics", "metrics", "params", "tags")


def catalogue(world: Servers) -> Iterator[Figure]:
    """Pages of all models, cold: over HTTP, and from the database itself."""
    folder = world.place("catalogue")
    database = _fill(folder)
    url = world.stack.enter_context(run_server(folder, database, workers=4)).url
    what = "`registrar catalogue`, 1 000 models of 20 versions"
    for way, uri in (("HTTP", url), ("SQLite", database)):
        done = taken(registrar("catalogue", cwd=folder, MLFLOW_TRACKING_URI=uri))
        yield Figure(f"{what}, {way}", "", done.seconds, SECONDS, "s")
        yield Figure("its peak memory", "", done.memory, MEMORY, "MB")
    sizes = [page.stat().st_size for page in (folder / "site").rglob("*.html")]
    yield Figure("its largest page", "", max(sizes) / 1000, PAGE, "kB")


def _fill(folder: Path) -> str:
    """Make the database; its URI."""
    path = folder / "mlflow.db"
    env = environment(MLFLOW_TRACKING_URI=f"sqlite:///{path}")
    argv = [sys.executable, "-c", TEMPLATE]
    made = subprocess.run(argv, env=env, cwd=folder, check=True, capture_output=True, text=True)
    run, upload = made.stdout.split()[-2:]
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for model in range(MODELS):
            name = f"model-{model:05}"
            for table in OF_MODELS:
                _copy(database, table, "name = 'template'", name=name)
            for version in range(1, VERSIONS + 1):
                run_id = f"{model:016x}{version:016x}"
                model_id = f"m-{run_id}"
                for table in OF_RUNS:
                    _copy(database, table, f"run_uuid = '{run}'", run_uuid=run_id)
                for table in OF_UPLOADS:
                    _copy(database, table, f"model_id = '{upload}'", model_id=model_id)
                fields: dict[str, str | int] = {"name": name, "version": version}
                fields |= {"run_id": run_id, "source": f"models:/{model_id}"}
                for table in OF_VERSIONS:
                    _copy(database, table, "name = 'template'", **fields)
            where = "name = 'template'"
            _copy(database, "registered_model_aliases", where, name=name, version=VERSIONS)
        for table in ("registered_model_aliases", *OF_VERSIONS[::-1], *OF_MODELS[::-1]):
            database.execute(f"DELETE FROM {table} WHERE name = 'template'")
    return f"sqlite:///{path}"


def _copy(database: sqlite3.Connection, table: str, where: str, **fields: str | int) -> None:
    """Copy rows of a table with other values in those of the fields that it has."""
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    values = [f":{column}" if column in fields else column for column in columns]
    database.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} FROM {table} WHERE {where}",
        fields,
    )
