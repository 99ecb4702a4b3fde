"""What each command does with valid jobs; one module a command, or a family of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from registrar.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.commands.job import Job
    from registrar.interrupt import Interrupt
    from registrar.report import Command

__all__ = ["run"]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Everything the command does, as a report. Raises RegistrarError where it has none."""
    command = cast("Command", jobs[0].config["command"])
    match command:
        case "validate":
            return Report(command, configs=tuple(job.name for job in jobs))
        case "apply" | "plan" | "check":
            from registrar.commands import applying

            return applying.run(jobs, interrupt)
        case "show":
            from registrar.commands import showing

            return showing.run(jobs)
        case "dump":
            from registrar.commands import dumping

            return dumping.run(jobs)
        case "delete":
            from registrar.commands import deleting

            return deleting.run(jobs, interrupt)
        case "verify":
            from registrar.commands import verifying

            return verifying.run(jobs, interrupt)
        case "promote":
            from registrar.commands import promoting

            return promoting.run(jobs, interrupt)
