"""Compare desired with observed state: which changes make the registry match, in which order.

A run may be interrupted after any change, so the order keeps each state in between safe. The model
comes first, then the versions, each with its tags in one request, then other tags, descriptions and
aliases. Removals come last. The list of managed names grows before a name is set and shrinks after
it is removed, so registrar never forgets what it has set.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    CreateModel,
    CreateVersion,
    DeleteVersion,
    RecordEvent,
    SetAlias,
)
from registrar.changes.comparison import compare_model, compare_version, kept_tags
from registrar.changes.duplicates import leftover_duplicates
from registrar.changes.existing_versions import with_found_sources
from registrar.changes.matching import match_versions
from registrar.changes.moved_aliases import list_marks
from registrar.changes.notes import plan_notes
from registrar.changes.plan import ModelPlan
from registrar.changes.tags import adoption_tags, managed_text, model_tags, version_tags
from registrar.errors import ConfigError, Problem, RefusedError
from registrar.state import MANAGED_TAG
from registrar.uris import safe_uri, unreachable_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from registrar.changes.changes import Change
    from registrar.state import DesiredModel, ObservedModel, ObservedVersion

__all__ = ["diff"]


def diff(
    config: str, desired: DesiredModel, observed: ObservedModel | None, origin: str | None = None
) -> ModelPlan:
    """Return the plan that turns `observed` into `desired`.

    `config` is the name of the configuration, `origin` the file that holds it. Raises RefusedError
    when the model must not be changed, ConfigError when an entry names a version that is not there,
    or the version of another entry, or by an alias that the plan removes.
    """
    _check_name(desired, observed)
    desired = _add_protection(desired, observed)
    matched = match_versions(desired, observed)
    desired = with_found_sources(desired, matched)
    changes = (
        tuple(_creations(desired, matched))
        if observed is None
        else tuple(_updates(desired, observed, matched))
    )
    return ModelPlan(
        config=config,
        desired=desired,
        observed=observed,
        matches=tuple(version.number if version else None for version in matched),
        changes=changes,
        notes=tuple(plan_notes(desired, observed, matched)),
        origin=origin,
    )


def _check_name(desired: DesiredModel, observed: ObservedModel | None) -> None:
    """Raise RefusedError for the name of a prompt, and for a new name that no URI can reach."""
    hint = "Choose another name for the model."
    if observed is not None and observed.is_prompt:
        message = f"'{desired.name}' is the name of a prompt on this server"
        raise RefusedError(Problem("name-of-a-prompt", message, hint))
    if observed is None and (character := unreachable_name(desired.name)):
        message = f"'{desired.name}' holds '{character}', at which MLflow cuts models:/ URIs"
        raise RefusedError(Problem("unreachable-name", message, hint))


def _add_protection(desired: DesiredModel, observed: ObservedModel | None) -> DesiredModel:
    """Return the desired model; what a script protects is added to what the server protects."""
    if desired.manages or desired.protected is None or observed is None:
        return desired
    protected = {*(observed.protected or ()), *desired.protected}
    return replace(desired, protected=tuple(sorted(protected)))


def _creations(
    desired: DesiredModel, matched: Sequence[ObservedVersion | None]
) -> Iterator[Change]:
    """Yield the changes that create a model."""
    yield CreateModel(desired.name, desired.description or "", model_tags(desired))
    yield from _created_versions(desired, matched, ((),) * len(matched))
    yield from _aliases(desired, {}, matched)


def _updates(
    desired: DesiredModel, observed: ObservedModel, matched: Sequence[ObservedVersion | None]
) -> Iterator[Change]:
    """Yield the changes of a model that exists."""
    model = compare_model(desired, observed, matched)
    ConfigError.raise_for(_find_lost_names(desired, model.removed_aliases))
    marks = list_marks(desired, observed, matched)
    versions = [
        compare_version(entry, declared, version, manages=desired.manages, moved=marks[entry])
        for entry, (declared, version) in enumerate(zip(desired.versions, matched, strict=True))
        if version is not None
    ]
    lost_aliases = {*desired.aliases, *model.removed_aliases}
    now, later = leftover_duplicates(desired, observed, matched, lost_aliases)
    yield from map(_delete_version, now)
    if observed.managed is None and model.keep:
        yield AdoptModel({MANAGED_TAG: managed_text(model.keep)})
    yield from _created_versions(desired, matched, marks)
    yield from _adopted_versions(desired, matched)
    for comparison in (model, *versions):
        yield from comparison.tag_changes()
    for comparison in (model, *versions):
        yield from comparison.description_changes()
    yield from _aliases(desired, observed.aliases, matched)
    for comparison in (model, *versions):
        yield from comparison.removals()
    yield from map(_delete_version, later)


def _find_lost_names(desired: DesiredModel, removed: Collection[str]) -> Iterator[Problem]:
    """Yield the problem of each entry that means a version by an alias which the plan removes.

    A second run would not find the version.
    """
    for version in desired.versions:
        existing = version.source.existing
        if existing is not None and existing.alias is not None and existing.alias in removed:
            message = (
                f"{safe_uri(version.source.uri)} names a version by the alias '{existing.alias}', "
                "which an earlier configuration has set, and which this one removes"
            )
            hint = f"Name the version by its number, or add {existing.alias} to its aliases."
            yield Problem("contradiction", f"{desired.name}: {message}", hint)


def _created_versions(
    desired: DesiredModel,
    matched: Sequence[ObservedVersion | None],
    marks: Sequence[Collection[str]],
) -> Iterator[Change]:
    for entry, (declared, version) in enumerate(zip(desired.versions, matched, strict=True)):
        if version is None:
            yield CreateVersion(
                entry,
                declared.source,
                declared.description or "",
                version_tags(declared, manages=desired.manages, moved=marks[entry]),
                declared.pin,
            )


def _adopted_versions(
    desired: DesiredModel, matched: Sequence[ObservedVersion | None]
) -> Iterator[Change]:
    for entry, (declared, version) in enumerate(zip(desired.versions, matched, strict=True)):
        if version is None:
            continue
        managed = {*(version.managed or ()), *kept_tags(declared, version)}
        if version.digest is None:
            tags = adoption_tags(declared, managed if desired.manages else None)
            yield AdoptVersion(entry, version.number, tags)
        elif version.managed is None and managed and desired.manages:
            yield AdoptVersion(entry, version.number, {MANAGED_TAG: managed_text(managed)})


def _aliases(
    desired: DesiredModel, current: Mapping[str, int], matched: Sequence[ObservedVersion | None]
) -> Iterator[Change]:
    for entry, (declared, version) in enumerate(zip(desired.versions, matched, strict=True)):
        target = version.number if version else None
        for alias in declared.aliases or ():
            before = current.get(alias)
            if before is None or before != target:
                digest = declared.digest or (version.digest if version else None)
                yield RecordEvent(entry, alias, before, target, digest or None)
                yield SetAlias(entry, alias, before, target)


def _delete_version(duplicate: ObservedVersion) -> DeleteVersion:
    return DeleteVersion(duplicate.number, duplicate.digest, duplicate.source)
