"""A report as GitHub's workflow commands: each problem is an annotation on its file and line.

`printable` takes out what a runner would take for a command. The rest of a command is escaped as
GitHub's own toolkit does it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.errors import Place
from registrar.report.notes import list_notes_for_readers
from registrar.report.text import as_text
from registrar.secrets import mask_values
from registrar.text import cut, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.changes.plan import ModelPlan
    from registrar.errors import Problem
    from registrar.report.report import Report

__all__ = ["as_github"]

MOST = 4000  # characters of one message; GitHub cuts it after about 4 KiB
IN_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
IN_PROPERTY = IN_MESSAGE | str.maketrans({":": "%3A", ",": "%2C"})


def as_github(report: Report, folder: str = "") -> str:
    """Return the text of a report, and an annotation for each problem, drifted model and note.

    `folder` is where the files of the report are, seen from the root of the checkout.
    """
    text = as_text(report)
    return "\n".join([*([text] if text else []), *_annotate(report, folder)])


def _annotate(report: Report, folder: str) -> Iterator[str]:
    problems = report.error.problems if report.error else ()
    for problem in problems:
        yield _annotate_problem(problem, folder)
    if report.command == "check" and not problems:
        for model in report.models:
            if not model.in_sync:
                yield _annotate_drift(model, folder)
    for note in list_notes_for_readers(report):
        yield _write_command("notice", note, {"title": "registrar"})


def _annotate_problem(problem: Problem, folder: str) -> str:
    """Return the annotation of a problem; where it was written stands in the properties."""
    place = problem.place
    properties = {}
    if place.file is not None:
        properties["file"] = _locate(place.file, folder)
        properties |= {
            key: str(number)
            for key, number in (("line", place.line), ("col", place.column))
            if number is not None
        }
        problem = replace(problem, place=Place())
    return _write_command(
        "error", str(problem), {**properties, "title": f"registrar: {problem.code}"}
    )


def _annotate_drift(model: ModelPlan, folder: str) -> str:
    place = {} if model.origin is None else {"file": _locate(model.origin, folder), "line": "1"}
    message = f"{model.name} differs from its configuration in the registry"
    return _write_command("error", message, {**place, "title": "registrar: drift"})


def _locate(file: str, folder: str) -> str:
    return f"{folder}/{file}" if folder and not file.startswith("/") else file


def _write_command(name: str, message: str, properties: dict[str, str]) -> str:
    """Return `::NAME KEY=VALUE,...::MESSAGE`."""
    values = (f"{key}={_clean(value).translate(IN_PROPERTY)}" for key, value in properties.items())
    return f"::{name} {','.join(values)}::{_clean(message).translate(IN_MESSAGE)}"


def _clean(text: str) -> str:
    return cut(printable(mask_values(text)), MOST)  # a part of a secret is a secret
