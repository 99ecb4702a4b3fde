"""Everything Hydra: from the command line to composed configurations, and where values came from.

Hydra runs with a task that only collects. When it returns, all jobs of the batch are composed and
nothing has happened yet; what follows is ordinary Python over all of them.
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
import re
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, ListConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from registrar import progress
from registrar.compose import beforehand, beside, fleets, refusals
from registrar.compose.arguments import Arguments, parse, without_command
from registrar.compose.origin import Origin
from registrar.compose.plugins import reading
from registrar.compose.reading import Reading, shown
from registrar.compose.refusals import explain, explain_usage, first_line
from registrar.compose.wording import without_secrets
from registrar.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hydra.core.config_loader import ConfigLoader

    from registrar.compose.fleets import Plain
    from registrar.schema import Path

__all__ = ["Arguments", "Composition", "Job", "compose", "parse", "resolved"]

# Nothing is left in the user's directory, whatever a configs/config.yaml says.
QUIET = (
    "hydra.output_subdir=null",
    "hydra.run.dir=.",
    "hydra.sweep.subdir=.",
    "hydra.job.chdir=false",
    "hydra/job_logging=none",
    "hydra/hydra_logging=none",
)


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
    unresolved: tuple[tuple[Path, Problem], ...] = field(default=())
    plain: Plain | None = None

    def locate(self, path: Path, problem: Problem) -> Problem:
        """`problem` with file, line and column, or with the override that set the value."""
        return self.origin.locate(path, problem)

    @property
    def broken(self) -> bool:
        """Whether a file of this job could not be read: its problems are reported already."""
        return self.plain is None and self.origin.broken

    def misread(self) -> Iterable[tuple[Path, Problem]]:
        """Tags whose text was lost when it was read."""
        return self.origin.misread(self.config) if self.plain is None else self.plain.lost

    def no_model(self) -> Problem:
        """The problem of a command line that chooses no model, with the names there are."""
        return refusals.no_model(self.origin.reading)


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
        ConfigError.raise_for(beforehand.problems(arguments, current))
    jobs: list[Job] = []

    def collect(cfg: DictConfig) -> None:
        jobs.append(_job(cfg, current))
        if jobs[0].config.get("models") is not None:
            jobs[:] = _fleet(jobs[0], arguments, current)

    with reading(current), _hydra_environment(arguments) as overrides:
        sys.argv[1:] = [*arguments.flags, *arguments.of_the_base, *overrides]
        base = {} if _hydra_release() >= (1, 4) else {"version_base": "1.3"}
        main = hydra.main(config_path="pkg://registrar.conf", config_name="config", **base)
        output, errors = io.StringIO(), io.StringIO()
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
                main(collect)()
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            if not current.problems:
                raise ConfigError(*explain(error, arguments, current)) from None
        except SystemExit as exit_:
            if exit_.code == 2:  # argparse
                raise ConfigError(explain_usage(errors.getvalue(), arguments)) from None
            raise
        else:
            sys.stderr.write(errors.getvalue())
        finally:
            sys.stdout.write(without_secrets(output.getvalue()))
    if not (jobs or current.problems or arguments.prints):
        hint = "Look at the values of --multirun: a glob may match nothing."
        raise ConfigError(Problem("there is no job to run", hint))
    twice = [current.declared_twice(job.name) for job in jobs if job.file]
    problems = (*current.problems, *(problem for problem in twice if problem is not None))
    return Composition(tuple(jobs), problems)


def _fleet(base: Job, arguments: Arguments, current: Reading) -> list[Job]:
    """A job for each of the models that `models` means. Raises ConfigError."""
    path = ("models",)
    if arguments.sweeps or base.file is not None:
        hint = "Leave out --multirun." if arguments.sweeps else "Leave out 'model' or 'models'."
        problem = Problem("chooses the models by itself", hint)
        raise ConfigError(base.locate(path, problem))
    chosen, problems = fleets.names(base.config["models"], current.options("model"))
    ConfigError.raise_for(base.locate(path, problem) for problem in problems)
    simple = fleets.is_simple(arguments, base.config, base.origin)
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
        return beside.relocated(model, inside) if path.name == beside.FILE else model

    plain = fleets.read_plain(path, moved)
    if plain is None:
        return None
    folder = str(path.parent.parent if path.name == beside.FILE else path.parent)
    template = templates.get(folder)
    if template is None:
        template = _composed(name, base, current)
        rest = {key: value for key, value in template.config.items() if key != "model"}
        if rest != base.config or template.config.get("model") != plain.model:
            return template
        shared = {**template.config, **base.config}
        templates[folder] = template = replace(template, config=shared)
    origin = base.origin.with_model(name)
    config = fleets.same_order(template.config, plain.model)
    return Job(name, config, origin, file, template.unresolved, plain)


def _composed(name: str, base: Job, current: Reading) -> Job:
    """The job as Hydra composes it. Raises what Hydra does."""
    origin = base.origin.with_model(name)
    cfg = origin.loader.load_configuration(
        origin.config_name, list(origin.overrides), run_mode=RunMode.RUN
    )
    before = HydraConfig.instance().cfg
    try:
        HydraConfig.instance().set_config(cfg)
        return _job(cfg, current, origin.loader)
    finally:
        HydraConfig.instance().cfg = before


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


def resolved(cfg: DictConfig) -> tuple[dict[str, Any], tuple[tuple[Path, Problem], ...]]:
    """`cfg` as plain data, with a problem for each value that can not be resolved."""
    try:
        value = OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException:
        found: list[tuple[Path, Problem]] = []
        value = _resolve(cfg, (), found)
        return value, tuple(found)
    assert isinstance(value, dict)
    return {str(key): item for key, item in value.items()}, ()


def _resolve(node: Any, path: Path, found: list[tuple[Path, Problem]]) -> Any:
    keys = list(node) if isinstance(node, DictConfig) else range(len(node))
    plain: dict[str, Any] = {}
    for key in keys:
        inside = (*path, key if isinstance(key, int) else str(key))
        raw = OmegaConf.to_container(node, resolve=False)[key]  # type: ignore[index]
        try:
            missing = OmegaConf.is_missing(node, key)
            value = raw if missing else node[key]
        except OmegaConfBaseException as error:
            found.append((inside, _interpolation(first_line(error))))
            value = raw
        else:
            if missing:
                found.append((inside, Problem("is '???': it has no value yet", "Give it one.")))
        if isinstance(value, DictConfig | ListConfig):
            value = _resolve(value, inside, found)
        plain[str(key)] = value
    return plain if isinstance(node, DictConfig) else list(plain.values())


def _interpolation(message: str) -> Problem:
    variable = re.search(r"Environment variable '(\w+)' not found", message)
    if variable:
        name = variable[1]
        hint = f"Set it, or give a default: ${{oc.env:{name},DEFAULT}}."
        return Problem(f"the environment variable {name} is not set", hint)
    if message.startswith("Unsupported interpolation type env"):
        return Problem("there is no interpolation type env", "Write ${oc.env:NAME}.")
    return Problem(message, "Correct the ${...}.")


@contextlib.contextmanager
def _hydra_environment(arguments: Arguments) -> Iterator[list[str]]:
    """Hydra's errors come as exceptions, its files go to a scratch folder; all undone at the end."""
    argv, environ = sys.argv[:], dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="registrar-") as scratch:
        os.environ["HYDRA_FULL_ERROR"] = "1"
        if "COMP_LINE" in os.environ:
            os.environ["COMP_LINE"] = without_command(os.environ["COMP_LINE"])
        try:
            yield [] if arguments.completes else [*QUIET, f"hydra.sweep.dir='{scratch}'"]
        finally:
            sys.argv[:] = argv
            for name in ("HYDRA_FULL_ERROR", "COMP_LINE"):
                if name in environ:
                    os.environ[name] = environ[name]
                else:
                    os.environ.pop(name, None)


def _hydra_release() -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", hydra.__version__)[:2])
