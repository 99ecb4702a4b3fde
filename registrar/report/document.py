"""A report as the one JSON document that scripts read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from registrar.report.result_text import as_document
from registrar.text import printable

if TYPE_CHECKING:
    from registrar.report.report import Report

__all__ = ["as_json"]


def as_json(report: Report) -> str:
    """The document, format 1."""
    body = None if report.payload is None else as_document(report.payload)
    lines = json.dumps(report.to_dict(body), indent=2, ensure_ascii=False).split("\n")
    return "\n".join(
        map(printable, lines)
    )  # what JSON allows and a terminal would act on: as \\u009b
