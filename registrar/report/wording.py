"""Words and marks that the text and the Markdown of a report share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
)
from registrar.changes.tags import is_own_tag
from registrar.recorded_metrics import parse_recorded
from registrar.report.metric_names import list_metrics
from registrar.secrets import mask_values
from registrar.state import DIGEST_TAG, METRICS_TAG, OWNER_TAG, PROTECTED_TAG
from registrar.text import cut, is_printable, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.changes.changes import Action, Change
    from registrar.changes.version_difference import VersionDifference
    from registrar.report.report import Report

__all__ = [
    "MARKS",
    "change_sides",
    "change_values",
    "count_done",
    "count_planned",
    "count_records",
    "describe_difference",
    "describe_field",
    "display",
    "field_name",
    "field_path",
    "new_fields",
    "nothing_to_do",
    "on_one_line",
    "short_digest",
    "subject",
    "version_line",
]

MAX_VALUE = 100  # characters of a value
DIGEST_CHARACTERS = 12  # enough to compare two digests by eye
MODEL_PREFIX = "registered_model."

MARKS: dict[Action, str] = {"create": "+", "update": "~", "move": "~", "remove": "-", "adopt": "="}
# Tags of registrar that people set, and the fields of a file that set them.
OWN_FIELDS = {OWNER_TAG: "owner", PROTECTED_TAG: "protected_aliases"}
DONE: dict[Action, str] = {
    "create": "created",
    "update": "updated",
    "move": "moved",
    "remove": "removed",
    "adopt": "adopted",
}


def short_digest(digest: str | None) -> str:
    """Return a digest that is short enough to read and long enough to compare."""
    if not digest:
        return "no digest"
    algorithm, _, number = digest.partition(":")
    return f"{algorithm}:{number[:DIGEST_CHARACTERS]}..."


def display(value: object, most: int = MAX_VALUE) -> str:
    """Return a value on one line, cut after `most` characters; in quotes where its ends are hard to see."""
    return cut(on_one_line(value), most)


def subject(change: Change) -> str:
    """Return what a change writes to: the registered model, a version, or an alias."""
    match change:
        case CreateModel() | AdoptModel():
            return "registered model"
        case CreateVersion() | AdoptVersion() | DeleteVersion():
            return "version (new)" if change.version is None else f"version {change.version}"
        case SetTag() | DeleteTag() | SetDescription():
            return "registered model" if change.version is None else f"version {change.version}"
        case RecordEvent():
            return "version (new)" if change.holder is None else f"version {change.holder}"
        case SetAlias() | DeleteAlias():
            return f"alias {change.alias}"
        case _:
            assert_never(change)


def field_path(change: Change) -> str | None:
    """Return the field that a change writes, as `metadata.lr` or `registered_model.tags.team`.

    For an alias it is the alias; a model or a version as a whole has none.
    """
    match change:
        case SetTag(key=key) | DeleteTag(key=key) if key in OWN_FIELDS:
            return MODEL_PREFIX + OWN_FIELDS[key]
        case SetTag(key=key) if key == METRICS_TAG:
            return "metrics"
        case SetTag() | DeleteTag():
            group = f"{MODEL_PREFIX}tags" if change.version is None else "metadata"
            return f"{group}.{change.key}"
        case SetDescription():
            return f"{MODEL_PREFIX}description" if change.version is None else "description"
        case RecordEvent() | SetAlias() | DeleteAlias():
            return change.alias
        case CreateModel() | CreateVersion() | AdoptModel() | AdoptVersion() | DeleteVersion():
            return None
        case _:
            assert_never(change)


def field_name(change: Change) -> str:
    """Return the field below its model or version, as `metadata.lr` or `tags.team`."""
    return (field_path(change) or "").removeprefix(MODEL_PREFIX)


def describe_field(change: Change) -> str:
    """Return what a change writes to, in a few words: `version 1 metadata.lr`, `alias champion`."""
    match change:
        case SetAlias() | DeleteAlias():
            return subject(change)
        case RecordEvent():
            return f"{subject(change)} event of {change.alias}"
        case _:
            return f"{subject(change)} {field_name(change)}".strip()


def describe_difference(difference: VersionDifference) -> str:
    """Return why a version is new: `version 3 in MLmodel, model.skops`."""
    if difference.is_saved_again:
        return f"version {difference.version} only in model_uuid and time"
    more = difference.count - len(difference.files)
    names = ", ".join(map(display, difference.files)) + (f" and {more} more" if more else "")
    return f"version {difference.version} in {names}"


def new_fields(change: CreateModel | CreateVersion) -> dict[str, str]:
    """Return the fields of something new with their values, without what registrar keeps for itself."""
    prefix = "tags." if isinstance(change, CreateModel) else "metadata."
    rows = {"description": change.description} if change.description else {}
    rows |= {OWN_FIELDS[key]: value for key, value in change.tags.items() if key in OWN_FIELDS}
    rows |= {prefix + key: value for key, value in change.tags.items() if not is_own_tag(key)}
    metrics = _list_metrics(change.tags.get(METRICS_TAG))
    return rows | {f"metrics.{name}": number for name, number in metrics.items()}


def change_sides(change: Change, most: int = MAX_VALUE) -> tuple[str | None, str | None]:
    """Return the values before and after a change, as far as it has them, each on one line."""
    match change:
        case SetTag(key=key) if key == METRICS_TAG:
            before = None if change.before is None else _metrics_text(change.before)
            after = display(_metrics_text(change.after), most)
            return None if before is None else display(before, most), after
        case SetTag() | SetDescription():
            if change.before is None:
                return None, display(change.after, most)
            return _difference(on_one_line(change.before), on_one_line(change.after), most)
        case DeleteTag() | DeleteAlias():
            return display(change.before, most), None
        case SetAlias():
            before = None if change.before is None else str(change.before)
            return before, str(change.version or "(new)")
        case CreateModel():
            return None, display(change.name, most)
        case CreateVersion():
            return None, short_digest(change.source.digest)
        case AdoptVersion(tags=tags):
            return None, short_digest(tags[DIGEST_TAG]) if DIGEST_TAG in tags else None
        case AdoptModel():
            return None, None
        case DeleteVersion():
            return short_digest(change.digest), None
        case RecordEvent():
            return None, f"{change.before or 'none'} to {change.version or 'none'}"
        case _:
            assert_never(change)


def change_values(change: Change) -> str:
    """Return the values before and after a change in one text."""
    before, after = change_sides(change)
    if after is None:
        return "" if before is None else f"(was {before})"
    if before is None:
        return f"-> {after}" if isinstance(change, SetAlias) else after
    return f"{before} -> {after}"


def count_planned(summary: Mapping[str, int]) -> str:
    """Return `3 to create, 1 to move`; else how many changes write what registrar keeps for itself."""
    counts = [f"{summary[action]} to {action}" for action in MARKS if summary[action]]
    return ", ".join(counts) or count_records(summary["records"])


def count_done(summary: Mapping[str, int]) -> str:
    """Return `3 created, 1 moved`; "nothing" when there is none."""
    parts = [f"{summary[action]} {word}" for action, word in DONE.items() if summary[action]]
    if not parts and summary["records"]:
        return count_records(summary["records"])
    return ", ".join(parts) or "nothing"


def count_records(count: int) -> str:
    """Return how many changes only write what registrar keeps for itself."""
    return f"registrar's own records: {count}"


def nothing_to_do(report: Report) -> str:
    """Return the one line of a command that found everything in place."""
    count = len(report.models) + (report.plan.unchanged if report.plan is not None else 0)
    if not count:
        return "no model is chosen."
    if count != 1:
        return f"{count} models match their configuration."
    if len(report.models) != 1:  # a plan file does not have it
        return "1 model matches its configuration."
    (model,) = report.models
    where = model.origin or f"configuration '{model.config}'"
    if len(model.desired.versions) != 1:
        return f"{model.name} matches {where}."
    (version,) = model.desired.versions
    digest = short_digest(version.digest)
    return f"{model.name} version {model.matches[0]} matches {where} ({digest})."


def version_line(
    name: str,
    version: int,
    aliases: Sequence[str],
    action: str,
    *,
    server: str,
    source: str,
    digest: str | None,
) -> str:
    """Return one line on a registered version, and on what was done for it (`action`)."""
    names = "".join(f" @{alias}" for alias in aliases)
    start = f"{name} version {version}{names} {action} on {server}"
    return f"{start}: {source} ({short_digest(digest)})"


def on_one_line(value: object) -> str:
    """Return a value on one line, however long; in quotes where its ends are hard to see."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = mask_values(text)  # before it is cut: a part of a secret is a secret
    if not text or not is_printable(text) or text != text.strip():
        text = printable(json.dumps(text, ensure_ascii=False))
    return text


def _metrics_text(text: str | None) -> str:
    metrics = _list_metrics(text)
    return ", ".join(f"{name}={number}" for name, number in metrics.items()) or "none"


def _list_metrics(text: str | None) -> dict[str, str]:
    """Return the metrics in a tag by their names, each number as it is written."""
    (metrics,) = list_metrics([parse_recorded(text)])
    return {
        name: "unknown" if item.value is None else repr(item.value).removesuffix(".0")
        for name, item in metrics.items()
    }


def _difference(before: str, after: str, most: int) -> tuple[str, str]:
    """Return both values; two long ones are cut before the place where they differ."""
    pairs = enumerate(zip(before, after, strict=False))
    common = next((i for i, (a, b) in pairs if a != b), min(len(before), len(after)))
    if max(len(before), len(after)) > most and common > most // 2:
        start = common - most // 4
        before, after = f"...{before[start:]}", f"...{after[start:]}"
    return display(before, most), display(after, most)
