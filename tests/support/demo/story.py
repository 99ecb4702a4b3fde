"""The life of one model of the demo: releases, a gate that refuses one, and a rollback."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import mlflow.sklearn
from mlflow.models import infer_signature

import registrar
from registrar import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.demo.tasks import Task

__all__ = ["DAY", "Story"]

DAY = 86_400_000  # milliseconds
SPOILT, RELAPSE = 6, 9  # the version that a gate refuses, and the one that is rolled back
SAVING = {"pip_requirements": ["scikit-learn"], "serialization_format": "cloudpickle"}
CHAMPION, CHALLENGER = "champion", "challenger"


@dataclass
class Story:
    """Registers the versions of one task.

    `moments` has for each step when it really happened and when it is said to have happened, both
    in milliseconds since 1970.
    """

    task: Task
    server: str
    begin: int
    champion: int | None = None
    moments: list[tuple[int, int]] = field(default_factory=list)

    def tell(self, versions: int) -> None:
        """Register so many versions; each becomes the champion unless a gate refuses it."""
        for number in range(1, versions + 1):
            day = self.begin + (number - 1) * 18 * DAY
            entry = self._train(number, versions)
            self._step(day)
            if number == versions and self.champion is not None:
                self._keep_champion(entry)  # it is still being tried
                continue
            try:
                self._apply([{**entry, "aliases": [CHAMPION, CHALLENGER]}])
                self.champion = number
            except RefusedError:
                self._keep_champion(entry)
            if number == RELAPSE and self.champion == number:
                self._step(day + 2 * DAY)
                self.champion = number - 1
                self._keep_champion(entry)

    def _keep_champion(self, entry: Mapping[str, Any]) -> None:
        """Register a version beside the one that is the champion."""
        used = [{"version": self.champion, "aliases": [CHAMPION]}] if self.champion else []
        self._apply([{**entry, "aliases": [CHALLENGER]}, *used])

    def _step(self, moment: int) -> None:
        os.environ["GITHUB_RUN_ID"] = str(
            4100 + moment // DAY % 1000
        )  # each step is another CI run
        self.moments.append((time.time_ns() // 1_000_000, moment))

    def _train(self, number: int, versions: int) -> dict[str, Any]:
        """Train and log a version, and return its entry."""
        spoilt = number == SPOILT
        trained = self.task.train(number, versions, spoilt=spoilt)
        signature = infer_signature(trained.example, trained.model.predict(trained.example))
        note = "Trained on a delivery whose labels were mixed up." if spoilt else ""
        entry: dict[str, Any] = {
            "description": note or f"Retrained on {trained.params['rows']} rows.",
            "metadata": {"trainer": self.task.owner.partition("/")[0], "season": _season(number)},
        }
        if self.task.is_saved:
            folder = f"models/{self.task.name}/{number}"
            mlflow.sklearn.save_model(trained.model, folder, signature=signature, **SAVING)
            metrics = trained.measured["test"][1]
            entry["metrics"] = {k: {"value": v, "dataset": "test"} for k, v in metrics.items()}
            return entry | {"uri": folder}
        with mlflow.start_run(run_name=f"{self.task.name} {number}"):
            mlflow.log_params(dict(trained.params))
            logged = mlflow.sklearn.log_model(
                trained.model,
                name=self.task.name,
                signature=signature,
                **SAVING,
            )
            for name, (data, metrics) in trained.measured.items():
                dataset = mlflow.data.from_numpy(data, name=name)
                mlflow.log_metrics(dict(metrics), dataset=dataset, model_id=logged.model_id)
        return entry | {"uri": f"models:/{logged.model_id}"}

    def _apply(self, entries: list[Mapping[str, Any]]) -> None:
        registrar.apply(
            {
                "model": {**self._model(), "versions": entries},
                "server": {"tracking_uri": self.server},
                "apply": {"allow_protected": [CHAMPION]},
            }
        )

    def _model(self) -> dict[str, Any]:
        gate = {"dataset": "test", "metrics": {self.task.metric: {"min": self.task.least}}}
        return {
            "name": self.task.name,
            "owner": self.task.owner,
            "registered_model": {
                "description": self.task.description,
                "tags": dict(self.task.tags),
                "protected_aliases": [CHAMPION],
            },
            "gates": {CHAMPION: gate},
        }

    def declare(self, versions: int, *, differs: bool) -> dict[str, Any]:
        """Return what the file of the model says; the registry may differ from it."""
        used = 1 if differs else self.champion
        entries = {versions: [CHALLENGER], used: [CHAMPION]}
        return {
            **self._model(),
            "versions": [{"version": n, "aliases": names} for n, names in entries.items()],
        }


def _season(number: int) -> str:
    return ("winter", "spring", "summer", "autumn")[(number - 1) // 3 % 4]
