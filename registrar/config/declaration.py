"""A registered model as the configuration that declares it, and what no configuration can say."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.config import schema, spec
from registrar.errors import Problem
from registrar.text import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.state import ObservedModel, ObservedVersion
    from registrar.text import KeyPath

__all__ = ["Place", "declare", "file_name"]

OPTION = re.compile(r"(?!\.)[\w.-]*[A-Za-z_-][\w.-]*", re.ASCII)
# Hydra reads these as values, not as names.
VALUES = re.compile(r"(?i)null|true|false|nan|inf|.*\.ya?ml|[+-]?[0-9_.]+(e[+-]?[0-9_]+)?")
NO_VALUE = Problem("todo", "'???' stands for a value that is yet to be given")
SERVER = {"tracking_uri": "https://any"}


@dataclass(frozen=True, slots=True)
class Place:
    """How a version's model is named in a configuration.

    `pinned` says that the URI alone does not tell this version from others, or is no longer there.
    """

    uri: str
    verify: bool = True
    pinned: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """The fields of a model's file, comments by path, and notes on what is left out."""

    fields: Mapping[str, Any]
    comments: Mapping[KeyPath, str]
    notes: tuple[str, ...]


def declare(model: ObservedModel, places: Mapping[int, Place]) -> Declaration:
    """The configuration of `model`; `places` by version number, those without one are left out.

    One version stands in the file's own fields, several in a list that pins their numbers.
    """
    notes: list[str] = []
    entries: list[tuple[dict[str, Any], str | None]] = []
    pinned = any(version.pinned is not None for version in model.versions)
    listed = len(model.versions) > 1 or pinned or any(place.pinned for place in places.values())
    pins = _pins(model) if listed else {}
    for version in model.versions:
        place = places.get(version.number)
        pin = pins.get(version.number)
        entry = _entry(version, place, pin) if place is not None else {}
        about = f"version {version.number}"
        entry, left_out = _declarable(entry, about, inside=("versions", 0)) if entry else ({}, [])
        notes += left_out
        if place is None or "uri" not in entry:
            notes.append(f"{about} is left out: its source can not be declared")
        else:
            entries.append((entry, place.comment))
    parent, left_out = _declarable(_parent(model), "the registered model", inside=())
    notes += left_out
    fields: dict[str, Any] = {key: parent[key] for key in ("name", "owner") if key in parent}
    comments: dict[KeyPath, str] = {}
    if listed and entries:
        fields["versions"] = [entry for entry, _ in entries]
    elif entries:
        fields |= entries[0][0]
    for index, (_, comment) in enumerate(entries):
        if comment is not None:
            path = ("versions", index, "verify") if listed else ("verify",)
            comments[path] = comment
    if "registered_model" in parent or not entries:
        fields["registered_model"] = parent.get("registered_model", {})
    return Declaration(fields, comments, tuple(notes))


def file_name(name: str) -> str:
    """The option of the group `model` for a registered model: its name, where Hydra can take it."""
    if OPTION.fullmatch(name) and not VALUES.fullmatch(name) and len(name) < 200:
        return name
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60]
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{readable}-{mark}" if readable else f"model-{mark}"


def _pins(model: ObservedModel) -> dict[int, int]:
    """Version number -> the number to pin it to: that of the dump it was restored from, or its own.

    One whose own number is another's pin goes without.
    """
    restored = {v.number: v.pinned for v in model.versions if v.pinned is not None}
    taken = set(restored.values())
    own = {v.number: v.number for v in model.versions if v.number not in taken}
    return {**own, **restored}


def _entry(version: ObservedVersion, place: Place, pin: int | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"uri": place.uri}
    if pin is not None:
        entry["version"] = pin
    if not place.verify:
        entry["verify"] = False
    if version.description:
        entry["description"] = version.description
    if tags := _own(version.tags):
        entry["metadata"] = tags
    if version.aliases:
        entry["aliases"] = list(version.aliases)
    return entry


def _parent(model: ObservedModel) -> dict[str, Any]:
    about: dict[str, Any] = {}
    if model.description:
        about["description"] = model.description
    if tags := _own(model.tags):
        about["tags"] = tags
    owner = {} if model.owner is None else {"owner": model.owner}
    return {"name": model.name, **owner, **({"registered_model": about} if about else {})}


def _own(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that are people's; MLflow's own come with a version by themselves."""
    return {k: v for k, v in sorted(tags.items()) if not k.startswith("mlflow.")}


def _declarable(
    fields: dict[str, Any], about: str, *, inside: KeyPath
) -> tuple[dict[str, Any], list[str]]:
    """`fields` without what no configuration may hold, and notes on that."""
    notes = []
    model = {"name": "any", "versions": [fields]} if inside else {"registered_model": {}, **fields}
    config = {"server": SERVER, "model": model}
    found = list(schema.problems(config))
    found += spec.problems(config) if not found else ()
    found += [(("model", *inside, *path), NO_VALUE) for path in _missing(fields, ())]
    for path, problem in sorted(found, key=lambda item: len(item[0]), reverse=True):
        rest = path[len(inside) + 1 :]
        if _without(fields, rest):
            notes.append(f"{about}: {dotted(rest)} is left out: {problem.message}")
            for length in range(len(rest) - 1, 0, -1):  # a mapping that is empty now says nothing
                _without(fields, rest[:length], only_empty=True)
    return fields, notes


def _missing(value: object, path: KeyPath) -> Iterator[KeyPath]:
    if value == "???":
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _missing(item, (*path, key))


def _without(fields: Any, path: KeyPath, *, only_empty: bool = False) -> bool:
    """The value at `path` is taken out of `fields`; False where there is none."""
    *above, last = path or ("",)
    for part in above:
        try:
            fields = fields[part]
        except (KeyError, IndexError, TypeError):
            return False
    try:
        if only_empty and fields[last] != {}:
            return False
        del fields[last]
    except (KeyError, IndexError, TypeError):
        return False
    return True
