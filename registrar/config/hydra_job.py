"""The job of the Hydra application that registrar is called from, if there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.errors import CompactHydraException

from registrar.secrets import scrub

__all__ = ["RegistrationError", "find_hydra_job"]


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
    overrides = tuple(scrub(override) for override in config.overrides.task)
    return HydraJob(config.job.name, overrides, config.runtime.cwd)
