"""The result of a command as a value, and as text, JSON, Markdown or annotations."""

from __future__ import annotations

from registrar.report.notes import note_lines, note_text
from registrar.report.render import Output, render
from registrar.report.report import Outcome, Report
from registrar.report.text import error_text

__all__ = ["Outcome", "Output", "Report", "error_text", "note_lines", "note_text", "render"]
