"""Entries with a `digest`: the files have this digest, or a version of the model has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.config import spec
from registrar.content.whole_model import ABSENT_FILES
from registrar.errors import ConfigError, Problem, RegistrarError
from registrar.references import is_reference
from registrar.report.wording import short_digest
from registrar.state import Existing, Note, Source
from registrar.uris import DirectoryUri, unreachable_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.config.job import Job
    from registrar.config.spec import Entry
    from registrar.registry import Registry
    from registrar.state import DesiredModel, NoteKind, ObservedModel
    from registrar.uris import Uri

__all__ = ["are_absent", "check_content", "find_absent", "unknown_contents"]


ABSENT: NoteKind = "files-absent"


def are_absent(error: RegistrarError) -> bool:
    """Return whether all that is wrong with a model is that its files are not here."""
    codes = {problem.code for problem in error.problems}
    return isinstance(error, ConfigError) and codes <= {*ABSENT_FILES, "source-not-found"}


def find_absent(entry: Entry, result: Source | RegistrarError) -> Source | None:
    """Return the version that an entry means whose files are not here, or nobody may look at.

    None where the files are here, and where the entry does not say which content it means.
    """
    if entry.content is None or entry.uri is None:
        return None
    match result:
        case RegistrarError():
            is_absent = are_absent(result)
        case _:
            known = {result.digest, *result.other_digests}
            is_absent = not result.verified and entry.content not in known
    if not is_absent:
        return None
    note = Note(ABSENT, entry.uri.safe)
    existing = Existing(digest=entry.content)
    return Source(entry.uri.text, entry.content, note=note, existing=existing)


def check_content(job: Job, entry: Entry, source: Source) -> Iterator[Problem]:
    """Yield the problem of a source that does not hold the content that its entry means."""
    if entry.digest is None or entry.uri is None or source.existing is not None:
        return
    if entry.digest in {source.digest, *source.other_digests}:
        return
    message = (
        f"{entry.uri.safe} holds {short_digest(source.digest)}, "
        f"the configuration says {short_digest(entry.digest)}"
    )
    place = " pin.place=true" if is_reference(source.digest) else ""
    hint = f"Run 'registrar pin model={job.name}{place}' if the new content is meant."
    if job.file is None:
        hint = "Correct one of the two."
    yield job.locate(("model", *entry.path, "digest"), Problem("digest-differs", message, hint))


def unknown_contents(
    jobs: Sequence[Job],
    desired: Sequence[DesiredModel],
    observed: Mapping[str, ObservedModel],
    registry: Registry,
) -> Iterator[Problem]:
    """Yield the problem of each entry whose content is neither here nor a version of its model."""
    for job, model in zip(jobs, desired, strict=True):
        versions = observed[model.name].versions if model.name in observed else ()
        known = {version.digest for version in versions}
        entries = spec.parse_entries(job.config["model"])
        for entry, declared in zip(entries, model.versions, strict=True):
            source = declared.source
            is_absent = source.note is not None and source.note.kind == ABSENT
            if entry.uri is not None and is_absent and source.digest not in known:
                problem = _explain_unknown(entry.uri, source.digest, model.name, registry)
                field = "uri" if entry.digest is None else "digest"
                yield job.locate(("model", *entry.path, field), problem)


def _explain_unknown(uri: Uri, digest: str, name: str, registry: Registry) -> Problem:
    message = (
        f"{uri.safe} with the content {short_digest(digest)} is neither here "
        f"nor under {name} on {registry.server.registry_uri}"
    )
    hint = "Get the files (git lfs pull, dvc pull), or correct the digest."
    if not isinstance(uri, DirectoryUri):
        hint = "Correct the URI or the digest."
    others = registry.find_names(digest)
    other = next((found for found in sorted(others) if not unreachable_name(found)), None)
    if other is not None:
        selector = f"/{others[other]}" if is_reference(digest) else f"@{digest}"
        registered = f"It is registered as {other} version {others[other]}"
        hint = f"{registered}; write uri: models:/{other}{selector}."
    return Problem("unknown-digest", message, hint)
