"""The results of `show`, `dump`, `delete` and `verify` as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.report.results import Deletion, Dump, Listing
from registrar.report.tables import aligned, tables
from registrar.report.verification import Verification
from registrar.report.wording import digest, shown
from registrar.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.report.results import Payload

__all__ = ["closing", "lines"]

MARKS = {"same": " ", "different": "!", "unchecked": "?", "unreadable": "!"}


def lines(result: Payload) -> Iterator[str]:
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


def closing(result: Payload) -> str:
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
            some = f"{count} of " if count < result.total else ""
            return f"{some}{plural(result.total, many)} at {where}."
        case Dump():
            return f"Dumped {plural(len(result.models), 'model')} of {where} to {result.folder}."
        case Verification():
            different = sum(one.status == "different" for one in result.versions)
            unchecked = sum(one.status == "unchecked" for one in result.versions)
            unreadable = sum(one.status == "unreadable" for one in result.versions)
            counts = f"{different} different, {unchecked} not checked"
            counts += f", {unreadable} not readable" if unreadable else ""
            return f"Verified {plural(len(result.versions), 'version')} at {where}: {counts}."
        case Deletion():
            what = (
                result.name if result.version is None else f"{result.name} version {result.version}"
            )
            if not result.existed:
                return f"Nothing to do: {shown(what)} is not at {where}."
            return f"Deleted {shown(what)} from {where}."
