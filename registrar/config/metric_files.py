"""Metrics that a configuration declares with the name of a JSON file: `metrics: evaluation.json`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.config.schema import find_schema_problems
from registrar.config.spec import list_entries, list_metric_files
from registrar.content.yaml_limits import MAX_FILE_BYTES
from registrar.errors import ConfigError, Problem
from registrar.plain_files import read_plain
from registrar.text import dotted, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.config.job import Job
    from registrar.text import KeyPath

__all__ = ["find_metric_problems", "with_metric_files"]

# A model with nothing but metrics, to check those of a file.
ANY_MODEL = {"name": "any", "uri": "any"}


def find_metric_problems(job: Job) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield what is wrong with the files of metrics that the job names, each with its path."""
    for path, name in list_metric_files(job.config):
        try:
            _read(job, path, name)
        except ConfigError as error:
            yield from ((path, problem) for problem in error.problems)


def with_metric_files(job: Job) -> Job:
    """Return a valid job with the numbers of the files in place of their names.

    Raises ConfigError, for a file that has changed since the job was checked as well.
    """
    numbers: dict[KeyPath, Mapping[str, Any]] = {}
    problems: list[Problem] = []
    for path, name in list_metric_files(job.config):
        try:
            numbers[path[1:-1]] = _read(job, path, name)
        except ConfigError as error:
            problems += [job.locate(path, problem) for problem in error.problems]
    ConfigError.raise_for(problems)
    if not numbers:
        return job
    model = {**job.config["model"]}
    if () in numbers:
        model["metrics"] = numbers[()]
    if "versions" in model:
        model["versions"] = [
            {**entry, "metrics": numbers[path]} if path in numbers else entry
            for path, entry in list_entries(model)
        ]
    return replace(job, config={**job.config, "model": model})


def _read(job: Job, path: KeyPath, name: str) -> Mapping[str, Any]:
    """Return the metrics in the file that the value at `path` names. Raises ConfigError.

    The name counts from the folder of the configuration file, else from the current folder.
    """
    place = job.find_place(path)
    folder = Path(place.file).parent if place.file and not place.override else Path()
    file, boundary = folder / name, job.source.boundary
    if boundary is not None and not place.override:
        outside = boundary.check_file(file)
        if outside is not None:
            raise ConfigError(replace(outside, message=f"{_show(file)} {outside.message}"))
    metrics = _parse(file)
    found = find_schema_problems({"model": {**ANY_MODEL, "metrics": metrics}}, "model")
    ConfigError.raise_for(
        [
            replace(problem, message=f"{_show(file)}: {dotted(inside[2:])}: {problem.message}")
            for inside, problem in found
        ]
    )
    return metrics


def _parse(file: Path) -> dict[str, Any]:
    """Return the object that a file of JSON holds. Raises ConfigError."""
    try:
        if not file.is_file():
            hint = "Correct the name: it counts from the folder of the file that names it."
            raise ConfigError(Problem("metrics-not-found", f"there is no file {_show(file)}", hint))
        content = read_plain(file, MAX_FILE_BYTES)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name is not valid"
        message = f"{_show(file)} cannot be read: {reason}"
        raise ConfigError(Problem("unreadable-file", message, "Check its permissions.")) from None
    try:
        if len(content) > MAX_FILE_BYTES:
            raise _refuse_content(file, "is too large")
        document = json.loads(content.decode(), object_pairs_hook=_make_unique)
    except (ValueError, RecursionError):
        raise _refuse_content(file, "is not JSON, or has a name twice") from None
    if not isinstance(document, dict):
        raise _refuse_content(file, "is not a JSON object")
    return document


def _refuse_content(file: Path, what: str) -> ConfigError:
    hint = 'Write numbers by their names: {"accuracy": 0.969}.'
    return ConfigError(Problem("invalid-metrics", f"{_show(file)} {what}", hint))


def _show(file: Path) -> str:
    return quote(file.as_posix())


def _make_unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. Raises ValueError for a name that it has twice: neither number would count."""
    found = dict(pairs)
    if len(found) < len(pairs):
        message = "a name stands twice in one object"
        raise ValueError(message)
    return found
