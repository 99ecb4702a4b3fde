"""From the command line to the exit code: compose, validate, run the command, print."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING, cast, get_args

from registrar import progress
from registrar.errors import BugError, InterruptedRunError, Problem, RegistrarError
from registrar.report import Output, Report, error_text, note_lines, render
from registrar.secrets import scrub
from registrar.text import printable
from registrar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.execution.interrupt import Interrupt

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of one command; what it has to say is on stdout and stderr."""
    from registrar.execution.interrupt import Interrupt

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
            print(f"registrar {__version__}")
            return None, output
        from registrar.commands import run_command
        from registrar.config.arguments import parse_arguments
        from registrar.config.compose import compose_jobs
        from registrar.config.validation import validate_jobs

        arguments = parse_arguments(words)
        output = cast("Output", arguments.output)
        command = arguments.command or command
        composition = compose_jobs(arguments)
        jobs = composition.jobs
        if jobs and jobs[0].config.get("output") in get_args(Output):
            output = jobs[0].config["output"]
        validate_jobs(jobs, composition.problems)
        if not jobs:  # --help, --cfg and the like have printed what was asked for
            return None, output
        command = jobs[0].config["command"]
        with progress.shown(wanted=output != "json"):
            return run_command(jobs, interrupt), output
    except RegistrarError as error:
        return Report(command, error.exit_code, error=error), output
    except KeyboardInterrupt:
        what = "nothing was written" if not interrupt.writing else "run it again to finish"
        interrupted = InterruptedRunError(Problem("todo", f"interrupted; {what}"))
        return Report(command, interrupted.exit_code, error=interrupted), output
    except BrokenPipeError:
        raise
    except Exception as error:  # everything a user can cause is a RegistrarError
        traceback.print_exc()
        message = f"this is a bug in registrar: {scrub(' '.join(str(error).split()))}"
        bug = BugError(Problem("todo", message, "Please report it with the lines above."))
        return Report(command, bug.exit_code, error=bug), output


def _print(report: Report, output: Output) -> None:
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    text = render(report, output, colour=colour)
    if text:
        print(text, flush=True)
    for note in note_lines(report):
        print(f"note: {printable(note)}", file=sys.stderr)
    if report.error is not None:
        print(error_text(report.error), file=sys.stderr)
