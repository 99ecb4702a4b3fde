"""A registered model as the configuration that declares it, with notes on what none can declare."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.config.rules import find_rule_problems
from registrar.config.schema import find_schema_problems
from registrar.errors import Problem
from registrar.state import Note, user_tags
from registrar.text import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.state import ObservedModel, ObservedVersion
    from registrar.text import KeyPath

__all__ = ["Declarable", "declare", "file_name"]

# A name that starts with '-' is an option to every command that is given the file.
OPTION = re.compile(r"(?![.-])[\w.-]*[A-Za-z_-][\w.-]*", re.ASCII)
# Hydra reads these as values or as keywords, and Windows as devices, not as names.
VALUES = re.compile(
    r"(?i)null|true|false|nan|inf|.*\.ya?ml|[+-]?[0-9_.]+(e[+-]?[0-9_]+)?|_[a-z]+_"
    r"|(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?"
)
MAX_FILE_NAME = 200  # characters; file systems take 255 bytes
MISSING = "???"  # Hydra's mark for a value that is yet to be given
ANY_SERVER = {"tracking_uri": "https://any"}


@dataclass(frozen=True, slots=True)
class Declarable:
    """How a version's model is named in a configuration.

    `pinned` says that the URI alone does not tell this version from others, or no longer exists.
    `comment` stands above `verify` in the file.
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
    notes: tuple[Note, ...]


def declare(model: ObservedModel, declarables: Mapping[int, Declarable]) -> Declaration:
    """Return the configuration of `model`; versions that have no `Declarable` are left out.

    `declarables` are by version number. One version is declared by the file's own fields, several
    by a list that pins their numbers.
    """
    if problem := _name_problem(model.name):
        return Declaration(
            {}, {}, (Note("name-left-out", model.name, {"reason": problem.message}),)
        )
    is_pinned = any(version.pinned is not None for version in model.versions)
    is_listed = (
        len(model.versions) > 1 or is_pinned or any(item.pinned for item in declarables.values())
    )
    pins = _pins(model) if is_listed else {}
    notes: list[Note] = []
    entries: list[tuple[dict[str, Any], str | None]] = []
    for version in model.versions:
        number = version.number
        label = f"version {number}"
        item = declarables.get(number)
        entry = _entry(version, item, pins.get(number)) if item is not None else {}
        notes += _drop_undeclarable(entry, label, inside=("versions", 0)) if entry else []
        if item is None or "uri" not in entry:
            notes.append(Note("version-left-out", label))
        else:
            entries.append((entry, item.comment))
    parent = _parent(model)
    notes += _drop_undeclarable(parent, "the registered model", inside=())
    fields: dict[str, Any] = {key: parent[key] for key in ("name", "owner") if key in parent}
    if is_listed and entries:
        fields["versions"] = [entry for entry, _ in entries]
    elif entries:
        fields |= entries[0][0]
    comments: dict[KeyPath, str] = {}
    for index, (_, comment) in enumerate(entries):
        if comment is not None:
            comments[("versions", index, "verify") if is_listed else ("verify",)] = comment
    if "registered_model" in parent or not entries:
        fields["registered_model"] = parent.get("registered_model", {})
    return Declaration(fields, comments, tuple(notes))


def file_name(name: str) -> str:
    """Return the option of the group `model` for a registered model: its name, if Hydra takes it."""
    if OPTION.fullmatch(name) and not VALUES.fullmatch(name) and len(name) < MAX_FILE_NAME:
        return name
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60]
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{readable}-{mark}" if readable else f"model-{mark}"


def _name_problem(name: str) -> Problem | None:
    """Return why no configuration can hold the name of a model, None if one can."""
    config = {"server": ANY_SERVER, "model": {"name": name, "registered_model": {}}}
    problems = [*find_schema_problems(config)] or [*find_rule_problems(config)]
    return next((problem for _, problem in problems), None)


def _pins(model: ObservedModel) -> dict[int, int]:
    """Return the number that each version is pinned to, by its number.

    It is that of the dump the version was restored from, or its own. A version whose own number is
    another's pin goes without.
    """
    restored = {v.number: v.pinned for v in model.versions if v.pinned is not None}
    taken = set(restored.values())
    unchanged = {v.number: v.number for v in model.versions if v.number not in taken}
    return {**unchanged, **restored}


def _entry(version: ObservedVersion, item: Declarable, pin: int | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"uri": item.uri}
    if pin is not None:
        entry["version"] = pin
    if not item.verify:
        entry["verify"] = False
    if version.description:
        entry["description"] = version.description
    if tags := user_tags(version.tags):
        entry["metadata"] = dict(sorted(tags.items()))
    if version.aliases:
        entry["aliases"] = list(version.aliases)
    return entry


def _parent(model: ObservedModel) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if model.description:
        fields["description"] = model.description
    if tags := user_tags(model.tags):
        fields["tags"] = dict(sorted(tags.items()))
    if model.protected:
        fields["protected_aliases"] = list(model.protected)
    owner = {} if model.owner is None else {"owner": model.owner}
    return {"name": model.name, **owner, **({"registered_model": fields} if fields else {})}


def _drop_undeclarable(fields: dict[str, Any], label: str, *, inside: KeyPath) -> list[Note]:
    """Remove from `fields` what no configuration may hold; return notes on it.

    `inside` is the path of `fields` below the model.
    """
    model = {"name": "any", "versions": [fields]} if inside else {"registered_model": {}, **fields}
    config = {"server": ANY_SERVER, "model": model}
    problems = find_schema_problems(config) or list(find_rule_problems(config))
    missing = Problem("missing-value", f"'{MISSING}' stands for a value that is yet to be given")
    problems += [(("model", *inside, *path), missing) for path in _find_missing(fields, ())]
    notes = []
    for path, problem in sorted(problems, key=lambda item: len(item[0]), reverse=True):
        below = path[len(inside) + 1 :]
        if _remove(fields, below):
            subject = f"{label}: {dotted(below)}"
            notes.append(Note("field-left-out", subject, {"reason": problem.message}))
            for length in range(len(below) - 1, 0, -1):  # an empty mapping declares nothing
                _remove(fields, below[:length], only_empty=True)
    return notes


def _find_missing(value: object, path: KeyPath) -> Iterator[KeyPath]:
    if value == MISSING:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _find_missing(item, (*path, key))


def _remove(fields: Any, path: KeyPath, *, only_empty: bool = False) -> bool:
    """Remove the value at `path` from `fields`; return False where there is none."""
    *above, last = path or ("",)
    try:
        for part in above:
            fields = fields[part]
        if only_empty and fields[last] != {}:
            return False
        del fields[last]
    except (KeyError, IndexError, TypeError):
        return False
    return True
