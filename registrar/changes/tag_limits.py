"""The longest tags that a server takes, and the tags of a plan that are longer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from registrar.changes.changes import AdoptModel, AdoptVersion, CreateModel, CreateVersion, SetTag
from registrar.changes.tags import is_own_tag, managed_text
from registrar.config.rules import MAX_MODEL_TAG, MAX_VERSION_TAG
from registrar.note import Note
from registrar.recorded_metrics import MAX_CARRIED, merge_recorded, parse_recorded
from registrar.state import MANAGED_TAG, METRICS_TAG, PROVENANCE_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan, Plan
    from registrar.state import Server

__all__ = [
    "LongTag",
    "find_long_tags",
    "is_old_server",
    "longest_optional_tag",
    "with_short_metrics",
]

MAX_OLD_VERSION_TAG = 5_000  # characters, with MLflow 2 on the server
FIRST_WITH_LONG_TAGS = 3
PROVENANCE_LENGTH = 300  # the keys that say where a version was made are a shorter list


@dataclass(frozen=True, slots=True)
class LongTag:
    """A tag with more characters than its server takes.

    `entry` is the index of the declared version that has it; None for a tag of the model.
    """

    entry: int | None
    key: str
    length: int
    limit: int


def is_old_server(server: Server) -> bool | None:
    """Return whether a server has the limits of MLflow 2; None where it tells no version."""
    major = (server.version or "").partition(".")[0]
    return int(major) < FIRST_WITH_LONG_TAGS if major.isdecimal() else None


def longest_optional_tag(server: Server) -> int:
    """Return how many characters a tag of a version may have that can be left out.

    A server that tells no version may be old.
    """
    return MAX_VERSION_TAG if is_old_server(server) is False else MAX_OLD_VERSION_TAG


def with_short_metrics(plan: Plan) -> Plan:
    """Return the plan whose copies leave out the metrics of other servers where they do not fit.

    A gate then counts them as not measured. What a configuration declares stays.
    """
    limit = longest_optional_tag(plan.server)
    return replace(plan, models=tuple(_shorten_metrics(model, limit) for model in plan.models))


def find_long_tags(model: ModelPlan, server: Server) -> Iterator[LongTag]:
    """Yield the tags that the changes of a model would set, and that the server does not take."""
    version_limit = MAX_OLD_VERSION_TAG if is_old_server(server) else MAX_VERSION_TAG
    for change in model.changes:
        match change:
            case CreateModel(tags=tags) | AdoptModel(tags=tags):
                yield from _find_longer(tags, MAX_MODEL_TAG, None)
            case CreateVersion(entry=entry, tags=tags):
                all_tags = {**tags, **_foresee_provenance(tags)}
                yield from _find_longer(all_tags, version_limit, entry)
            case AdoptVersion(entry=entry, tags=tags):
                yield from _find_longer(tags, version_limit, entry)
            case SetTag(entry=entry, key=key, after=after):
                limit = MAX_MODEL_TAG if change.version is None else version_limit
                yield from _find_longer({key: after}, limit, entry)
            case _:
                continue


def _find_longer(tags: Mapping[str, str], limit: int, entry: int | None) -> Iterator[LongTag]:
    for key, text in tags.items():
        if len(text) > limit:
            yield LongTag(entry, key, len(text), limit)


def _foresee_provenance(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tag that will list the keys which no configuration manages: it grows with theirs."""
    keys = [] if MANAGED_TAG in tags else [key for key in tags if not is_own_tag(key)]
    return {PROVENANCE_TAG: managed_text(keys) + " " * PROVENANCE_LENGTH} if keys else {}


def _shorten_metrics(model: ModelPlan, limit: int) -> ModelPlan:
    changes: list[Change] = []
    notes: list[Note] = []
    for change in model.changes:
        shorter = _leave_out_carried(change, model, limit)
        changes.append(shorter or change)
        if shorter is not None:
            carried = parse_recorded(model.desired.versions[shorter.entry].carried)
            values = {"count": sum(map(len, carried.values())), "limit": min(limit, MAX_CARRIED)}
            notes.append(Note("metrics-left-out", shorter.source.uri, values))
    if not notes:
        return model
    return replace(model, changes=tuple(changes), notes=(*model.notes, *notes))


def _leave_out_carried(change: Change, model: ModelPlan, limit: int) -> CreateVersion | None:
    """Return the creation of a copy with the declared metrics alone; None where all of them fit."""
    if not isinstance(change, CreateVersion) or METRICS_TAG not in change.tags:
        return None
    version = model.desired.versions[change.entry]
    fits = len(change.tags[METRICS_TAG]) <= limit and len(version.carried or "") <= MAX_CARRIED
    if version.carried is None or fits:
        return None
    tags = {key: value for key, value in change.tags.items() if key != METRICS_TAG}
    declared = merge_recorded(None, version.metrics, None, replaces=True)
    return replace(change, tags=tags if declared is None else {**tags, METRICS_TAG: declared})
