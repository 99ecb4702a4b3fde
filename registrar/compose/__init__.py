"""Everything Hydra: from the command line to composed configurations, and where values came from.

Hydra runs with a task that only collects. When it returns, all jobs of the batch are composed and
nothing has happened yet; what follows is ordinary Python over all of them.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import (
    ConfigCompositionException,
    HydraException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from registrar.compose.arguments import Arguments, parse, without_command
from registrar.compose.origin import Origin
from registrar.compose.reading import GROUPS, Reading, reading
from registrar.errors import ConfigError, Problem
from registrar.schema import known_fields, nearest
from registrar.uris import scrub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.schema import Path

__all__ = ["Arguments", "Composition", "Job", "compose", "no_model", "parse"]

# Nothing is left in the user's directory, whatever a configs/config.yaml says.
QUIET = (
    "hydra.output_subdir=null",
    "hydra.run.dir=.",
    "hydra.sweep.subdir=.",
    "hydra.job.chdir=false",
    "hydra/job_logging=none",
    "hydra/hydra_logging=none",
)
MANY = 20


@dataclass(frozen=True, slots=True)
class Job:
    """One composed configuration: `config` as plain data, `origin` knows where it came from.

    `unresolved` are the problems met while interpolations were resolved.
    """

    name: str
    config: dict[str, Any]
    origin: Origin
    file: str | None = None
    unresolved: tuple[tuple[Path, Problem], ...] = field(default=())

    def locate(self, path: Path, problem: Problem) -> Problem:
        """`problem` with file, line and column, or with the override that set the value."""
        return self.origin.locate(path, problem)


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
    jobs: list[Job] = []

    def collect(cfg: DictConfig) -> None:
        jobs.append(_job(cfg, current))

    with reading(current), _hydra_environment(arguments) as overrides:
        sys.argv[1:] = [*arguments.hydra, *overrides]
        base = {} if _hydra_release() >= (1, 4) else {"version_base": "1.3"}
        main = hydra.main(config_path="pkg://registrar.conf", config_name="config", **base)
        errors = io.StringIO()
        try:
            with contextlib.redirect_stderr(errors):
                main(collect)()
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            if not current.problems:
                raise ConfigError(_explain(error, arguments, current)) from None
        except SystemExit as exit_:
            if exit_.code == 2:  # argparse
                raise ConfigError(_usage(errors.getvalue(), arguments)) from None
            sys.stderr.write(errors.getvalue())
            raise
        sys.stderr.write(errors.getvalue())
    return Composition(tuple(jobs), tuple(current.problems))


def _job(cfg: DictConfig, current: Reading) -> Job:
    about = HydraConfig.get()
    choices = {str(key): value for key, value in about.runtime.choices.items()}
    name = choices.get("model") or about.job.config_name or "config"
    config, unresolved = _plain(cfg)
    origin = Origin(
        current,
        GlobalHydra.instance().config_loader(),
        about.job.config_name or "config",
        tuple(about.overrides.task),
        frozenset(choices),
    )
    file = current.find(f"model/{name}") if "model" in choices else None
    return Job(name, config, origin, file.shown if file else None, unresolved)


def _plain(cfg: DictConfig) -> tuple[dict[str, Any], tuple[tuple[Path, Problem], ...]]:
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
            found.append((inside, _interpolation(_first_line(error))))
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
            yield [*QUIET, f"hydra.sweep.dir='{scratch}'"] if _composes(arguments) else []
        finally:
            sys.argv[:] = argv
            for name in ("HYDRA_FULL_ERROR", "COMP_LINE"):
                if name in environ:
                    os.environ[name] = environ[name]
                else:
                    os.environ.pop(name, None)


def _composes(arguments: Arguments) -> bool:
    """Whether Hydra will compose, and not complete a command line in the shell."""
    return not {"--shell-completion", "-sc"} & set(arguments.hydra)


def _usage(printed: str, arguments: Arguments) -> Problem:
    """What argparse says, without the overrides that were added to the command line."""
    message = printed.strip().splitlines()[-1].partition("error: ")[2]
    unknown = [word for word in arguments.hydra if word.startswith("-") and word in message]
    if message.startswith("unrecognized arguments") and unknown:
        message = f"unknown flag {' '.join(unknown)}"
    return Problem(message, "See --help.")


def _explain(error: Exception, arguments: Arguments, current: Reading) -> Problem:
    """What Hydra refuses, in one line, with the nearest name or the quoted form."""
    message = _first_line(error)
    if ambiguous := re.match(r"Ambiguous value for argument '(.*)'", message):
        hint = f"{_quoting(ambiguous[1])} To sweep over a list, add --multirun."
        return Problem("is several values", hint).at(override=scrub(ambiguous[1]))
    match error:
        case MissingConfigException(missing_cfg_file=str() as missing):
            group, _, name = missing.rpartition("/")
            return no_such(group, name, current) if group else Problem(f"no config '{name}'")
        case OverrideParseException(override=override):
            message = "is not an override Hydra can read"
            return Problem(message, _quoting(override)).at(override=scrub(override))
        case ConfigCompositionException():
            return _composition(error, arguments, current)
        case _:
            return Problem(_first_line(error.__cause__ or error))


def _quoting(override: str) -> str:
    key, _, value = override.partition("=")
    return f"Quote the value: '{key}=\"{scrub(value)}\"'." if value else "Write field=value."


def _composition(error: Exception, arguments: Arguments, current: Reading) -> Problem:
    """An override of something that is not there: a group, or a field."""
    cause = _first_line(error.__cause__) if error.__cause__ else _first_line(error)
    named = re.search(r"override '?([^'\s]+?)'?[.:]?(\s|$)", _first_line(error))
    key = named[1].lstrip("+~").partition("=")[0] if named else ""
    given = [w for w in arguments.hydra if key and w.lstrip("+~").partition("=")[0] == key]
    if not given:
        return Problem(cause)
    if key in GROUPS:
        return no_such(key, given[-1].partition("=")[2], current)
    *parents, field_ = key.split(".")
    known = known_fields(tuple(parents))
    near = nearest(field_, known)
    if field_ in known:
        problem = Problem(f"'{key}' has no value to change", f"Add it with +{given[-1]}.")
    else:
        hint = f"Did you mean '{near}'?" if near else f"Known here: {', '.join(known)}."
        problem = Problem(f"unknown key '{field_}'", hint if known else "Add it with +field=value.")
    return problem.at(override=scrub(given[-1]))


def no_such(group: str, name: str, current: Reading) -> Problem:
    """The problem of an option that its group does not have, with the nearest names."""
    known = current.options(group)
    if not known:
        message = f"no {group} '{name}': there is no configs/{group}/{name}.yaml here"
        hint = "Make it, change to the folder that holds configs/, or name it with --config-dir."
        return Problem(message, hint)
    for folder in current.folders:
        if (folder / group / f"{name}.yml").is_file():
            return Problem(f"no {group} '{name}'", f"Rename {group}/{name}.yml to {name}.yaml.")
    near = nearest(name, known)
    listed = ", ".join(known[:MANY]) + (f", ... ({len(known)})" if len(known) > MANY else "")
    hint = f"Did you mean '{near}'? Known: {listed}." if near else f"Known: {listed}."
    return Problem(f"no {group} '{name}'", hint)


def no_model(job: Job) -> Problem:
    """The problem of a command line that chooses no model, with the names there are."""
    known = job.origin.reading.options("model")
    if not known:
        message = "no model chosen, and no configs/model/NAME.yaml here"
        hint = "Make one, change to the folder that holds configs/, or name it with --config-dir."
        return Problem(message, hint)
    listed = ", ".join(known[:MANY]) + (f", ... ({len(known)})" if len(known) > MANY else "")
    return Problem("no model chosen", f"Say model=NAME. Known: {listed}.")


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _hydra_release() -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", hydra.__version__)[:2])
