"""What each command does with valid jobs; one module a command, or a family of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from registrar.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.arguments import Command
    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt

__all__ = ["run"]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Everything the command does, as a report. Raises RegistrarError where it has none."""
    command = cast("Command", jobs[0].config["command"])
    match command:
        case "validate":
            return Report(command, configs=tuple(job.name for job in jobs))
        case "apply" | "plan" | "check":
            from registrar.commands import apply

            return apply.run(jobs, interrupt)
        case "show":
            from registrar.commands import show

            return show.run(jobs)
        case "dump":
            from registrar.commands import dump

            return dump.run(jobs)
        case "delete":
            from registrar.commands import delete

            return delete.run(jobs, interrupt)
        case "verify":
            from registrar.commands import verify

            return verify.run(jobs, interrupt)
        case "promote":
            from registrar.commands import promote

            return promote.run(jobs, interrupt)
