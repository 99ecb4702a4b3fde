"""A registered model as the configuration that declares it, and notes on what cannot be declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.config.rules import find_rule_problems
from registrar.config.schema import find_schema_problems
from registrar.errors import Problem
from registrar.recorded_metrics import format_declared, merge_recorded, parse_declared
from registrar.state import Note
from registrar.text import dotted, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from registrar.state import ObservedModel, ObservedVersion
    from registrar.text import KeyPath

__all__ = ["ORIGIN_KEYS", "Declarable", "Declaration", "declare", "user_tags"]

# The tags that say where a version was made (see `provenance`): they are written once.
ORIGIN_KEYS = frozenset(
    {
        *("run_id", "run_link", "git_commit", "git_dirty", "hydra_job", "hydra_overrides"),
        *("pipeline_name", "pipeline_run", "step_name", "ci", "ci_run"),
    }
)
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
    """The fields of a model's file, comments by path, and notes on what is left out.

    `fields` are empty where no file can declare the model. `versions` are the numbers of the
    declared versions, in the order of the file.
    """

    fields: Mapping[str, Any]
    comments: Mapping[KeyPath, str]
    notes: tuple[Note, ...]
    versions: tuple[int, ...] = ()


def declare(model: ObservedModel, declarables: Mapping[int, Declarable]) -> Declaration:
    """Return the configuration of `model`; versions that have no `Declarable` are left out.

    `declarables` are by version number. One version is declared by the file's own fields, several
    by a list that pins their numbers.
    """
    if note := _undeclarable_identity(model):
        return Declaration({}, {}, (note,))
    is_pinned = any(version.pinned is not None for version in model.versions)
    is_listed = (
        len(model.versions) > 1 or is_pinned or any(item.pinned for item in declarables.values())
    )
    pins = _pins(model) if is_listed else {}
    notes: list[Note] = []
    entries: dict[int, dict[str, Any]] = {}
    for version in model.versions:
        label = f"version {version.number}"
        if not version.is_ready:
            notes.append(Note("version-not-ready", label, {"status": version.status}))
            continue
        item = declarables.get(version.number)
        if item is not None and item.pinned and version.number not in pins:
            item = None  # its number is what another one is pinned to
        entry = _entry(version, item, pins.get(version.number)) if item is not None else {}
        notes += _drop_undeclarable(entry, label, inside=("versions", 0)) if entry else []
        if "uri" not in entry:
            notes.append(Note("version-left-out", label))
            continue
        notes += _keep_managed(entry, ("metadata",), version, f"{label}: metadata")
        notes += _add_metrics(entry, version, label)
        entries[version.number] = entry
    parent = _parent(model)
    notes += _drop_undeclarable(parent, "the registered model", inside=())
    notes += _keep_managed(
        parent, ("registered_model", "tags"), model, "the registered model: tags"
    )
    notes += _keep_protection(parent, model)
    notes += _keep_aliases(entries, model)
    fields: dict[str, Any] = {key: parent[key] for key in ("name", "owner") if key in parent}
    if is_listed and entries:
        fields["versions"] = list(entries.values())
    elif entries:
        fields |= next(iter(entries.values()))
    comments: dict[KeyPath, str] = {}
    for index, number in enumerate(entries):
        comment = declarables[number].comment
        if comment is not None:
            comments[("versions", index, "verify") if is_listed else ("verify",)] = comment
    if "registered_model" in parent or not entries:
        fields["registered_model"] = parent.get("registered_model", {})
    return Declaration(fields, comments, tuple(notes), tuple(entries))


def user_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that people set; MLflow sets its own (`mlflow.*`) with a version."""
    return {key: text for key, text in tags.items() if not key.startswith("mlflow.")}


def _undeclarable_identity(model: ObservedModel) -> Note | None:
    """Return the note on a model whose name or owner no configuration can hold; else None.

    Without its owner, the configuration would be refused.
    """
    owner = {} if model.owner is None else {"owner": model.owner}
    config = {"server": ANY_SERVER, "model": {"name": model.name, **owner, "registered_model": {}}}
    for path, problem in [*find_schema_problems(config)] or [*find_rule_problems(config)]:
        values = {"field": str(path[-1]), "reason": problem.message}
        return Note("model-left-out", model.name, values)
    return None


def _add_metrics(entry: dict[str, Any], version: ObservedVersion, label: str) -> list[Note]:
    """Add the declared metrics to `entry`; return a note where a file cannot declare all of them."""
    metrics = parse_declared(version.metrics)
    if not metrics:
        return []
    config = {"model": {"name": "any", "uri": "any", "metrics": metrics}}
    repeated = merge_recorded(version.metrics, format_declared(metrics), None, replaces=True)
    if repeated == version.metrics and not find_schema_problems(config, "model"):
        entry["metrics"] = metrics
        return []
    reason = "the tag registrar_metrics is not as registrar writes it"
    return [Note("field-left-out", f"{label}: metrics", {"reason": reason})]


def _keep_managed(
    fields: dict[str, Any],
    path: tuple[str, ...],
    observed: ObservedModel | ObservedVersion,
    label: str,
) -> list[Note]:
    """Leave out the tags of `fields` where declaring only some would remove others; return a note.

    A configuration that names some tags removes the others that a configuration has set.
    """
    declared = fields
    for key in path:
        declared = declared.get(key, {})
    lost = {key for key in observed.managed or () if key in observed.tags} - {*declared}
    if not (declared and lost):
        return []
    _remove(fields, path)
    _remove(fields, path[:-1], only_empty=True)
    return [_kept_note(label, lost)]


def _keep_aliases(entries: Mapping[int, dict[str, Any]], model: ObservedModel) -> list[Note]:
    """Leave out all aliases where declaring only some would remove others; return a note."""
    managed = {alias for alias in model.aliases if f"@{alias}" in (model.managed or ())}
    lost = managed - {alias for entry in entries.values() for alias in entry.get("aliases", ())}
    if not lost or not any("aliases" in entry for entry in entries.values()):
        return []
    for entry in entries.values():
        entry.pop("aliases", None)
    return [_kept_note("aliases", lost)]


def _keep_protection(parent: dict[str, Any], model: ObservedModel) -> list[Note]:
    """Leave out the protected aliases where declaring only some would unprotect others."""
    fields = parent.get("registered_model", {})
    lost = {*(model.protected or ())} - {*fields.get("protected_aliases", ())}
    if not lost or "protected_aliases" not in fields:
        return []
    _remove(parent, ("registered_model", "protected_aliases"))
    _remove(parent, ("registered_model",), only_empty=True)
    return [_kept_note("protected_aliases", lost)]


def _kept_note(subject: str, lost: Iterable[str]) -> Note:
    names = ", ".join(sorted(map(quote, lost)))
    return Note(
        "field-left-out",
        subject,
        {"reason": f"applying it would remove {names}, which it cannot declare"},
    )


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
    # Where a version was made is no wish: only what a configuration has set since is one.
    origin = (ORIGIN_KEYS & version.provenance.keys()) - {*(version.managed or ())}
    tags = {key: text for key, text in user_tags(version.tags).items() if key not in origin}
    if tags:
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
