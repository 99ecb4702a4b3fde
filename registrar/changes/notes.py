"""Notes on a plan: the fields that it leaves alone, and the models that were not checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.comparison import compare_model, kept_tags
from registrar.changes.moved_aliases import marked_aliases
from registrar.state import Note
from registrar.uris import safe_uri, unreachable_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.state import DesiredModel, ObservedModel, ObservedVersion

__all__ = ["plan_notes"]


def plan_notes(
    desired: DesiredModel,
    observed: ObservedModel | None,
    matched: Sequence[ObservedVersion | None],
) -> Iterator[Note]:
    """Yield the notes on the plan of one model."""
    yield from _source_notes(desired, matched)
    yield from _pin_notes(desired, matched)
    if observed is not None and (character := unreachable_name(observed.name)):
        yield Note("unreachable-name", values={"character": character})
    if observed is not None and desired.manages:
        yield from _kept_tag_notes(desired, observed, matched)
        yield from _moved_alias_notes(desired, observed, matched)
        if desired.protected is None and observed.protected:
            names = ", ".join(observed.protected)
            yield Note("protection-kept", "registered_model.protected_aliases", {"aliases": names})


def _source_notes(
    desired: DesiredModel, matched: Sequence[ObservedVersion | None]
) -> Iterator[Note]:
    for declared, version in zip(desired.versions, matched, strict=True):
        source = declared.source
        if not source.verified:
            yield Note("not-verified", safe_uri(source.uri))
        if source.note is not None and (version is None or source.existing is not None):
            yield source.note


def _pin_notes(desired: DesiredModel, matched: Sequence[ObservedVersion | None]) -> Iterator[Note]:
    for declared, version in zip(desired.versions, matched, strict=True):
        subject = safe_uri(declared.source.uri)
        if declared.pin is None:
            continue
        if version is None:
            yield Note("pin-creates", subject, {"pin": declared.pin})
        elif version.number != declared.pin:
            yield Note("pin-differs", subject, {"pin": declared.pin, "version": version.number})


def _kept_tag_notes(
    desired: DesiredModel,
    observed: ObservedModel,
    matched: Sequence[ObservedVersion | None],
) -> Iterator[Note]:
    """Yield a note for tags that stay because the configuration leaves the field out."""
    if desired.tags is None and kept_tags(desired, observed):
        yield Note("tags-kept", "registered_model.tags")
    for declared, version in zip(desired.versions, matched, strict=True):
        if version is not None and declared.tags is None and kept_tags(declared, version):
            field = "metadata"
            subject = field if len(matched) == 1 else f"version {version.number}: {field}"
            yield Note("tags-kept", subject)


def _moved_alias_notes(
    desired: DesiredModel,
    observed: ObservedModel,
    matched: Sequence[ObservedVersion | None],
) -> Iterator[Note]:
    """Yield a note for each alias that leaves the configuration and stays: a script moved it."""
    marked = marked_aliases(observed)
    unmanaged = compare_model(desired, observed, matched).unmanaged if marked else frozenset()
    for alias, number in sorted(marked.items()):
        if f"@{alias}" in unmanaged:
            yield Note("alias-stays", f"alias {alias}", {"version": number})
