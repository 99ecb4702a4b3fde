"""Where a report goes: standard output, standard error, and files."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from registrar.errors import BugError
from registrar.report import Output, error_text, note_lines, render
from registrar.report.screen import Screen
from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.config.arguments import Arguments
    from registrar.report import Report

__all__ = ["Destination"]

LEAST = 4000  # characters of a page, as the schema has it: a smaller page tells no problem


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the report of a command goes, and in which formats.

    `limit` is how many characters Markdown has at most; None is the limit of a comment.
    """

    output: Output = "text"
    files: Mapping[Output, str] = field(default_factory=dict)
    limit: int | None = None

    @classmethod
    def from_arguments(cls, arguments: Arguments) -> Destination:
        """Return what the command line says; it holds for errors that come before all else."""
        return cls(
            cast("Output", arguments.output), cast("dict[Output, str]", arguments.report_files)
        )

    def with_config(self, config: Mapping[str, Any]) -> Destination:
        """Return what a composed configuration says, as far as it is valid."""
        output, report = config.get("output"), config.get("report")
        limit = report.get("limit") if isinstance(report, dict) else None
        return Destination(
            cast("Output", output) if output in get_args(Output) else self.output,
            self.files,
            limit if isinstance(limit, int) and limit >= LEAST else None,
        )

    def send(self, report: Report) -> None:
        """Print a report, and write it into the files. Raises OSError where one cannot be written.

        For GitHub, all of it is on standard output, as annotations.
        """
        text = render(report, self.output, _find_screen(), limit=self.limit, folder=_find_folder())
        if text:
            print(text, flush=True)
        for error in (report.error, *(outcome.error for outcome in report.outcomes or ())):
            if isinstance(error, BugError) and error.traceback:
                print(error.traceback, end="", file=sys.stderr)
        if self.output != "github":
            for note in note_lines(report):
                print(f"note: {printable(note)}", file=sys.stderr)
            if report.error is not None:
                print(error_text(report.error), file=sys.stderr)
        for output, file in self.files.items():
            content = render(report, output, limit=self.limit)
            Path(file).write_text(f"{content}\n", encoding="utf-8")


def _find_screen() -> Screen:
    """Return what standard output leads to."""
    try:
        "▁█".encode(sys.stdout.encoding or "ascii")  # as a sparkline has them
        draws = True
    except UnicodeEncodeError:
        draws = False
    if not sys.stdout.isatty():
        return Screen(draws=draws)
    import shutil  # on a terminal alone: it loads what reads archives

    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Screen(shutil.get_terminal_size().columns, colour, draws)


def _find_folder() -> str:
    """Return the current folder, seen from the root of the checkout that GitHub knows."""
    root = os.environ.get("GITHUB_WORKSPACE")
    if not root:
        return ""
    try:
        folder = Path.cwd()
    except OSError:  # it has been deleted
        return ""
    if not folder.is_relative_to(root):
        return ""
    path = folder.relative_to(root).as_posix()
    return "" if path == "." else path
