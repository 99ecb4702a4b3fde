"""The text of the results of commands that make no plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from registrar.report.history_tables import history_summary, history_tables
from registrar.report.layout import align, lay_out
from registrar.report.pins import Pins
from registrar.report.results import Deletion, Dump, Evidence, History, Listing, Site
from registrar.report.screen import NO_SCREEN
from registrar.report.tables import tables
from registrar.report.verification import Verification
from registrar.report.wording import display, short_digest
from registrar.secrets import mask_values
from registrar.text import plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.report.layout import Table
    from registrar.report.results import Deleted, Payload
    from registrar.report.screen import Screen
    from registrar.report.verification import Verified

__all__ = ["payload_lines", "payload_summary", "payload_tables"]

MARKS = {"same": " ", "different": "!", "unchecked": "-", "unreadable": "?"}


def payload_lines(payload: Payload, screen: Screen = NO_SCREEN) -> Iterator[str]:
    """Yield the lines of a text; the last one is a summary, but for a document for other tools."""
    if isinstance(payload, Evidence):
        yield from evidence_text(payload).splitlines()
        return
    match payload:
        case Listing() | History():
            for table in payload_tables(payload, draws=screen.draws):
                yield from lay_out(table, screen.width)
                yield ""
        case Dump():
            yield from align(
                [
                    (f"  {printable(dumped.file)}", plural(len(dumped.model.versions), "version"))
                    for dumped in payload.models
                ]
            )
        case Verification():
            yield from align([_describe_verified(verified) for verified in payload.versions])
        case Deletion():
            if payload.owner is not None:
                yield from align([_describe_deleted(model) for model in payload.models])
            for kept in payload.kept:
                yield f"  {kept.source} stays: it is used by {', '.join(map(display, kept.users))}"
        case Site():
            pass
        case Pins():
            yield from payload.lines()
    yield payload_summary(payload)


def evidence_text(payload: Evidence) -> str:
    """Return the documents as a JSON list, in ASCII: what others wrote does nothing to a terminal."""
    return json.dumps([*payload.documents], indent=2)


def payload_tables(payload: Listing | History, *, draws: bool = True) -> Iterator[Table]:
    """Return the tables of a result that has tables."""
    return tables(payload, draws=draws) if isinstance(payload, Listing) else history_tables(payload)


def _describe_verified(verified: Verified) -> tuple[str, ...]:
    version = printable(mask_values(f"{verified.name} version {verified.version}"))
    mark = MARKS[verified.status]
    return f"{mark} {version}", short_digest(verified.digest), printable(verified.detail)


def _describe_deleted(model: Deleted) -> tuple[str, ...]:
    mark = "deleted" if model.deleted else ""
    return f"  {display(model.name)}", plural(model.versions, "version"), mark


def payload_summary(payload: Payload) -> str:
    """Return the summary, in one line."""
    if isinstance(payload, Pins):
        return payload.summary
    where = payload.server.registry_uri
    match payload:
        case Listing():
            noun = "version" if payload.detailed else "model"
            count = (
                sum(len(model.versions) for model in payload.models)
                if payload.detailed
                else len(payload.models)
            )
            limited = f"{count} of " if count < payload.total else ""
            return f"{limited}{plural(payload.total, noun)} at {where}."
        case Evidence():
            return f"Evidence of {plural(len(payload.documents), 'version')} at {where}."
        case Dump():
            return f"Dumped {plural(len(payload.models), 'model')} of {where} to {payload.folder}."
        case History():
            return history_summary(payload)
        case Site():
            what = plural(len(payload.files), "model")
            return f"Wrote pages for {what} of {where}: open {payload.folder}/index.html."
        case Verification():
            different = sum(v.status == "different" for v in payload.versions)
            unchecked = sum(v.status == "unchecked" for v in payload.versions)
            unreadable = sum(v.status == "unreadable" for v in payload.versions)
            counts = f"{different} different, {unchecked} not checked"
            counts += f", {unreadable} not readable" if unreadable else ""
            return f"Verified {plural(len(payload.versions), 'version')} at {where}: {counts}."
        case Deletion():
            return _deletion_summary(payload)


def _deletion_summary(deletion: Deletion) -> str:
    where, owner = deletion.server.registry_uri, deletion.owner
    deleted = [model for model in deletion.models if model.deleted]
    what = plural(len(deleted), "model")
    if owner is None and deleted:
        model = deleted[0]
        version = "" if model.version is None else f" version {model.version}"
        what = display(f"{model.name}{version}")
    if deleted:
        uploads = f", and {plural(len(deletion.uploads), 'upload')}" if deletion.uploads else ""
        frees = " 'mlflow gc' on the server frees the space." if uploads else ""
        return f"Deleted {what} from {where}{uploads}.{frees}"
    if not deletion.models:
        return f"Nothing to do: a file declares each model of {owner} at {where}."
    count = plural(len(deletion.models), "model")
    return f"No file declares {count} of {owner} at {where}. Delete them with yes=true."
