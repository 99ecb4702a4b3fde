"""What is known of versions: of declared ones as the plan leaves them, and of those that they replace.

Only what is asked for is looked at, for all versions together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from registrar.changes.measurements import MetricPlaces
from registrar.changes.planned_version import find_metric_places, find_tags_after
from registrar.changes.tags import is_own_tag
from registrar.content.directory import MLMODEL, parse_mlmodel, read_mlmodel
from registrar.content.signature import find_signature, read_signature
from registrar.errors import ConfigError, NotFoundError
from registrar.policy.alias_signatures import find_known_signature
from registrar.provenance import collect_provenance
from registrar.version_evidence import VersionEvidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from registrar.changes.plan import ModelPlan
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend
    from registrar.state import ObservedVersion, Source
    from registrar.version_evidence import Measurements, Signature

__all__ = ["EVERYTHING", "Side", "SideKey", "collect_evidence"]

EVERYTHING = frozenset({"metrics", "signature", "flavors", "provenance"})
SideKey: TypeAlias = "tuple[str, int | None, int | None]"


@dataclass(frozen=True, slots=True)
class Side:
    """A version that evidence is asked of.

    `entry` is the index of the declared version; None for one that an alias leaves. `version` is the
    version on the server; None for one that the plan creates. `needs` are those of `EVERYTHING` that
    are asked for. `metrics` are the names of those that are asked for; None for all.
    """

    plan: ModelPlan
    entry: int | None
    version: ObservedVersion | None
    needs: frozenset[str]
    metrics: frozenset[str] | None = None

    @property
    def key(self) -> SideKey:
        """What tells the version from all others of a plan."""
        number = None if self.version is None else self.version.number
        return self.plan.name, self.entry, number

    @property
    def source(self) -> Source | None:
        """The source of a declared version."""
        return None if self.entry is None else self.plan.desired.versions[self.entry].source

    def merge(self, other: Side) -> Side:
        """Return the same version, with all that is asked for on either side."""
        asked = [side.metrics for side in (self, other) if "metrics" in side.needs]
        names = [metrics for metrics in asked if metrics is not None]
        metrics = frozenset().union(*names) if len(names) == len(asked) else None
        return replace(self, needs=self.needs | other.needs, metrics=metrics)


def collect_evidence(
    sides: Iterable[Side], executor: Executor, run_id: str | None = None
) -> dict[SideKey, VersionEvidence]:
    """Return what is known of each version, by its key; each is looked at once.

    `run_id` is the run of versions that the plan creates, where their sources name none. Raises
    ServerError for a look that failed: then nobody knows.
    """
    by_key: dict[SideKey, Side] = {}
    for side in sides:
        known = by_key.get(side.key)
        by_key[side.key] = side if known is None else known.merge(side)
    unique = [*by_key.values()]
    asks_origin = any(side.version is None and "provenance" in side.needs for side in unique)
    made_here = collect_provenance() if asks_origin else {}  # a subprocess of git
    measured = _read_metrics(unique, executor, run_id)
    mlmodels: list[Mapping[str, Any]] = [{} for _ in unique]
    asked = [index for index, side in enumerate(unique) if _needs_mlmodel(side)]
    for index, found in executor.run_each_here(_read_mlmodel, [unique[i] for i in asked]):
        mlmodels[asked[index]] = found
    return {
        side.key: _describe(side, metrics, mlmodel, made_here)
        for side, metrics, mlmodel in zip(unique, measured, mlmodels, strict=True)
    }


def _read_metrics(
    sides: Sequence[Side], executor: Executor, run_id: str | None
) -> list[Measurements]:
    """Return the metrics of each version, as far as they are asked for."""
    asked = [index for index, side in enumerate(sides) if "metrics" in side.needs]
    metrics: list[Measurements] = [{} for _ in sides]
    names = frozenset().union(*(sides[i].metrics or () for i in asked))
    for keys in (None, names):  # all metrics of some versions, named ones of the others
        chosen = [i for i in asked if (sides[i].metrics is None) == (keys is None)]
        places = {i: _find_places(sides[i], run_id) for i in chosen}
        unique = [*dict.fromkeys(places.values())]
        if unique:
            found = executor.backend.store.read_measurements(unique, keys)
            read = dict(zip(unique, found, strict=True))
            for index, place in places.items():
                metrics[index] = read[place]
    return metrics


def _describe(
    side: Side, metrics: Measurements, mlmodel: Mapping[str, Any], made_here: Mapping[str, str]
) -> VersionEvidence:
    return VersionEvidence(
        number=None if side.version is None else side.version.number,
        digest=_find_digest(side),
        flavors=_list_flavors(side, mlmodel),
        signature=_find_known_signature(side) or read_signature(find_signature(mlmodel)),
        metrics=metrics,
        tags={**_find_provenance(side, made_here), **_list_tags(side)},
        provenance=_find_provenance(side, made_here),
    )


def _list_flavors(side: Side, mlmodel: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the flavors of the model; none where nobody could read its MLmodel."""
    upstream = None if side.source is None else side.source.upstream
    if side.version is None and upstream is not None:
        return upstream.flavors
    return tuple(sorted(map(str, mlmodel.get("flavors", ()))))


def _find_digest(side: Side) -> str | None:
    if side.source is not None:
        return side.source.digest or None
    return None if side.version is None else side.version.digest


def _find_known_signature(side: Side) -> Signature | None:
    """Return the signature that the version carries, or will carry."""
    number = None if side.version is None else side.version.number
    return find_known_signature(side.plan, number=number, entry=side.entry)


def _find_places(side: Side, run_id: str | None) -> MetricPlaces:
    """Return where the metrics of the version are."""
    if side.entry is not None:
        return find_metric_places(side.plan, side.entry, side.version, run_id)
    assert side.version is not None, "a version that is not declared is on the server"
    return MetricPlaces.of_version(side.version)


def _find_provenance(side: Side, made_here: Mapping[str, str]) -> Mapping[str, str]:
    if side.version is not None:
        return side.version.provenance
    assert side.entry is not None, "a version that is not declared is on the server"
    return made_here if side.plan.desired.versions[side.entry].lineage is None else {}


def _list_tags(side: Side) -> dict[str, str]:
    """Return the tags that the version has after the plan, without registrar's own."""
    if side.entry is not None:
        tags = find_tags_after(side.plan, side.entry, side.version)
    else:
        tags = {} if side.version is None else dict(side.version.tags)
    return {key: value for key, value in tags.items() if not is_own_tag(key)}


def _needs_mlmodel(side: Side) -> bool:
    needed = "flavors" in side.needs or (
        "signature" in side.needs and _find_known_signature(side) is None
    )
    is_here = side.version is not None or (side.source is not None and side.source.verified)
    return needed and is_here


def _read_mlmodel(backend: Backend, interrupt: Interrupt, side: Side) -> Mapping[str, Any]:
    """Return what the MLmodel of a version says; nothing where it cannot be found or read."""
    interrupt.check()
    try:
        location, content = _read_bytes(backend, side)
        return parse_mlmodel(content, location) if content is not None else {}
    except (NotFoundError, ConfigError):
        return {}


def _read_bytes(backend: Backend, side: Side) -> tuple[str, bytes | None]:
    """Return where the MLmodel of a version is, and its content. Raises NotFoundError."""
    source = side.source
    if source is not None and source.directory is not None and Path(source.directory).is_dir():
        folder = Path(source.directory)
        is_there = (folder / MLMODEL).is_file()
        return str(folder / MLMODEL), read_mlmodel(folder) if is_there else None
    if side.version is not None:
        location = backend.registry.get_location(side.plan.name, side.version.number)
        return location, backend.store.read_file(location, MLMODEL)
    if source is not None and source.location is not None:
        return source.location, backend.store.read_file(source.location, MLMODEL)
    return "", None
