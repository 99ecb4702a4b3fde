"""The job of the Hydra application that registrar is called from, if there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.errors import CompactHydraException
from omegaconf import OmegaConf

from registrar.secrets import scrub

__all__ = ["RegistrationError", "find_hydra_job", "list_overrides"]


class RegistrationError(CompactHydraException):
    """The failure of a job whose model could not be registered; Hydra prints it in one piece."""


@dataclass(frozen=True, slots=True)
class HydraJob:
    """A job of `@hydra.main`: its name, its overrides, and the directory it was started in."""

    name: str
    overrides: tuple[str, ...]
    folder: str


def find_hydra_job() -> HydraJob | None:
    """Return the job that this process runs, without the secrets in its overrides; else None."""
    if not HydraConfig.initialized():
        return None
    config: Any = HydraConfig.get()
    overrides = tuple(scrub(override) for override in list_overrides(config))
    return HydraJob(config.job.name, overrides, config.runtime.cwd)


def list_overrides(config: Any) -> tuple[str, ...]:
    """Return the overrides of a job as they were typed; `config` is the node `hydra`.

    Their interpolations stay: `${oc.env:TOKEN}` may stand for a secret.
    """
    overrides: Any = OmegaConf.to_container(config.overrides.task, resolve=False)
    return tuple(overrides)
