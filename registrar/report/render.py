"""Reports as text, JSON, Markdown or annotations. Only this package writes prose for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from registrar.report.screen import NO_SCREEN
from registrar.report.text import as_text

if TYPE_CHECKING:
    from registrar.report.report import Report
    from registrar.report.screen import Screen

__all__ = ["Output", "render"]

Output: TypeAlias = Literal["text", "json", "markdown", "github", "html"]


def render(
    report: Report,
    output: Output,
    screen: Screen = NO_SCREEN,
    *,
    limit: int | None = None,
    folder: str = "",
) -> str:
    """Return a report without a final newline; "" when there is nothing to print.

    `limit` is how many characters Markdown has at most; left out, it fits a comment. `folder` is the
    current folder, seen from the root of the checkout that GitHub knows.
    """
    match output:
        case "text":
            return as_text(report, screen)
        case "json":
            from registrar.report.document import as_json

            return as_json(report)
        case "markdown":
            from registrar.report.markdown import as_markdown

            return as_markdown(report) if limit is None else as_markdown(report, limit)
        case "html":
            from registrar.report.html.listing_page import as_html

            return as_html(report)
        case "github":
            from registrar.report.github import as_github

            return as_github(report, folder)
