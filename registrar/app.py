"""From the command line to the exit code: compose, validate, locate, observe, diff, apply, print."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, cast, get_args

import registrar
from registrar.errors import (
    ConfigError,
    IncompleteError,
    InterruptedRunError,
    Problem,
    RefusedError,
    RegistrarError,
    UnansweredError,
)
from registrar.render import Output, errors, plain, render
from registrar.state import Outcome, Plan, Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.compose import Job
    from registrar.interrupt import Interrupt
    from registrar.registry import Registry, Store
    from registrar.schema import Path

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of one command; what it has to say is on stdout and stderr."""
    from registrar.interrupt import Interrupt

    interrupt = Interrupt()
    words = list(sys.argv[1:] if argv is None else argv)
    with interrupt.installed():
        report, output = _report(words, interrupt)
        if report is not None:
            _print(report, output)
    return report.exit_code if report is not None else 0


def _report(words: Sequence[str], interrupt: Interrupt) -> tuple[Report | None, Output]:
    """How the command ended; None where Hydra, or `--version`, has said all there is to say."""
    output: Output = "text"
    command = "apply"
    try:
        if "--version" in words:
            print(f"registrar {registrar.__version__}")
            return None, output
        from registrar.compose import compose, parse

        arguments = parse(words)
        output = cast("Output", arguments.output)
        command = arguments.command or command
        composition = compose(arguments)
        jobs = composition.jobs
        if jobs and jobs[0].config.get("output") in get_args(Output):
            output = jobs[0].config["output"]
        validate(jobs, composition.problems)
        if not jobs:  # --help, --cfg and the like have printed what was asked for
            return None, output
        command = jobs[0].config["command"]
        return run(jobs, interrupt), output
    except RegistrarError as error:
        return Report(command, error.exit_code, error=error), output
    except KeyboardInterrupt:
        what = "nothing was written" if not interrupt.writing else "run it again to finish"
        interrupted = InterruptedRunError(Problem(f"interrupted; {what}"))
        return Report(command, interrupted.exit_code, error=interrupted), output


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Everything a command does with valid jobs, as a report."""
    config = jobs[0].config
    command = config["command"]
    names = tuple(job.name for job in jobs)
    if command == "validate":
        return Report(command, configs=names)
    from registrar.registry import connect

    with connect(config["server"], writes=command == "apply") as (registry, store, notes):
        plan = make_plan(jobs, registry, store)
        checksum = config.get("checksum")
        if checksum is not None and checksum != plan.checksum:
            message = f"the plan's checksum is {plan.checksum}, not {checksum}"
            hint = "The registry or the configuration changed since; look at the plan again."
            error = RefusedError(Problem(message, hint))
            return Report(command, error.exit_code, plan, error=error, notes=notes)
        refusal = _guarded(plan, config.get("apply", {}))
        if refusal is not None and command != "check":
            return Report(command, refusal.exit_code, plan, error=refusal, notes=notes)
        if command != "apply":
            drift = command == "check" and not plan.in_sync
            return Report(command, 3 if drift else 0, plan, notes=notes)
        from registrar.execute import execute

        outcomes = execute(plan, registry, store, interrupt)
    return _applied(plan, outcomes, notes, interrupted=interrupt.pending)


def validate(jobs: Sequence[Job], broken: Sequence[Problem] = ()) -> None:
    """Every job is valid. Raises ConfigError with every problem of every job.

    `broken` are the problems of files that could not be read; their jobs have no others.
    """
    from registrar import spec
    from registrar.compose import no_model

    found: list[Problem] = list(broken)
    for job in jobs:
        if broken and job.origin.broken:
            continue
        if "model" not in job.config:
            found.append(no_model(job))
            continue
        found += [job.locate(path, problem) for path, problem in _problems(job)]
    if not found:
        by_name = {job.name: job for job in jobs}
        pairs = [(job.name, job.config["model"]["name"]) for job in jobs]
        for name, problem in spec.repeated(pairs):
            found.append(by_name[name].locate(("model", "name"), problem))
        found += _differing(jobs)
    ConfigError.raise_for(found)


def _problems(job: Job) -> Iterator[tuple[Path, Problem]]:
    """What is wrong with one job: each value is reported once, by the first rule it breaks."""
    from registrar import schema, sources, spec

    seen: set[Path] = set()
    rules = (
        lambda: job.unresolved,
        lambda: spec.passwords(job.config),
        lambda: schema.problems(job.config),
        lambda: job.origin.misread(job.config),
        lambda: spec.problems(job.config) if not seen else (),
        lambda: (
            (path, problem)
            for path, uri in spec.uris(job.config)
            if (problem := sources.problem(uri)) is not None
        ),
    )
    for rule in rules:
        for path, problem in [(p, e) for p, e in rule() if p not in seen]:
            seen.add(path)
            yield path, problem


def make_plan(jobs: Sequence[Job], registry: Registry, store: Store) -> Plan:
    """The plan for all jobs. Raises ConfigError with every source that can not be found."""
    from registrar import spec
    from registrar.diff import diff
    from registrar.sources import Locator
    from registrar.uris import scheme_of

    remote = scheme_of(registry.server.registry_uri) in {"http", "https"}
    locator = Locator(registry, store, remote)
    desired = []
    missing: list[Problem] = []
    for job in jobs:
        model = job.config["model"]
        sources = []
        for path, entry in spec.entries(model):
            try:
                sources.append(locator.locate(entry["uri"], verify=entry.get("verify", True)))
            except ConfigError as error:
                at = ("model", *path, "uri")
                missing += [job.locate(at, problem) for problem in error.problems]
        if not missing:
            desired.append(spec.desire(job.name, model, sources))
    ConfigError.raise_for(missing)
    observed = registry.observe([model.name for model in desired])
    refused: list[Problem] = []
    plans = []
    for job, model in zip(jobs, desired, strict=True):
        try:
            plans.append(diff(job.name, model, observed.get(model.name), job.file))
        except RefusedError as error:
            refused += error.problems
        except ConfigError as error:
            missing += [job.locate(("model", "versions"), problem) for problem in error.problems]
    ConfigError.raise_for(missing)
    RefusedError.raise_for(refused)
    if any(change.uploads for plan in plans for change in plan.changes):
        store.ready()
    return Plan(registry.server, tuple(plans))


def _guarded(plan: Plan, allowed: Mapping[str, Any]) -> RefusedError | None:
    """The refusal of a plan that needs a permission it was not given, or None."""
    from registrar import guards

    refused = tuple(
        guards.problems(
            plan,
            allow_protected=allowed.get("allow_protected", ()),
            allow_takeover=allowed.get("allow_takeover", False),
        )
    )
    return RefusedError(*refused) if refused else None


def _differing(jobs: Sequence[Job]) -> Iterator[Problem]:
    for field in ("server", "command", "output", "checksum"):
        if any(job.config.get(field) != jobs[0].config.get(field) for job in jobs):
            yield Problem(f"the jobs of one run differ in '{field}'", "Run them one by one.")


def _applied(
    plan: Plan, outcomes: tuple[Outcome, ...], notes: tuple[str, ...], *, interrupted: bool
) -> Report:
    """The report of an `apply`, with the exit code of what happened to it as a whole."""
    failures = [outcome.error for outcome in outcomes if outcome.error is not None]
    error: RegistrarError | None = None
    if interrupted:
        left = any(outcome.left for outcome in outcomes)
        message = "interrupted; run it again to finish" if left else "interrupted; all was done"
        error = InterruptedRunError(Problem(message))
    elif failures:
        error = _failure(failures, written=any(outcome.done for outcome in outcomes))
    return Report("apply", error.exit_code if error else 0, plan, outcomes, error, notes)


def _failure(failures: Sequence[RegistrarError], *, written: bool) -> RegistrarError:
    """One error for all: what kind it is depends on whether the registry is as it was."""
    problems = [problem for failure in failures for problem in failure.problems]
    if all(type(failure) is RefusedError for failure in failures):
        return RefusedError(*problems)
    unsure = any(isinstance(failure, UnansweredError) for failure in failures)
    kinds = {failure.exit_code: type(failure) for failure in failures}
    if not written and not unsure and len(kinds) == 1:
        return kinds[failures[0].exit_code](*problems)
    return IncompleteError(*problems, Problem("Stopped midway; run it again to finish"))


def _print(report: Report, output: Output) -> None:
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    text = render(report, output, colour=colour)
    if text:
        print(text, flush=True)
    notes: list[Any] = [*report.notes]
    for model in report.models:
        notes += [f"{model.desired.name}: {note}" for note in model.notes]
    for outcome in report.outcomes or ():
        notes += outcome.notes
    for note in notes:
        print(f"note: {plain(note)}", file=sys.stderr)
    if report.error is not None:
        print(errors(report.error), file=sys.stderr)
