"""Reports as text, JSON or Markdown. Only this package writes prose for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from registrar.report.screen import NO_SCREEN
from registrar.report.text import as_text

if TYPE_CHECKING:
    from registrar.report.report import Report
    from registrar.report.screen import Screen

__all__ = ["Output", "render"]

Output: TypeAlias = Literal["text", "json", "markdown"]


def render(report: Report, output: Output, screen: Screen = NO_SCREEN) -> str:
    """Return what goes to stdout, without a final newline; "" when nothing does."""
    match output:
        case "text":
            return as_text(report, screen)
        case "json":
            from registrar.report.document import as_json

            return as_json(report)
        case "markdown":
            from registrar.report.markdown import as_markdown

            return as_markdown(report)
