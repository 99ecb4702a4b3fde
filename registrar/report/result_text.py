"""The results of `show`, `dump`, `delete` and `verify` as lines of text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.report.results import Deletion, Dump, Listing, Verification
from registrar.report.tables import aligned, tables
from registrar.report.wording import digest, shown
from registrar.text import format_time, plural
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.report.results import Result
    from registrar.state import ObservedModel, ObservedVersion, RunData

__all__ = ["as_document", "closing", "lines"]

MARKS = {"same": " ", "different": "!", "unchecked": "?"}


def lines(result: Result) -> Iterator[str]:
    """The result for a terminal, its last line a summary."""
    match result:
        case Listing():
            for table in tables(result):
                yield from [table.title] if table.title else []
                yield from aligned(table)
                yield ""
        case Dump():
            for one in result.models:
                yield f"  {one.file}  {plural(len(one.model.versions), 'version')}"
        case Verification():
            for verified in result.versions:
                about = f"{verified.name} version {verified.version}"
                held = digest(verified.digest) if verified.digest else "no digest"
                yield f"{MARKS[verified.status]} {about}  {held}  {verified.detail}"
        case Deletion():
            pass
    yield closing(result)


def closing(result: Result) -> str:
    """What it comes to, in one line."""
    where = result.server.registry_uri
    match result:
        case Listing():
            many = "version" if result.detailed else "model"
            count = (
                sum(len(model.versions) for model in result.models)
                if result.detailed
                else len(result.models)
            )
            some = f"{count} of " if count < result.found else ""
            return f"{some}{plural(result.found, many)} at {where}."
        case Dump():
            return f"Dumped {plural(len(result.models), 'model')} of {where} to {result.folder}."
        case Verification():
            different = sum(one.status == "different" for one in result.versions)
            unchecked = sum(one.status == "unchecked" for one in result.versions)
            counts = f"{different} different, {unchecked} not checked"
            return f"Verified {plural(len(result.versions), 'version')} at {where}: {counts}."
        case Deletion():
            what = (
                result.name if result.version is None else f"{result.name} version {result.version}"
            )
            if not result.was_there:
                return f"Nothing to do: {shown(what)} is not at {where}."
            return f"Deleted {shown(what)} from {where}."


def as_document(result: Result) -> dict[str, Any]:
    """The fields of the JSON document."""
    server = {"server": result.server.to_dict()}
    match result:
        case Listing():
            models = [_model(model, result.measures) for model in result.models]
            return {**server, "models": models, "found": result.found}
        case Dump():
            files = [
                {"name": one.model.name, "file": one.file, "notes": list(one.notes)}
                for one in result.models
            ]
            return {**server, "dir": result.folder, "models": files}
        case Verification():
            versions = [
                {
                    "name": one.name,
                    "version": one.version,
                    "digest": one.digest,
                    "status": one.status,
                    "detail": one.detail,
                    "files": one.difference.to_dict(),
                }
                for one in result.versions
            ]
            return {**server, "versions": versions}
        case Deletion():
            deleted = {"name": result.name, "version": result.version, "deleted": result.was_there}
            return {**server, "models": [deleted]}


def _model(model: ObservedModel, measures: Mapping[str, RunData]) -> dict[str, Any]:
    return {
        "name": model.name,
        "description": model.description,
        "tags": dict(model.tags),
        "owner": model.owner,
        "aliases": model.aliases,
        "created": _time(model.created),
        "updated": _time(model.updated),
        "versions": [_version(version, measures) for version in model.versions],
    }


def _version(version: ObservedVersion, measures: Mapping[str, RunData]) -> dict[str, Any]:
    run = measures.get(version.run_id or "")
    return {
        "version": version.number,
        "digest": version.digest,
        "source": safe_uri(version.source),
        "run_id": version.run_id,
        "created": _time(version.created),
        "description": version.description,
        "metadata": dict(version.tags),
        "aliases": list(version.aliases),
        "config": version.config,
        "lineage": version.lineage,
        "params": dict(run.params) if run else {},
        "metrics": dict(run.metrics) if run else {},
    }


def _time(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else format_time(milliseconds)
