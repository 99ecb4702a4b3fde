"""Configurations given in Python: a mapping, a DictConfig, or a composed configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from registrar.config.job import Job
from registrar.config.mapping_source import MappingSource
from registrar.content.yaml_limits import MAX_DIGITS
from registrar.errors import ConfigError, Problem
from registrar.text import printable

if TYPE_CHECKING:
    from registrar.text import KeyPath

__all__ = ["DEFAULT_TRACKING_URI", "default_server", "dump_job", "job_from_mapping", "load_job"]

MAX_BITS = MAX_DIGITS * 10 // 3
DEFAULT_TRACKING_URI = "sqlite:///mlflow.db"  # as in `config/defaults/server/default.yaml`


def job_from_mapping(
    config: Any,
    command: str,
    server: Any = None,
    at: tuple[str, ...] = (),
    beside: Mapping[str, Any] | None = None,
) -> Job:
    """Return the job of a whole configuration (`model`, `server`, ...) or of the `model` alone.

    `server` replaces the configuration's server: a mapping, or the tracking URI alone. Without any,
    the server is that of the command line. `at` is the path of `config` in what the caller has.
    `beside` are other fields of the configuration, such as `policy`, for a model alone.
    Raises ConfigError for what is not a mapping.
    """
    if not isinstance(config, Mapping):
        message = f"the configuration is a {type(config).__name__}, not a mapping"
        raise ConfigError(Problem("not-a-mapping", message, "Give a dict or a DictConfig."))
    problems: list[tuple[KeyPath, Problem]] = []
    others_problems: list[tuple[KeyPath, Problem]] = []
    try:
        whole = _to_plain(config, (), problems)
        server = _to_plain(server, ("server",), others_problems)
        others = _to_plain(beside or {}, (), others_problems)
    except RecursionError:
        message, hint = "is nested too deeply, or contains itself", "Write it out."
        raise ConfigError(Problem("too-deep", message, hint)) from None
    is_bare = "model" not in whole and ("name" in whole or not {"server", "command"} & set(whole))
    if is_bare:
        whole = {"model": whole}
        problems = [(("model", *path), problem) for path, problem in problems]
    whole |= others
    if server is not None:
        whole["server"] = {"tracking_uri": server} if isinstance(server, str) else server
    has_server = whole.get("server") is not None
    if not has_server:
        whole["server"] = default_server()
    whole["command"] = command
    model = whole.get("model")
    name = model.get("name") if isinstance(model, dict) else None
    source = MappingSource(at, is_bare, has_server)
    return Job(
        name if isinstance(name, str) else "",
        whole,
        source,
        unresolved=(*problems, *others_problems),
    )


def dump_job(job: Job) -> dict[str, Any]:
    """Return a valid job that was given in Python as JSON, for `load_job` in another process."""
    assert isinstance(job.source, MappingSource)
    return {"name": job.name, "config": job.config, "source": asdict(job.source)}


def load_job(data: Mapping[str, Any]) -> Job:
    """Return the job that `dump_job` made `data` of."""
    return Job(data["name"], data["config"], MappingSource(**data["source"]))


def default_server() -> dict[str, str | None]:
    """Return the default server without Hydra: MLflow's own variables, else a file.

    It is the same as in `config/defaults/server/default.yaml`.
    """
    return {
        "tracking_uri": os.environ.get("MLFLOW_TRACKING_URI", DEFAULT_TRACKING_URI),
        "registry_uri": os.environ.get("MLFLOW_REGISTRY_URI"),
    }


def _to_plain(value: Any, path: KeyPath, problems: list[tuple[KeyPath, Problem]]) -> Any:
    """Return `value` as JSON has it; add a problem for each part that JSON has nothing for."""
    omegaconf = sys.modules.get("omegaconf")  # a DictConfig exists only where it is loaded
    if omegaconf is not None and isinstance(value, omegaconf.DictConfig | omegaconf.ListConfig):
        from registrar.config.interpolation import resolve

        value, unresolved = resolve(value)
        problems += [((*path, *inside), problem) for inside, problem in unresolved]
    match value:
        case str():  # a member of an Enum is its value, whatever it prints
            return str.__str__(value)
        case None | bool():
            return value
        case int():
            return _to_whole(value, path, problems)
        case float():  # those of NumPy are floats, and write themselves in another way
            return float(value)
        case os.PathLike():
            return os.fspath(value)
        case Mapping():
            for key in value:
                if not isinstance(key, str):
                    message = f"the key {printable(repr(key))} is not text"
                    problem = Problem("key-not-text", message, "Give its text as the key.")
                    problems.append(((*path, str(key)), problem))
            return {
                str(key): _to_plain(item, (*path, str(key)), problems)
                for key, item in value.items()
            }
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [_to_plain(item, (*path, index), problems) for index, item in enumerate(value)]
        case _:
            return _to_scalar(value, path, problems)


def _to_whole(value: int, path: KeyPath, problems: list[tuple[KeyPath, Problem]]) -> int:
    """Return a whole number. A number with too many digits is a problem, as it is in a file."""
    number = int(value)
    if number.bit_length() <= MAX_BITS:
        return number
    problem = Problem("out-of-range", f"has more than {MAX_DIGITS} digits", "Give it as text.")
    problems.append((path, problem))
    return 0


def _to_scalar(value: Any, path: KeyPath, problems: list[tuple[KeyPath, Problem]]) -> Any:
    """Return the number in a scalar of NumPy, PyTorch and their like."""
    try:
        item = value.item()
    except (AttributeError, ValueError, TypeError, RuntimeError):
        item = None
    if isinstance(item, str | bool | int | float):
        return _to_plain(item, path, problems)
    message = f"a configuration cannot hold a value of type {type(value).__name__}"
    hint = "Give text, a number, true or false, a list, or a mapping."
    problems.append((path, Problem("unsupported-type", message, hint)))
    return str(value)
