"""Repositories of many model files, and registries that match them."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.benchmarks.pairs import registrar, taken
from tests.support.registrar_process import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["model_files", "registry_of", "repository"]

FILE = """name: {name}
uri: s3://models/{uri}
verify: false
description: Two-layer perceptron on 8x8 digits, accuracy 0.95
metadata:
  lr: 0.003
  epochs: 5
  optimizer: Adam
aliases: [champion]
registered_model:
  description: Handwritten digits
  tags: {{team: vision}}
"""
TEMPLATE = "template"


def repository(folder: Path) -> Path:
    """This project's own example, in a folder of its own."""
    shutil.copytree(ROOT / "configs", folder / "configs")
    shutil.copytree(ROOT / "models", folder / "models")
    return folder


def model_files(folder: Path, count: int) -> Path:
    """A repository of `count` model files."""
    models = folder / "configs" / "model"
    models.mkdir(parents=True)
    for number in range(count):
        name = f"model-{number:05}"
        (models / f"{name}.yaml").write_text(FILE.format(name=name, uri="new"))
    return folder


def registry_of(folder: Path, count: int) -> str:
    """A database with `count` models of two versions, which match `model_files`.

    One is made by registrar, the others are its rows under other names. Its URI.
    """
    models = folder / "configs" / "model"
    models.mkdir(parents=True)
    path = folder / "mlflow.db"
    code = "import sys, mlflow; mlflow.MlflowClient(sys.argv[1]).search_registered_models()"
    argv = [sys.executable, "-c", code, f"sqlite:///{path}"]
    subprocess.run(argv, env=environment(), cwd=folder, check=True, capture_output=True)
    for uri in ("old", "new") if count else ():
        (models / f"{TEMPLATE}.yaml").write_text(FILE.format(name=TEMPLATE, uri=uri))
        taken(registrar(f"model={TEMPLATE}", cwd=folder))
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for number in range(count):
            _copy(database, f"model-{number:05}")
        if count:
            database.execute("PRAGMA foreign_keys=ON")
            database.execute("DELETE FROM registered_models WHERE name = ?", [TEMPLATE])
    return f"sqlite:///{path}"


def _copy(database: sqlite3.Connection, name: str) -> None:
    """All rows of the template once more, under another name."""
    for table in (
        *("registered_models", "registered_model_tags", "registered_model_aliases"),
        *("model_versions", "model_version_tags"),
    ):
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(
            "?" if column == "name" else f"replace({column}, '{TEMPLATE}', ?)" for column in columns
        )
        database.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} "
            f"WHERE name = '{TEMPLATE}'",
            [name] * len(columns),
        )
