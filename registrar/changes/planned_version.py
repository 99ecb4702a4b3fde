"""A declared version as the plan leaves it: its tags, and where its metrics are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.changes.changes import AdoptVersion, CreateVersion, DeleteTag, SetTag
from registrar.changes.measurements import MetricPlaces
from registrar.state import METRICS_TAG

if TYPE_CHECKING:
    from registrar.changes.plan import ModelPlan
    from registrar.state import ObservedVersion

__all__ = ["find_metric_places", "find_tags_after"]


def find_tags_after(plan: ModelPlan, entry: int, version: ObservedVersion | None) -> dict[str, str]:
    """Return the tags that a declared version has after the plan, and with them those of registrar.

    `version` is what the server has of it; None for a version that the plan creates.
    """
    tags = {} if version is None else dict(version.tags)
    if version is not None and version.metrics is not None:
        tags[METRICS_TAG] = version.metrics
    for change in plan.changes:
        match change:
            case CreateVersion(entry=changed) | AdoptVersion(entry=changed) if changed == entry:
                tags |= change.tags
            case SetTag(entry=changed) if changed == entry:
                tags[change.key] = change.after
            case DeleteTag(entry=changed) if changed == entry:
                tags.pop(change.key, None)
            case _:
                continue
    return tags


def find_metric_places(
    plan: ModelPlan, entry: int, version: ObservedVersion | None, run_id: str | None = None
) -> MetricPlaces:
    """Return where the metrics of a declared version are after the plan.

    `run_id` is the run of a version that the plan creates, where its source names none.
    """
    source = plan.desired.versions[entry].source
    recorded = find_tags_after(plan, entry, version).get(METRICS_TAG)
    if version is not None:
        return replace(MetricPlaces.of_version(version), recorded=recorded)
    places = MetricPlaces.of_source(source, recorded)
    is_copy = source.upstream is not None  # no run of this server made it
    return places if is_copy else replace(places, run_id=places.run_id or run_id)
