"""Run the command that a configuration names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from registrar.config.rule_schemas import has_rules
from registrar.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.arguments import Command
    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt

__all__ = ["run_command"]


def run_command(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Run the command of valid jobs, and return its report.

    Raises RegistrarError for a failure that comes before there is a plan or a result.
    """
    command = cast("Command", jobs[0].config["command"])
    if command in {"apply", "promote", "delete"}:
        from registrar.commands.confirmation import name_server

        name_server(jobs[0].config)
    if jobs[0].base is not None:
        from registrar.commands.checkout_comparison import with_base_checkout

        jobs = with_base_checkout(jobs)
    report = _run(command, jobs, interrupt)
    if command in {"validate", "pin"} or _only_prints_a_plan(jobs):
        return report
    from registrar.commands.unnamed_server import unnamed_server_notes

    return replace(report, notes=(*unnamed_server_notes(jobs), *report.notes))


def _validate(jobs: Sequence[Job]) -> Report:
    """Return the report on files that are valid, with the rules that they break."""
    chosen = tuple(job.name for job in jobs if "model" in job.config)
    if not has_rules(jobs[0]):
        return Report("validate", configs=chosen, notes=jobs[0].notes)
    from registrar.commands.declared_rules import judge_declarations

    error, notes = judge_declarations(jobs)
    code = 0 if error is None else error.exit_code
    return Report("validate", code, configs=chosen, error=error, notes=(*jobs[0].notes, *notes))


def _only_prints_a_plan(jobs: Sequence[Job]) -> bool:
    """Return whether `show` prints a plan file, which names its own server."""
    config = jobs[0].config
    return bool(config["command"] == "show" and config.get("plan") is not None)


def _run(command: Command, jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    # A command imports its own module when it runs: `validate` loads none of the others.
    match command:
        case "validate":
            return _validate(jobs)
        case "apply" | "plan" | "check":
            from registrar.commands import apply

            return apply.run(jobs, interrupt)
        case "show":
            from registrar.commands import show

            return show.run(jobs)
        case "dump":
            from registrar.commands import dump

            return dump.run(jobs, interrupt)
        case "delete":
            from registrar.commands import delete

            return delete.run(jobs, interrupt)
        case "verify":
            from registrar.commands import verify

            return verify.run(jobs, interrupt)
        case "promote":
            from registrar.commands import promote

            return promote.run(jobs, interrupt)
        case "evidence":
            from registrar.commands import evidence

            return evidence.run(jobs, interrupt)
        case "catalogue":
            from registrar.commands import catalogue

            return catalogue.run(jobs, interrupt)
        case "history":
            from registrar.commands import history

            return history.run(jobs)
        case "pin":
            from registrar.commands import pin

            return pin.run(jobs, interrupt)
