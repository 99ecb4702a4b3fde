"""Reports as text, JSON or Markdown. Only this package writes prose for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from registrar.report.text import as_text

if TYPE_CHECKING:
    from registrar.report.report import Report

__all__ = ["Output", "render"]

Output: TypeAlias = Literal["text", "json", "markdown"]


def render(report: Report, output: Output, *, colour: bool = False) -> str:
    """Return what goes to stdout, without a final newline; "" when nothing does."""
    match output:
        case "text":
            return as_text(report, colour=colour)
        case "json":
            from registrar.report.document import as_json

            return as_json(report)
        case "markdown":
            from registrar.report.markdown import as_markdown

            return as_markdown(report)
