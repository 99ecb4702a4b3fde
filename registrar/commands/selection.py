"""Which models and versions of a registry a command is about: filters, order, limit."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.text import format_value, parse_time
from registrar.uris import canonical_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.state import ObservedModel, ObservedVersion

__all__ = ["Selection", "is_pattern"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a command's own node of the configuration asks for.

    `after` and `before` are in milliseconds since 1970; `after` is inclusive, `before` is not.
    """

    name: str | None = None
    version: int | None = None
    alias: str | None = None
    tags: Mapping[str, str] | None = None
    source: str | None = None
    after: int | None = None
    before: int | None = None
    order: str | None = None
    limit: int | None = None

    @classmethod
    def of(cls, node: Mapping[str, Any], name: str | None = None) -> Selection:
        """The selection of a valid node; `name` where it names no model itself."""
        after, before = node.get("created_after"), node.get("created_before")
        return cls(
            name=node.get("name") or name,
            version=node.get("version"),
            alias=node.get("alias"),
            tags={key: format_value(value) for key, value in (node.get("tags") or {}).items()},
            source=node.get("source"),
            after=None if after is None else parse_time(after),
            before=None if before is None else parse_time(before),
            order=node.get("order"),
            limit=node.get("limit"),
        )

    @property
    def one(self) -> bool:
        """Whether it names one version."""
        return self.version is not None or self.alias is not None

    def models(self, models: Iterable[ObservedModel]) -> tuple[ObservedModel, ...]:
        """Those that are meant: by name, by their tags, by when they were made; limit not applied.

        By name, unless an order is asked for: then by age.
        """
        found = [model for model in models if self._is_meant(model)]
        found.sort(key=lambda model: model.name)
        if self.order is not None:
            newest = self.order == "newest"
            found.sort(key=lambda model: model.created or 0, reverse=newest)
        return tuple(found)

    def versions(self, model: ObservedModel) -> ObservedModel:
        """The model with those of its versions that are meant, newest first; limit not applied."""
        newest = self.order != "oldest"
        found = [version for version in model.versions if self._is_meant_version(version)]
        found.sort(key=lambda version: version.number, reverse=newest)
        return replace(model, versions=tuple(found))

    def _is_meant(self, model: ObservedModel) -> bool:
        named = self.name is None or self.name == model.name
        return (
            (named or fnmatch.fnmatchcase(model.name, self.name or ""))
            and self._in_time(model.created)
            and _holds(model.tags, self.tags)
            and (self.source is None or any(map(self._from_source, model.versions)))
        )

    def _is_meant_version(self, version: ObservedVersion) -> bool:
        return (
            self.version in {None, version.number}
            and (self.alias is None or self.alias in version.aliases)
            and self._in_time(version.created)
            and _holds(version.tags, self.tags)
            and (self.source is None or self._from_source(version))
        )

    def _from_source(self, version: ObservedVersion) -> bool:
        wanted, has = canonical_uri(self.source or ""), canonical_uri(version.source)
        return wanted == has or fnmatch.fnmatchcase(has, wanted)

    def _in_time(self, created: int | None) -> bool:
        at = created or 0
        return (self.after is None or at >= self.after) and (
            self.before is None or at < self.before
        )


def is_pattern(name: str | None) -> bool:
    """Whether a name may stand for several."""
    return name is None or any(char in name for char in "*?[")


def _holds(have: Mapping[str, str], wanted: Mapping[str, str] | None) -> bool:
    return all(have.get(key) == value for key, value in (wanted or {}).items())
