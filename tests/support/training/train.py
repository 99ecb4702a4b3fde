"""A Hydra app that trains; the callback in its configuration registers what it has logged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
import mlflow

if TYPE_CHECKING:
    from omegaconf import DictConfig


def train(config: DictConfig) -> Any:
    """Log a model; return the accuracy in the form that the configuration asks for."""
    with Path("trained").open("a") as log:
        log.write(f"{config.accuracy}\n")
    if config.logs == "never":
        return float(config.accuracy)
    with mlflow.start_run():
        if config.logs:
            mlflow.log_artifacts("models/mnist", "model")
        if config.tells == "run":
            mlflow.log_metric("accuracy", float(config.accuracy))
    if config.fails:
        message = "diverged"
        raise ValueError(message)
    return {"run": 0.0, "mapping": {"accuracy": config.accuracy}}.get(
        config.tells, float(config.accuracy)
    )


if __name__ == "__main__":
    release = hydra.__version__.split(".")[:2]
    base = {"version_base": "1.3"} if release < ["1", "4"] else {}
    hydra.main(config_path="conf", config_name="config", **base)(train)()
