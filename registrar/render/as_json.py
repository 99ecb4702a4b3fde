"""A report as the one JSON document that scripts read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from registrar.render.results import as_document
from registrar.render.words import plain

if TYPE_CHECKING:
    from registrar.errors import RegistrarError
    from registrar.report import Report

__all__ = ["as_json"]

FORMAT = 1


def as_json(report: Report) -> str:
    """The document, format 1."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "command": report.command,
        "exit_code": report.exit_code,
    }
    if report.plan is not None:
        document["server"] = report.plan.server.to_dict()
        document["models"] = [model.to_dict() for model in report.models]
        document["summary"] = report.summary
        document["checksum"] = report.plan.checksum
    elif report.result is not None:
        document |= as_document(report.result)
    elif report.configs and report.error is None:
        document["models"] = [{"config": name} for name in report.configs]
    if report.outcomes is not None:
        for model, outcome in zip(document["models"], report.outcomes, strict=True):
            model["done"] = [change.to_dict() for change in outcome.done]
            model["left"] = [change.to_dict() for change in outcome.left]
            model["notes"] += outcome.notes
            if outcome.error is not None:
                model["error"] = _error(outcome.error)
    if report.notes:
        document["notes"] = list(report.notes)
    if report.error is not None:
        document["error"] = _error(report.error)
    lines = json.dumps(document, indent=2, ensure_ascii=False).split("\n")
    return "\n".join(map(plain, lines))  # what JSON allows and a terminal would act on: as \\u009b


def _error(error: RegistrarError) -> dict[str, Any]:
    return {"kind": error.kind, "problems": [problem.to_dict() for problem in error.problems]}
