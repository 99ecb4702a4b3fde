"""A report as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.report.screen import NO_SCREEN
from registrar.secrets import mask_values
from registrar.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from registrar.errors import RegistrarError
    from registrar.report.report import Report
    from registrar.report.screen import Screen

__all__ = ["as_text", "error_text"]

COLOURS = {"+": "32", "~": "33", "-": "31", "=": "36"}


def as_text(report: Report, screen: Screen = NO_SCREEN) -> str:
    """Return what was done or would be done; "" for a report that is only an error."""
    lines = [printable(mask_values(line)) for line in _lines(report, screen)]
    return "\n".join(_colour(line) if screen.colour else line for line in lines)


def error_text(error: RegistrarError) -> str:
    """Return one line for each problem: where it is, what it is, and what to do."""
    return "\n".join(printable(mask_values(str(problem))) for problem in error.problems)


def _lines(report: Report, screen: Screen) -> Iterable[str]:
    # These modules are not needed for --help and validate, which have to be quick.
    if report.plan is not None:
        from registrar.report.plan_text import plan_lines

        return plan_lines(report, report.plan)
    if report.payload is not None:
        from registrar.report.payload_text import payload_lines

        return payload_lines(report.payload, screen)
    if report.configs and report.error is None:
        return (f"Valid: {', '.join(report.configs)}.",)
    return ()


def _colour(line: str) -> str:
    """Return the line of a change with its mark in colour."""
    mark = line[2:3]
    if not line.startswith("  ") or mark not in COLOURS:
        return line
    return f"  \033[{COLOURS[mark]}m{mark}\033[0m{line[3:]}"
