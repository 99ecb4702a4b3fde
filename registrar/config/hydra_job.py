"""The Hydra application that registrar is called from, if it is: the job it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.errors import CompactHydraException

from registrar.secrets import scrub

__all__ = ["RegistrationError", "current_job"]


class RegistrationError(CompactHydraException):
    """What a job ends with whose model could not be registered; Hydra prints it in one piece."""


@dataclass(frozen=True, slots=True)
class HydraJob:
    """A job of `@hydra.main`: its name, its overrides, and the directory it was started in."""

    name: str
    overrides: tuple[str, ...]
    folder: str


def current_job() -> HydraJob | None:
    """The job this process is in; None outside of one. Secrets in overrides are taken out."""
    if not HydraConfig.initialized():
        return None
    about: Any = HydraConfig.get()
    overrides = tuple(scrub(override) for override in about.overrides.task)
    return HydraJob(about.job.name, overrides, about.runtime.cwd)
