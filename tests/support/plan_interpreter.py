"""What changes do to a model, without a server: the meaning of each change in one place.

Everything comes from the changes alone, so a plan that lacks something cannot pass.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import assert_never

from registrar.changes.changes import (
    AdoptModel,
    AdoptVersion,
    CreateModel,
    CreateVersion,
    DeleteAlias,
    DeleteTag,
    DeleteVersion,
    RecordEvent,
    SetAlias,
    SetDescription,
    SetTag,
    add_version_number,
)
from registrar.changes.events import find_previous, list_events
from registrar.content.signature import SIGNATURE_TAG
from registrar.state import (
    CONFIG_TAG,
    DIGEST_TAG,
    LINEAGE_TAG,
    MANAGED_TAG,
    METRICS_TAG,
    MOVED_TAG,
    OWNER_TAG,
    PINNED_TAG,
    PROTECTED_TAG,
    PROVENANCE_TAG,
    ObservedModel,
    ObservedVersion,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.changes.changes import Change

Held = TypeVar("Held", ObservedModel, ObservedVersion)

OWN_FIELDS = {
    CONFIG_TAG: "config",
    DIGEST_TAG: "digest",
    LINEAGE_TAG: "lineage",
    METRICS_TAG: "metrics",
    OWNER_TAG: "owner",
    SIGNATURE_TAG: "signature",
}


def replay(
    changes: Iterable[Change], observed: ObservedModel | None, *, highest: int = 0
) -> ObservedModel | None:
    """Return the model after the changes.

    `highest` is the highest version number ever given, where deleted versions had higher ones
    than live ones have: MLflow gives no number twice.
    """
    interpreter = _Interpreter(observed, highest)
    for change in changes:
        interpreter.perform(change)
    return interpreter.model


class _Interpreter:
    def __init__(self, observed: ObservedModel | None, highest: int) -> None:
        self.model = observed
        self.highest = highest
        self.numbers: dict[int, int] = {}

    def perform(self, change: Change) -> None:
        if isinstance(change, CreateModel):
            assert self.model is None
            created = ObservedModel(change.name, change.description)
            self.model = with_tags(created, change.tags)
            return
        assert self.model is not None
        self.model = self.changed(self.model, change)

    def changed(self, model: ObservedModel, change: Change) -> ObservedModel:
        match change:
            case CreateModel():
                raise AssertionError
            case CreateVersion():
                return replace(model, versions=(*model.versions, self.created(model, change)))
            case AdoptModel():
                assert model.managed is None
                return with_tags(model, change.tags)
            case AdoptVersion():
                version = version_of(model, change.version)
                assert version.digest is None or version.managed is None
                return with_version(model, with_tags(version, change.tags))
            case SetTag() | DeleteTag() | SetDescription():
                if change.version is None:
                    return with_field(model, change)
                version = version_of(model, change.version)
                return with_version(model, with_field(version, change))
            case RecordEvent():
                assert model.aliases.get(change.alias) == change.before
                numbered = add_version_number(change, self.numbers)
                assert isinstance(numbered, RecordEvent)
                assert numbered.holder is not None
                previous = find_previous(change.alias, change.before, list_events(model))
                event = numbered.with_previous(previous).to_event("2026-11-24T12:52:03.120Z")
                assert event.key not in {known.key for known in list_events(model)}
                holder = version_of(model, numbered.holder)
                return with_version(model, replace(holder, events=(*holder.events, event)))
            case SetAlias():
                assert model.aliases.get(change.alias) == change.before
                number = change.version or self.numbers[change.entry]
                assert number in {version.number for version in model.versions}
                return with_alias(model, change.alias, number)
            case DeleteAlias():
                assert model.aliases[change.alias] == change.before
                return with_alias(model, change.alias, None)
            case DeleteVersion():
                version = version_of(model, change.version)
                assert not version.aliases
                assert (version.digest, version.source) == (change.digest, change.source)
                left = tuple(v for v in model.versions if v is not version)
                return replace(model, versions=left)
            case _:
                assert_never(change)

    def created(self, model: ObservedModel, change: CreateVersion) -> ObservedVersion:
        number = max(self.highest, *(version.number for version in model.versions), 0) + 1
        self.numbers[change.entry] = number
        version = ObservedVersion(
            number=number,
            source=change.source.stored or f"models:/m-{number}",
            run_id=change.source.run_id,
            description=change.description,
        )
        return with_tags(version, change.all_tags)


def version_of(model: ObservedModel, number: int) -> ObservedVersion:
    (version,) = (version for version in model.versions if version.number == number)
    return version


def with_version(model: ObservedModel, version: ObservedVersion) -> ObservedModel:
    versions = (version if v.number == version.number else v for v in model.versions)
    return replace(model, versions=tuple(versions))


def with_alias(model: ObservedModel, alias: str, number: int | None) -> ObservedModel:
    """Return the model after an alias has moved; it points to at most one version."""

    def pointed(version: ObservedVersion) -> ObservedVersion:
        others = {*version.aliases} - {alias}
        own = {alias} if version.number == number else set()
        return replace(version, aliases=tuple(sorted(others | own)))

    return replace(model, versions=tuple(map(pointed, model.versions)))


def with_field(held: Held, change: SetTag | DeleteTag | SetDescription) -> Held:
    """Return the model or version after one field of it has changed."""
    match change:
        case SetDescription():
            assert held.description == change.before
            return replace(held, description=change.after)
        case SetTag():
            if not change.key.startswith("registrar_"):
                assert held.tags.get(change.key) == change.before
            return with_tags(held, {change.key: change.after})
        case DeleteTag():
            assert held.tags[change.key] == change.before
            tags = {key: value for key, value in held.tags.items() if key != change.key}
            return replace(held, tags=tags)
        case _:
            assert_never(change)


def with_tags(held: Held, tags: Mapping[str, str]) -> Held:
    """Return the model or version as a registry reads it back after the tags are set."""
    fields: dict[str, Any] = {"tags": dict(held.tags)}
    for key, value in tags.items():
        if key == MANAGED_TAG:
            fields["managed"] = tuple(json.loads(value))
        elif key == MOVED_TAG:
            fields["moved"] = tuple(json.loads(value))
        elif key == PROTECTED_TAG:
            fields["protected"] = tuple(json.loads(value))
        elif key == PROVENANCE_TAG:
            fields["provenance"] = {name: tags[name] for name in json.loads(value)}
        elif key == PINNED_TAG:
            fields["pinned"] = int(value)
        elif key in OWN_FIELDS:
            fields[OWN_FIELDS[key]] = value
        else:
            fields["tags"][key] = value
    return replace(held, **fields)
