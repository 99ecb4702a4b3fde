"""From the command line to composed jobs, with Hydra.

Hydra's part is over when all jobs are composed; what follows is ordinary Python over all of them.
"""

from __future__ import annotations

import contextlib
import copy
import posixpath
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import open_dict

from registrar import progress
from registrar.config import colocated_models
from registrar.config.files import ConfigFiles
from registrar.config.hydra_app import EXPLAINED, compose_each, compose_one
from registrar.config.hydra_job import list_overrides
from registrar.config.interpolation import is_too_large, resolve
from registrar.config.job import Job
from registrar.config.many_models import (
    can_skip_hydra,
    chooses_many,
    deletes_undeclared,
    is_apply_of_plan,
    read_plain_model,
    select_models,
    selects_changed,
    with_model,
)
from registrar.config.named_servers import with_named_servers
from registrar.config.option_names import explain_odd_name
from registrar.config.origin import Origin
from registrar.config.override_checks import check_arguments
from registrar.config.plan_file import read_plan_file
from registrar.config.registered_names import with_registered_name
from registrar.config.schema import known_fields
from registrar.config.source_file import relative_path
from registrar.config.unread_files import find_unread_models, find_unread_primary
from registrar.content.yaml_limits import YamlLimitError
from registrar.errors import ConfigError, Problem
from registrar.text import has_surrogate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hydra.core.config_loader import ConfigLoader
    from omegaconf import DictConfig

    from registrar.config.arguments import Arguments

__all__ = ["compose_jobs"]


@dataclass(frozen=True, slots=True)
class Composition:
    """The jobs of a command line, and what is wrong with the files they were composed from."""

    jobs: tuple[Job, ...]
    problems: tuple[Problem, ...] = ()


def compose_jobs(arguments: Arguments) -> Composition:
    """Return the jobs of a command line; none for `--help`, `--cfg` and the like.

    Raises ConfigError for what is wrong on the command line. Hydra's own exit (`--help`) passes
    through as SystemExit.
    """
    files = ConfigFiles(arguments.folders, arguments.beside)
    arguments = with_registered_name(arguments, files)
    ConfigError.raise_for(check_arguments(arguments, files))
    ConfigError.raise_for(find_unread_primary(files.folders, arguments.config_name))
    files.read_stand_ins()
    ConfigError.raise_for(files.problems)
    if arguments.prints_resolved:
        _check_expansion(arguments, files)
    jobs: list[Job] = []

    def collect(cfg: DictConfig) -> None:
        job = _job_from(cfg, files, arguments)
        is_many = not jobs and chooses_many(job.config)
        composed = _compose_many(_Base(job, arguments, files)) if is_many else [job]
        jobs.extend(with_named_servers(composed, files))

    compose_each(arguments, files, collect)
    if not (jobs or files.problems or arguments.prints_only):
        hint = "Look at the values of --multirun: a glob may match nothing."
        raise ConfigError(Problem("no-jobs", "there is no job to run", hint))
    duplicates = [files.find_duplicate(job.name) for job in jobs if job.file]
    problems = (*files.problems, *(problem for problem in duplicates if problem is not None))
    return Composition(tuple(jobs), problems)


def _check_expansion(arguments: Arguments, files: ConfigFiles) -> None:
    """Raise ConfigError where the interpolations of what Hydra is to print expand too far."""
    problems: list[Problem] = []

    def collect(cfg: DictConfig) -> None:
        job = _job_from(cfg, files, arguments)
        problems.extend(job.locate(*item) for item in job.unresolved if is_too_large(item[1]))

    with contextlib.suppress(ConfigError):  # Hydra, or what comes later, tells it
        compose_each(replace(arguments, flags=arguments.composing_flags), files, collect)
    ConfigError.raise_for(problems)


@dataclass(frozen=True, slots=True)
class _Base:
    """What many models have in common: the job without a model, and what it was composed from."""

    job: Job
    arguments: Arguments
    files: ConfigFiles

    @property
    def origin(self) -> Origin:
        """Where the values of the job came from."""
        assert isinstance(self.job.source, Origin)
        return self.job.source


def _compose_many(base: _Base) -> list[Job]:
    """Return a job for each model that the field `models`, or the plan file, selects.

    Where they select none, the one job has no model. Raises ConfigError.
    """
    ConfigError.raise_for(
        base.job.locate(path, problem) for path, problem in base.job.find_forbidden_nodes()
    )
    path = ("plan",) if is_apply_of_plan(base.job.config) else ("models",)
    if base.arguments.is_sweep or base.job.file is not None:
        hint = "Leave out 'model' or 'models'."
        if base.arguments.is_sweep:
            hint = "Leave out --multirun."
        problem = Problem("two-models", "already selects the models", hint)
        raise ConfigError(base.job.locate(path, problem))
    ConfigError.raise_for(find_unread_models(base.files.folders))
    known = base.files.list_options("model")
    names, problems = _select(base.job.config, known, base.files)
    ConfigError.raise_for(base.job.locate(path, problem) for problem in problems)
    paths = (base.files.find_path(f"model/{name}") for name in names if has_surrogate(name))
    odd = (explain_odd_name(path) for path in paths if path is not None)
    ConfigError.raise_for(problem for problem in odd if problem is not None)
    skips_hydra = can_skip_hydra(base.arguments, base.job.config, base.origin)
    overrides = tuple(override.text for override in base.arguments.model_overrides)
    origin = base.origin.with_overrides(overrides)
    base = replace(base, job=replace(base.job, source=origin))
    compose = partial(_compose_names, names, base, skips_hydra=skips_hydra)
    if selects_changed(base.job.config):
        from registrar.config.changed_models import choose_changed  # only here is git needed

        return choose_changed(compose, base.job, base.origin)
    jobs = compose()
    return jobs or [base.job]


def _select(
    config: Mapping[str, Any], known: Sequence[str], files: ConfigFiles
) -> tuple[list[str], list[Problem]]:
    """Return the names of the models to compose, and what is wrong with the selection."""
    if deletes_undeclared(config):
        return select_models("all", known, files.is_shared)
    if not is_apply_of_plan(config):
        return select_models(config["models"], known, files.is_shared)
    if config.get("models") is not None:
        problem = Problem("two-models", "already selects the models", "Leave out 'models'.")
        return [], [problem]
    planned = {model["config"] for model in read_plan_file(config["plan"])["models"]}
    return [name for name in known if name in planned], []


def _compose_names(
    names: Sequence[str],
    base: _Base,
    *,
    skips_hydra: bool,
    on_failure: Callable[[str, Exception], None] | None = None,
) -> list[Job]:
    """Return the jobs of the models. `on_failure` raises, or leaves out a model that has none."""
    templates: dict[str, Job] = {}
    jobs: list[Job] = []
    with progress.step("composing", len(names)):
        for name in names:
            try:
                _check_file_name(name, base.files)
                job = _load_plain(name, base, templates) if skips_hydra else None
                jobs.append(job or _compose_model(name, base))
            except (*EXPLAINED, ConfigError) as error:
                if on_failure is None:
                    raise
                on_failure(name, error)
            progress.advance("composing")
    return jobs


def _check_file_name(name: str, files: ConfigFiles) -> None:
    """Raise ConfigError for a model whose file has a name that Hydra reads as something else."""
    has_two_endings = name.endswith(".yaml")  # Hydra takes one of them away
    if has_two_endings or "'" in name or "${" in name or name.endswith("\\"):
        path = files.find_path(f"model/{name}.yaml" if has_two_endings else f"model/{name}")
        message = (
            "the name of this file ends with .yaml twice"
            if has_two_endings
            else "the name of this file holds ', ${ or a backslash at its end, which Hydra cannot read"
        )
        problem = Problem("invalid-file-name", message, "Rename the file.")
        raise ConfigError(problem.at(file=relative_path(path) if path else name))


def _load_plain(name: str, base: _Base, templates: dict[str, Job]) -> Job | None:
    """Return the job of a file without Hydra features; None for a file that needs Hydra.

    `templates` holds for each folder a job that Hydra composed too, with an equal result.
    """
    path = base.files.find_path(f"model/{name}")
    assert path is not None
    if not base.files.may_read(path):
        return None
    file = relative_path(path)
    is_colocated = path.name == colocated_models.FILE
    try:
        plain = read_plain_model(base.files.take_content(path))
    except (OSError, YamlLimitError):
        return None  # Hydra's way tells what is wrong
    if plain is None:
        return None
    if is_colocated:
        folder = PurePosixPath(file).parent.as_posix()
        plain = replace(plain, model=colocated_models.relocate(plain.model, folder))
    group = posixpath.dirname(posixpath.dirname(file) if is_colocated else file)
    template = templates.get(group)
    if template is None:
        template = _compose_model(name, base)
        others = {key: value for key, value in template.config.items() if key != "model"}
        if others != base.job.config or template.config.get("model") != plain.model:
            return template
        # The same objects in all jobs: they are validated and compared once.
        shared = {**template.config, **base.job.config}
        templates[group] = template = replace(template, config=shared)
    source = base.origin.with_model(name, plain.misread)
    config = with_model(template.config, plain.model)
    return Job(name, config, source, file, template.unresolved)


def _compose_model(name: str, base: _Base) -> Job:
    """Return the job of a model as Hydra composes it. Raises what Hydra raises."""
    origin = base.origin.with_model(name)
    with compose_one(origin.loader, origin.config_name, origin.overrides) as cfg:
        return _job_from(cfg, base.files, base.arguments, origin.loader)


def _list_own_fields(choices: Iterable[str]) -> set[str]:
    """Return the fields that only the user's own groups are in; interpolations may name them."""
    groups = {group.partition("/")[0] for group in choices if "@" not in group}
    return groups - set(known_fields(()))


def _job_from(
    cfg: DictConfig, files: ConfigFiles, arguments: Arguments, loader: ConfigLoader | None = None
) -> Job:
    """Return the job of a composed configuration, while Hydra's globals are those of the job."""
    settings = HydraConfig.get()
    cfg = copy.copy(cfg)
    with open_dict(cfg):
        cfg.pop("hydra", None)
    choices = {str(key): value for key, value in settings.runtime.choices.items()}
    config_name = settings.job.config_name or "config"
    config, unresolved = resolve(cfg)
    for field in _list_own_fields(choices):
        config.pop(field, None)
        unresolved = tuple(
            (path, found)
            for path, found in unresolved
            if path[:1] != (field,) or found.code != "missing-value"
        )
    origin = Origin(
        files,
        loader or GlobalHydra.instance().config_loader(),
        config_name,
        list_overrides(settings),
        frozenset(choices),
        {override.text: override.typed for override in arguments.overrides},
    )
    path = files.find_path(f"model/{choices['model']}") if choices.get("model") else None
    if path is None or files.read(path).has_defaults:
        stray = origin.find_strays() if files.has_including_model else None
        unresolved = (*(((), problem) for problem in [stray] if problem), *unresolved)
    name = (choices.get("model") or config_name).removesuffix(".yaml")
    return Job(name, config, origin, relative_path(path) if path else None, unresolved)
