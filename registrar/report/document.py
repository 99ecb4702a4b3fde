"""The one JSON document that scripts read: see `config/schemas/report.json` and `docs/json.md`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from registrar.report.change_document import change_to_dict
from registrar.report.history_document import history_to_list
from registrar.report.notes import note_text
from registrar.report.pins import Pins
from registrar.report.results import Deletion, Dump, Evidence, History, Listing, Site
from registrar.report.verification import Verification
from registrar.secrets import mask_values
from registrar.text import format_time, printable
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan
    from registrar.errors import Problem, RegistrarError
    from registrar.report.report import Outcome, Report
    from registrar.report.results import Payload
    from registrar.report.verification import Verified
    from registrar.state import ObservedModel, ObservedVersion, Server

__all__ = ["as_json", "to_document"]

FORMAT = 1


def as_json(report: Report) -> str:
    """Return the document as indented JSON.

    JSON allows some characters that a terminal acts on, such as U+009B; they become escapes.
    """
    document = _mask(to_document(report))
    lines = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False).split("\n")
    return "\n".join(map(printable, lines))


def _mask(value: Any) -> Any:
    """Return a document without the values of secrets that the environment holds."""
    match value:
        case str():
            return mask_values(value)
        case dict():
            return {mask_values(key): _mask(item) for key, item in value.items()}
        case list() | tuple():
            return [_mask(item) for item in value]
        case _:
            return value


def to_document(report: Report) -> dict[str, Any]:
    """Return the document of a report as plain data."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "command": report.command,
        "exit_code": report.exit_code,
    }
    if report.plan is not None:
        document |= {
            "server": _server(report.plan.server),
            "models": [_model_plan(model) for model in report.models],
            "summary": report.summary,
            "checksum": report.plan.checksum,
        }
        if report.plan.allowances:
            document["allowances"] = report.plan.allowances.to_dict()
    elif report.payload is not None:
        document |= _payload(report.payload)
    elif report.configs and report.error is None:
        document["models"] = [{"config": name} for name in report.configs]
    if report.outcomes is not None:
        for model, outcome in zip(document["models"], report.outcomes, strict=True):
            _add_outcome(model, outcome)
    if report.notes:
        document["notes"] = [note_text(note) for note in report.notes]
    if report.error is not None:
        document["error"] = _error(report.error)
    return document


def _server(server: Server) -> dict[str, Any]:
    return {"registry_uri": server.registry_uri, "version": server.version}


def _model_plan(model: ModelPlan) -> dict[str, Any]:
    versions = zip(model.desired.versions, model.matches, strict=True)
    failure = {} if model.error is None else {"error": _error(model.error)}
    return {
        "config": model.config,
        "name": model.name,
        "versions": [
            {
                "version": number,
                "digest": version.digest or None,
                "source": safe_uri(version.source.uri),
                "action": model.action_of(entry),
            }
            for entry, (version, number) in enumerate(versions)
        ],
        "changes": _changes(model.changes),
        **_judgement(model),
        "notes": [note_text(note) for note in model.notes],
        **failure,
    }


def _judgement(model: ModelPlan) -> dict[str, Any]:
    """Return what was collected for gates, and what they and rules say; each where there is any."""
    fields: dict[str, Any] = {}
    if model.evidence:
        from registrar.policy.evidence_document import evidence_document  # few plans have any

        fields["evidence"] = [
            evidence_document(model, entry, moves[0].candidate, moves)
            for entry in sorted({move.entry for move in model.evidence})
            if (moves := [move for move in model.evidence if move.entry == entry])
        ]
    if model.verdicts:
        fields["verdicts"] = [verdict.to_dict() for verdict in model.verdicts]
    return fields


def _changes(changes: tuple[Change, ...]) -> list[dict[str, Any]]:
    return [change_to_dict(change) for change in changes]


def _add_outcome(model: dict[str, Any], outcome: Outcome) -> None:
    model["done"] = _changes(outcome.done)
    model["left"] = _changes(outcome.left)
    model["notes"] += [note_text(note) for note in outcome.notes]
    if outcome.error is not None:
        model["error"] = _error(outcome.error)


def _payload(payload: Payload) -> dict[str, Any]:
    if isinstance(payload, Pins):
        return {"models": payload.to_list()}
    server = {"server": _server(payload.server)}
    match payload:
        case Listing():
            models = [_describe_model(model, payload) for model in payload.models]
            return {**server, "models": models, "found": payload.total}
        case Evidence():
            return {**server, "evidence": [*payload.documents]}
        case Dump():
            files = [
                {
                    "name": dumped.model.name,
                    "file": dumped.file,
                    "notes": list(map(note_text, dumped.notes)),
                }
                for dumped in payload.models
            ]
            return {**server, "dir": payload.folder, "models": files}
        case Site():
            files = [{"name": name, "file": file} for name, file in payload.files.items()]
            return {**server, "dir": payload.folder, "models": files}
        case History():
            return {**server, "models": history_to_list(payload), "at": payload.at}
        case Verification():
            return {
                **server,
                "versions": [_describe_verified(version) for version in payload.versions],
            }
        case Deletion():
            models = [
                {
                    "name": model.name,
                    "version": model.version,
                    "versions": model.versions,
                    "deleted": model.deleted,
                    "events": model.events,
                }
                for model in payload.models
            ]
            kept = [{"source": safe_uri(k.source), "users": [*k.users]} for k in payload.kept]
            return {
                **server,
                "models": models,
                "uploads": {"deleted": [*map(safe_uri, payload.uploads)], "kept": kept},
            }


def _describe_model(model: ObservedModel, listing: Listing) -> dict[str, Any]:
    return {
        "name": model.name,
        "description": model.description,
        "tags": dict(model.tags),
        "owner": model.owner,
        "protected_aliases": list(model.protected or ()),
        "aliases": model.aliases,
        "created": _time(model.created),
        "updated": _time(model.updated),
        "versions": [_describe_version(model.name, version, listing) for version in model.versions],
    }


def _describe_version(name: str, version: ObservedVersion, listing: Listing) -> dict[str, Any]:
    run = listing.run_data.get(version.run_id or "")
    return {
        "version": version.number,
        "status": version.status,
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
        "metrics": {
            key: [item.to_dict() for item in items]
            for key, items in listing.measurements_of(name, version.number).items()
        },
    }


def _describe_verified(version: Verified) -> dict[str, Any]:
    difference = version.difference
    return {
        "name": version.name,
        "version": version.version,
        "digest": version.digest,
        "status": version.status,
        "detail": version.detail,
        "files": {
            "changed": list(difference.changed),
            "missing": list(difference.missing),
            "added": list(difference.added),
        },
    }


def _error(error: RegistrarError) -> dict[str, Any]:
    return {"kind": error.kind, "problems": [_problem(problem) for problem in error.problems]}


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "suggestion": problem.suggestion,
        "path": problem.path,
        **asdict(problem.place),
    }


def _time(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else format_time(milliseconds)
