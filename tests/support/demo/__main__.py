"""Fill a folder with the database and the files of an MLflow server that has a history.

Usage: python -m tests.support.demo FOLDER [--models N] [--versions N]

Then, in FOLDER: registrar catalogue models=all server=local
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

import mlflow
import yaml

from tests.support.demo.history import spread
from tests.support.demo.story import DAY, Story
from tests.support.demo.tasks import TASKS

__all__ = ["fill"]

BEGIN = 1_767_254_400_000  # 2026-01-01 08:00
DIFFERS = "wine-tree"  # somebody has moved its champion by hand
# The versions say that they were made by a CI run.
CI = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "example/models",
    "GITHUB_WORKFLOW": "release",
    "GITHUB_JOB": "apply",
    "REGISTRAR_STRICT": "false",
}


def fill(folder: Path, models: int = len(TASKS), versions: int = 10) -> str:
    """Register the models in a database in `folder`, and return its address."""
    database = folder.resolve() / "mlflow.db"
    server = f"sqlite:///{database}"
    logging.getLogger("mlflow").setLevel(logging.ERROR)  # it warns of each pickle
    mlflow.set_tracking_uri(server)
    mlflow.set_experiment(
        experiment_id=mlflow.create_experiment("training", str(folder.resolve() / "files"))
    )
    moments = {}
    for index, task in enumerate(TASKS[:models]):
        os.environ.update(CI)
        story = Story(task, server, BEGIN + index * DAY + index * 1_800_000)
        story.tell(versions)
        moments[task.name] = story.moments
        file = folder / "configs" / "model" / f"{task.name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        declared = story.declare(versions, differs=task.name == DIFFERS)
        file.write_text(yaml.safe_dump(declared, sort_keys=False), encoding="utf-8")
        print(f"{task.name}: version {story.champion} is the champion", file=sys.stderr)
    spread(database, moments)
    return server


def main() -> None:
    """Read the command line and fill the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=int, default=len(TASKS))
    parser.add_argument("--versions", type=int, default=10)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    os.chdir(arguments.folder)  # MLflow keeps files below the current folder
    print(fill(arguments.folder, arguments.models, arguments.versions))


if __name__ == "__main__":
    main()
