"""The command line: compose and validate the jobs, run the command, print the report."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from registrar import progress
from registrar.destination import Destination
from registrar.errors import (
    BugError,
    ConfigError,
    IncompleteError,
    InterruptedRunError,
    Problem,
    RegistrarError,
)
from registrar.log import read_level, show_log
from registrar.questions import allow_questions
from registrar.report import Report
from registrar.scratch import explain_full_disk, is_disk_full
from registrar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.arguments import Arguments
    from registrar.execution.interrupt import Interrupt

__all__ = ["discard_output", "main", "report_unwritable"]

UNWRITABLE_OUTPUT = 2  # the exit code of a command that succeeds, but cannot print its result


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, print its report on stdout and stderr, and return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if _asks_for_version(words):
        print(f"registrar {__version__}")
        return 0
    from registrar.execution.interrupt import Interrupt  # late, as in `run`

    interrupt = Interrupt()
    with interrupt.install():
        report, destination = run(words, interrupt)
        if report is None:
            return 0
        try:
            destination.send(report)
        except BrokenPipeError:
            raise
        except OSError as error:
            return report_unwritable(error, report.exit_code)
    return report.exit_code


def _asks_for_version(words: Sequence[str]) -> bool:
    """Return whether `--version` is meant as that of registrar, not of a model as in `--version 3`."""
    following = words[words.index("--version") + 1 :] if "--version" in words else ["0"]
    return not (following and following[0].isdecimal())


def run(words: Sequence[str], interrupt: Interrupt) -> tuple[Report | None, Destination]:
    """Run the command of a command line; return its report and where that goes.

    The report is None where Hydra has printed everything.
    """
    destination = Destination()
    command = "apply"
    try:
        from registrar.commands import run_command
        from registrar.config.arguments import FIRST_STEPS, parse_arguments
        from registrar.config.compose import compose_jobs
        from registrar.config.spec import names_checkout
        from registrar.config.validation import validate_jobs

        if words and words[0] in FIRST_STEPS:
            _run_first_step(words[0], words[1:])
            return None, destination
        arguments = parse_arguments(words)
        destination = Destination.from_arguments(arguments)
        command = arguments.command or command
        if arguments.help is not None:
            print(_find_help(arguments))
            return None, destination
        composition = compose_jobs(arguments)
        jobs = composition.jobs
        if jobs and names_checkout(jobs[0].config):
            from registrar.config.base_jobs import with_base_jobs

            jobs = with_base_jobs(jobs, arguments)
        if jobs:
            destination = destination.with_config(jobs[0].config)
        validate_jobs(jobs, composition.problems)
        if not jobs:  # --help, --cfg and the like have printed what was asked for
            return None, destination
        command = jobs[0].config["command"]
        level = read_level(verbose=jobs[0].config.get("verbose", False))
        # The log is shown above the bars, so it has to begin after them.
        with (
            progress.show_progress(wanted=destination.output != "json"),
            show_log(level),
            allow_questions(wanted=destination.output != "json"),
        ):
            return run_command(jobs, interrupt), destination
    except RegistrarError as error:
        return _report_failure(command, error), destination
    except KeyboardInterrupt:
        state = "nothing was written"
        if interrupt.writing:
            repeats = not any(word.startswith("checksum=") for word in words)
            state = "run it again to finish" if repeats else "plan again to see what is left"
        problem = Problem("interrupted", f"interrupted; {state}")
        return _report_failure(command, InterruptedRunError(problem)), destination
    except BrokenPipeError:
        raise
    except Exception as error:  # everything else that a user can cause is a RegistrarError
        if isinstance(error, OSError) and is_disk_full(error):
            return _report_failure(command, _disk_full(error, interrupt)), destination
        if isinstance(error, FileNotFoundError) and _is_folder_gone():
            problem = Problem("unreadable-file", "the current folder is gone", "Go to another one.")
            return _report_failure(command, ConfigError(problem)), destination
        return _report_failure(command, BugError.from_exception(error)), destination


def _run_first_step(command: str, words: Sequence[str]) -> None:
    """Run and print a command that needs no configuration."""
    match command, *words:
        case _ if {"-h", "--help"} & set(words):
            from registrar.report.help_text import help_text

            print(help_text(command, (), ()))
        case "init", *_:
            from registrar.commands.init import init

            print(init(words))
        case "completion", "query", line:
            from registrar.config.completion import complete_line

            print("\n".join(complete_line(line)))
        case "completion", *_:
            from registrar.config.completion import read_script

            print(read_script(words[0] if words else ""))
        case _:
            from registrar.config.schema import schema_text

            print(schema_text(words[0] if words else "model"), end="")


def _find_help(arguments: Arguments) -> str:
    from registrar.config.files import ConfigFiles
    from registrar.report.help_text import help_text

    ConfigError.raise_for(arguments.problems)
    files = ConfigFiles(arguments.folders)
    return help_text(arguments.help or "", files.list_models(), files.list_options("server"))


def _report_failure(command: str, error: RegistrarError) -> Report:
    return Report(command, error.exit_code, error=error)


def _disk_full(error: OSError, interrupt: Interrupt) -> RegistrarError:
    problem = explain_full_disk(error, "the output, or a file,")
    return IncompleteError(problem) if interrupt.writing else ConfigError(problem)


def _is_folder_gone() -> bool:
    """Return whether somebody has deleted the current folder."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def report_unwritable(error: OSError, exit_code: int) -> int:
    """Say that an output cannot be written, as on a full disk, and return the exit code."""
    discard_output()
    try:
        print(f"the output cannot be written: {error.strerror}.", file=sys.stderr, flush=True)
    except OSError:  # stderr is full as well; the exit code says it all
        _lead_nowhere(sys.stderr)
    return exit_code or UNWRITABLE_OUTPUT


def discard_output() -> None:
    """Send what stdout still holds to nowhere, so that Python does not fail on it at the end."""
    _lead_nowhere(sys.stdout)


def _lead_nowhere(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
