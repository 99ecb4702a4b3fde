"""Everything Hydra: from the command line to composed configurations, and where values came from.

Hydra's part is over when all jobs of the batch are composed (`entry`); what follows is ordinary
Python over all of them.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import open_dict

from registrar import progress
from registrar.config import colocated, hydra_errors, many_models, override_checks
from registrar.config.arguments import Arguments, parse
from registrar.config.files import Reading, shown
from registrar.config.hydra_app import composing, each_job
from registrar.config.interpolation import resolved
from registrar.config.origin import Origin
from registrar.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hydra.core.config_loader import ConfigLoader
    from omegaconf import DictConfig

    from registrar.config.many_models import Plain
    from registrar.text import KeyPath

__all__ = ["Job", "compose", "parse"]


@dataclass(frozen=True, slots=True)
class Job:
    """One composed configuration: `config` as plain data, `origin` knows where it came from.

    `unresolved` are the problems met while interpolations were resolved; `plain` is the file of a
    fleet's member that was read without Hydra.
    """

    name: str
    config: dict[str, Any]
    origin: Origin
    file: str | None = None
    unresolved: tuple[tuple[KeyPath, Problem], ...] = field(default=())
    plain: Plain | None = None

    def locate(self, path: KeyPath, problem: Problem) -> Problem:
        """`problem` with file, line and column, or with the override that set the value."""
        return self.origin.locate(path, problem)

    @property
    def broken(self) -> bool:
        """Whether a file of this job could not be read: its problems are reported already."""
        return self.plain is None and self.origin.broken

    def misread(self) -> Iterable[tuple[KeyPath, Problem]]:
        """Tags whose text was lost when it was read."""
        return self.origin.misread(self.config) if self.plain is None else self.plain.lost

    def no_model(self) -> Problem:
        """The problem of a command line that chooses no model, with the names there are."""
        return hydra_errors.no_model(self.origin.reading)


@dataclass(frozen=True, slots=True)
class Composition:
    """The jobs of a command line, and what is wrong with the files they were composed from."""

    jobs: tuple[Job, ...]
    problems: tuple[Problem, ...] = ()


def compose(arguments: Arguments) -> Composition:
    """The jobs of this command line; none for `--help`, `--cfg` and the like.

    Raises ConfigError for what is wrong on the command line. Hydra's own exit (`--help`) passes
    through as SystemExit.
    """
    current = Reading(arguments.folders)
    if not arguments.completes:
        ConfigError.raise_for(override_checks.problems(arguments, current))
    jobs: list[Job] = []

    def collect(cfg: DictConfig) -> None:
        jobs.append(_job(cfg, current))
        if jobs[0].config.get("models") is not None:
            jobs[:] = _fleet(jobs[0], arguments, current)

    each_job(arguments, current, collect)
    if not (jobs or current.problems or arguments.prints):
        hint = "Look at the values of --multirun: a glob may match nothing."
        raise ConfigError(Problem("todo", "there is no job to run", hint))
    twice = [current.declared_twice(job.name) for job in jobs if job.file]
    problems = (*current.problems, *(problem for problem in twice if problem is not None))
    return Composition(tuple(jobs), problems)


def _fleet(base: Job, arguments: Arguments, current: Reading) -> list[Job]:
    """A job for each of the models that `models` means. Raises ConfigError."""
    path = ("models",)
    if arguments.sweeps or base.file is not None:
        hint = "Leave out --multirun." if arguments.sweeps else "Leave out 'model' or 'models'."
        problem = Problem("todo", "chooses the models by itself", hint)
        raise ConfigError(base.locate(path, problem))
    chosen, problems = many_models.names(base.config["models"], current.options("model"))
    ConfigError.raise_for(base.locate(path, problem) for problem in problems)
    simple = many_models.is_simple(arguments, base.config, base.origin)
    base = replace(base, origin=base.origin.with_overrides(arguments.of_the_models))
    templates: dict[str, Job] = {}
    jobs: list[Job] = []
    with progress.step("composing", len(chosen)):
        for name in chosen:
            job = _member(name, base, templates, current) if simple else None
            jobs.append(job or _composed(name, base, current))
            progress.advance("composing")
    return jobs


def _member(name: str, base: Job, templates: dict[str, Job], current: Reading) -> Job | None:
    """The job of a plain file, without Hydra; the first of each folder is composed by it as well."""
    path = current.path(f"model/{name}")
    assert path is not None
    file = shown(path)
    inside = PurePosixPath(file).parent.as_posix()

    def moved(model: dict[str, Any]) -> dict[str, Any]:
        return colocated.relocated(model, inside) if path.name == colocated.FILE else model

    plain = many_models.read_plain(path, moved)
    if plain is None:
        return None
    folder = str(path.parent.parent if path.name == colocated.FILE else path.parent)
    template = templates.get(folder)
    if template is None:
        template = _composed(name, base, current)
        rest = {key: value for key, value in template.config.items() if key != "model"}
        if rest != base.config or template.config.get("model") != plain.model:
            return template
        shared = {**template.config, **base.config}
        templates[folder] = template = replace(template, config=shared)
    origin = base.origin.with_model(name)
    config = many_models.same_order(template.config, plain.model)
    return Job(name, config, origin, file, template.unresolved, plain)


def _composed(name: str, base: Job, current: Reading) -> Job:
    """The job as Hydra composes it. Raises what Hydra does."""
    origin = base.origin.with_model(name)
    with composing(origin.loader, origin.config_name, origin.overrides) as cfg:
        return _job(cfg, current, origin.loader)


def _job(cfg: DictConfig, current: Reading, loader: ConfigLoader | None = None) -> Job:
    about = HydraConfig.get()
    cfg = copy.copy(cfg)
    with open_dict(cfg):
        cfg.pop("hydra", None)
    choices = {str(key): value for key, value in about.runtime.choices.items()}
    name = (choices.get("model") or about.job.config_name or "config").removesuffix(".yaml")
    config, unresolved = resolved(cfg)
    origin = Origin(
        current,
        loader or GlobalHydra.instance().config_loader(),
        about.job.config_name or "config",
        tuple(about.overrides.task),
        frozenset(choices),
    )
    file = current.path(f"model/{name}") if choices.get("model") else None
    return Job(name, config, origin, shown(file) if file else None, unresolved)
