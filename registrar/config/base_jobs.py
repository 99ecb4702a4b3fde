"""The jobs of another checkout beside those of this one, for `policy.dir`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.config.base_checkout import base_arguments
from registrar.config.compose import compose_jobs
from registrar.config.files import ConfigFiles
from registrar.config.override import parse_override
from registrar.config.schema import find_schema_problems
from registrar.errors import ConfigError
from registrar.note import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.arguments import Arguments
    from registrar.config.job import Job

__all__ = ["with_base_jobs"]


def with_base_jobs(jobs: Sequence[Job], arguments: Arguments) -> tuple[Job, ...]:
    """Return the jobs with what the checkout that `policy.dir` names declares in their place.

    A model that this checkout does not have there gets what holds for all models. Models of that
    checkout that cannot be composed are a note: they may be what the pull request mends. Raises
    ConfigError for a folder that is no checkout, and for what is wrong with its other files.
    """
    arguments = base_arguments(jobs[0], arguments)
    composition = compose_jobs(arguments)
    ConfigError.raise_for(composition.problems)
    (base,) = composition.jobs
    chosen = [job for job in jobs if isinstance(job.config.get("model"), dict)]
    notes: tuple[Note, ...] = ()
    models: dict[str, Job] = {}
    try:
        models = _find_models(chosen, arguments)
    except ConfigError as error:
        checkout, reason = str(jobs[0].config["policy"]["dir"]), str(error.problems[0])
        notes = (Note("base-unread", checkout, {"reason": reason}),)
    return tuple(
        replace(
            job,
            base=models.get(_name_of(job), base),
            notes=(*job.notes, *notes) if job is jobs[0] else job.notes,
        )
        for job in jobs
    )


def _find_models(jobs: Sequence[Job], arguments: Arguments) -> dict[str, Job]:
    """Return the valid models of the other checkout, by the name of the registered model.

    All are composed where the files of the same names do not declare all models of `jobs`: a file may
    have been renamed. Raises ConfigError for a model that cannot be composed.
    """
    known = ConfigFiles(arguments.folders, arguments.beside).list_options("model")
    names = sorted({job.name for job in jobs} & {*known})
    found = _compose_models(f"[{','.join(map(_quote, names))}]", arguments) if names else {}
    if known and not {_name_of(job) for job in jobs} <= found.keys():
        found = _compose_models("all", arguments)
    return found


def _compose_models(choice: str, arguments: Arguments) -> dict[str, Job]:
    override = parse_override(f"models={choice}")
    composition = compose_jobs(replace(arguments, overrides=(*arguments.overrides, override)))
    ConfigError.raise_for(composition.problems)
    return {
        _name_of(job): job
        for job in composition.jobs
        if "model" in job.config and not find_schema_problems(job.config, "model")
    }


def _quote(name: str) -> str:
    return f"'{name}'"


def _name_of(job: Job) -> str:
    """Return the name of the registered model, as far as the configuration has one."""
    model = job.config.get("model")
    return str(model.get("name")) if isinstance(model, dict) else ""
