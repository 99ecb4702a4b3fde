"""How a command ended, as a value, and that value as text, JSON or Markdown."""

from __future__ import annotations

from registrar.report.render import Output, render
from registrar.report.report import Outcome, Report
from registrar.report.text import errors

__all__ = ["Outcome", "Output", "Report", "errors", "render"]
