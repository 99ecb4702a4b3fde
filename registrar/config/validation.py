"""Validation: every problem of every configuration, before anything is contacted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from registrar.config.job import Job
    from registrar.text import KeyPath

__all__ = ["validate"]

# These look at the model itself; the others are about what is registered.
REGISTERS = {"apply", "plan", "check", "validate"}


def validate(jobs: Sequence[Job], broken: Sequence[Problem] = ()) -> None:
    """Every job is valid. Raises ConfigError with every problem of every job.

    `broken` are the problems of files that could not be read; their jobs have no others.
    """
    from registrar.config import spec

    found: list[Problem] = list(broken)
    for job in jobs:
        if broken and job.broken:
            continue
        if "model" not in job.config and _needs_model(job.config):
            found.append(job.no_model())
            continue
        alike = job is not jobs[0] and _shares(job, jobs[0])
        found += [job.locate(path, problem) for path, problem in _problems(job, alike=alike)]
    if not found:
        by_name = {job.name: job for job in jobs}
        chosen = [job for job in jobs if "model" in job.config]
        pairs = [(job.name, job.config["model"]["name"]) for job in chosen]
        for name, problem in spec.repeated(pairs):
            found.append(by_name[name].locate(("model", "name"), problem))
        found += _differing(jobs)
    ConfigError.raise_for(found)


def _shares(job: Job, other: Job) -> bool:
    """Whether all but the model is the same object in both, as it is in a fleet."""
    return all(job.config[key] is other.config.get(key) for key in job.config if key != "model")


def _problems(job: Job, *, alike: bool) -> Iterator[tuple[KeyPath, Problem]]:
    """What is wrong with one job: each value is reported once, by the first rule it breaks.

    Where all but the model is `alike` in an earlier job, it is looked at there.
    """
    from registrar.config import schema, spec
    from registrar.content import check

    seen: set[KeyPath] = set()
    registers = job.config.get("command", "apply") in REGISTERS
    rules: tuple[Callable[[], Iterable[tuple[KeyPath, Problem]]], ...] = (
        lambda: job.unresolved,
        lambda: spec.passwords(job.config),
        lambda: schema.problems(job.config, "model" if alike else None),
        job.misread,
        lambda: spec.problems(job.config) if not seen else (),
        lambda: (
            (path, problem)
            for path, uri, verify in spec.uris(job.config)
            if registers and (problem := check.problem(uri, verify=verify)) is not None
        ),
    )
    for rule in rules:
        for path, problem in [(p, e) for p, e in rule() if p not in seen]:
            seen.add(path)
            yield path, problem


def _needs_model(config: Mapping[str, Any]) -> bool:
    """Whether a command is about the chosen model; some can do without one, or name another."""
    command = config.get("command", "apply")
    if command in {"delete", "promote"}:
        node = config.get(command)
        return not (isinstance(node, dict) and node.get("name"))
    return command not in {"show", "dump", "verify"}


def _differing(jobs: Sequence[Job]) -> Iterator[Problem]:
    """Everything but the model is one for all jobs of a run."""
    others = [job for job in jobs[1:] if not _shares(job, jobs[0])]
    for field in sorted({key for job in (*jobs[:1], *others) for key in job.config} - {"model"}):
        if any(job.config.get(field) != jobs[0].config.get(field) for job in others):
            yield Problem(
                "todo", f"the jobs of one run differ in '{field}'", "Run them one by one."
            )
