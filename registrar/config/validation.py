"""Validation: every problem of every configuration, before anything is contacted."""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.config.command_nodes import find_targets
from registrar.config.credentials import find_credentials
from registrar.config.hosts import find_server_problems, find_source_problems
from registrar.config.rule_schemas import find_policy_problems, list_rule_nodes
from registrar.config.rules import find_model_problems, find_repeated, find_rule_problems
from registrar.config.schema import find_schema_problems
from registrar.config.spec import list_uris, names_checkout, says_digest
from registrar.content.check import check_source
from registrar.errors import ConfigError, Problem
from registrar.secrets import list_logins
from registrar.text import nearest, quote
from registrar.uris import DirectoryUri, parse_source

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from registrar.config.job import Job
    from registrar.text import KeyPath

__all__ = ["validate_jobs"]

# These commands read the model's files; the others are about what is registered.
READ_MODELS = {"apply", "plan", "check", "validate", "pin", "evidence"}
# What each job of a run has for itself: its model, and the servers that the model names.
OF_A_JOB = {"model", "servers"}
# These commands can do without a chosen model.
NEED_NO_MODEL = {"show", "dump", "verify", "catalogue", "history"}
# These commands need no chosen model where they name one.
NAME_A_MODEL = {"delete", "promote"}


def validate_jobs(jobs: Sequence[Job], file_problems: Sequence[Problem] = ()) -> None:
    """Check every job. Raises ConfigError with every problem of every job.

    `file_problems` are those of files that could not be read; their jobs get no others.
    """
    problems = list(file_problems)
    logins = list_logins()
    apart = [job for job in jobs[1:] if not _shares_base(job, jobs[0])]
    firsts = {id(job) for job in (*jobs[:1], *apart)}
    for job in jobs:
        if file_problems and job.is_broken:
            continue
        is_first = id(job) in firsts
        if is_first:
            problems += [job.locate(path, found) for path, found in job.find_forbidden_nodes()]
        if _needs_model(job.config) and not job.has_model:
            problems.append(job.explain_no_model())
            continue
        problems += [
            job.locate(path, problem)
            for path, problem in _check(job, logins, only_model=not is_first)
        ]
    if jobs:
        problems += _check_checkout(jobs[0])
    if not problems:
        by_name = {job.name: job for job in jobs}
        chosen = [job for job in jobs if "model" in job.config]
        pairs = [(job.name, job.config["model"]["name"]) for job in chosen]
        for name, problem in find_repeated(pairs):
            problems.append(by_name[name].locate(("model", "name"), problem))
        problems += _find_differences(jobs[:1], apart)
    ConfigError.raise_for(problems)


def _check(
    job: Job, logins: Sequence[tuple[str, str]], *, only_model: bool
) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield what is wrong with one job; each value is reported once, by the first rule it breaks.

    With `only_model`, an earlier job has the same other fields, which were checked there.
    """
    seen: set[KeyPath] = set()
    only_model = only_model and "model" in job.config
    config = {"model": job.config["model"]} if only_model else job.config
    find_rules = find_model_problems if only_model else find_rule_problems
    rules: tuple[Callable[[], Iterable[tuple[KeyPath, Problem]]], ...] = (
        lambda: job.unresolved,
        lambda: find_credentials(config, logins),
        lambda: find_targets(config),
        lambda: find_schema_problems(job.config, "model" if only_model else None),
        lambda: () if only_model else find_policy_problems(job.config),
        lambda: () if only_model else _find_unknown_rules(job),
        job.find_misread,
        job.find_unused,
        lambda: () if seen else find_rules(job.config),
        lambda: find_source_problems(job.config),
        lambda: () if only_model or not _contacts(job) else find_server_problems(job),
        lambda: _check_uris(job),
        lambda: _check_metric_files(job, seen),
    )
    for find in rules:
        for path, problem in [(path, problem) for path, problem in find() if path not in seen]:
            seen.add(path)
            yield path, problem


def _check_checkout(job: Job) -> Iterator[Problem]:
    """Yield what is wrong with the limits and rules of another checkout."""
    base = job.base
    if base is None:
        if names_checkout(job.config):
            message = "is for configurations in files"
            problem = Problem(
                "unused-field", message, "Leave it out, and give the limits themselves."
            )
            yield job.locate(("policy", "dir"), problem)
        return
    from registrar.config.base_checkout import JUDGING_FIELDS

    for path, problem in base.unresolved:
        if path[:1] in {(field,) for field in JUDGING_FIELDS}:
            yield base.locate(path, problem)
    for field in JUDGING_FIELDS:
        for path, problem in find_schema_problems(base.config, field):
            yield base.locate(path, problem)
    for path, problem in find_policy_problems(base.config):
        yield base.locate(path, problem)


def _find_unknown_rules(job: Job) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield a problem for each waived rule that neither this checkout has nor that of `policy.dir`."""
    apply = job.config.get("apply")
    waived = apply.get("waive") if isinstance(apply, dict) else None
    if not isinstance(waived, list):
        return
    configs = [job.config] if job.base is None else [job.config, job.base.config]
    known = sorted({name for config in configs for name, _ in list_rule_nodes(config)})
    for index, name in enumerate(map(str, waived)):
        if name not in known:
            message, suggestion = f"no rule {quote(name)}", nearest(name, known)
            hint = None if suggestion else "Leave it out."
            problem = Problem("unknown-value", message, hint, suggestion=suggestion)
            yield ("apply", "waive", index), problem


def _contacts(job: Job) -> bool:
    """Return whether the command contacts a server."""
    return bool(job.config.get("command", "apply") != "validate")


def _check_uris(job: Job) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield what is wrong with the models' URIs, as far as it shows without a server."""
    for path, uri, verify in list_uris(job.config):
        problem = _check_boundary(job, path, uri, verify=verify)
        if problem is None and job.config.get("command", "apply") in READ_MODELS:
            problem = check_source(uri, verify=verify)
            if problem is not None and says_digest(job.config, path):
                from registrar.content.whole_model import ABSENT_FILES

                problem = None if problem.code in ABSENT_FILES else problem
        if problem is not None:
            yield path, problem


def _check_metric_files(job: Job, seen: Collection[KeyPath]) -> Iterable[tuple[KeyPath, Problem]]:
    """Yield what is wrong with files of metrics, where the values that name them are valid."""
    from registrar.config.spec import list_metric_files

    named = {path for path, _ in list_metric_files(job.config)}
    if not named or named & set(seen) or job.config.get("command", "apply") not in READ_MODELS:
        return ()
    from registrar.config.metric_files import find_metric_problems

    return find_metric_problems(job)


def _check_boundary(job: Job, path: KeyPath, text: str, *, verify: bool) -> Problem | None:
    """Return the problem of a directory that the configuration may not name.

    The command line may name any. With `verify` false, a path that does not exist here is one of
    another machine.
    """
    uri = parse_source(text)
    boundary = job.source.boundary
    if boundary is None or not isinstance(uri, DirectoryUri):
        return None
    problem = boundary.check_model(Path(uri.path))
    if problem is None or not (verify or os.path.exists(uri.path)):  # noqa: PTH110 - as in path_tests
        return None
    return None if job.find_place(path).override else problem


def _needs_model(config: Mapping[str, Any]) -> bool:
    command = config.get("command", "apply")
    if config.get("plan") is not None or config.get("models") == "changed":
        return False  # they may select none
    if command in NAME_A_MODEL:
        node = config.get(command)
        return not (isinstance(node, dict) and node.get("name"))
    return command not in NEED_NO_MODEL


def _shares_base(job: Job, other: Job) -> bool:
    """Return whether all but the model are the same objects in both jobs, as with `models=`."""
    ours, theirs = {**job.config, "model": None}, {**other.config, "model": None}
    return ours.keys() == theirs.keys() and all(map(operator.is_, ours.values(), theirs.values()))


def _find_differences(first: Sequence[Job], others: Sequence[Job]) -> Iterator[Problem]:
    """Yield a problem for each field that is not equal in all jobs of a run, and has to be.

    `first` is the first job, if there is any, and `others` those that do not share its base.
    """
    for field in sorted({key for job in (*first, *others) for key in job.config} - OF_A_JOB):
        if any(job.config.get(field) != first[0].config.get(field) for job in others):
            message = f"the jobs of one run differ in '{field}'"
            yield Problem("different-jobs", message, "Run them one by one.")
