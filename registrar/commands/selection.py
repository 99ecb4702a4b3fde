"""Select the models and versions of a registry that a command is about.

The names of a configuration are exact, whatever characters they hold. Only a name that is typed for
a command (`show.name='vision-*'`) can be a pattern.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from registrar.errors import ConfigError, InvalidParameterError, NotFoundError, Problem
from registrar.state import Note
from registrar.text import format_value, nearest, parse_time, plural
from registrar.uris import canonical_uri, unreachable_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from registrar.config.job import Job
    from registrar.registry import Registry
    from registrar.state import ObservedModel, ObservedVersion

__all__ = [
    "ExactNames",
    "Filters",
    "NamePattern",
    "find_version",
    "named_models",
    "note_unreachable_names",
    "observe_exactly",
    "select_models",
    "single_name",
]

PATTERN_CHARACTERS = "*?["
NO_NAME = {"/", ":"}  # characters that MLflow refuses in names
REFERENCE = re.compile(
    r"(models:/+)?(?P<name>[^/:@]+)([/:]v?(?P<version>\d+)|[@/:](?P<alias>[\w.-]+))"
)


@dataclass(frozen=True, slots=True)
class ExactNames:
    """The names of models that have to exist."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A shell pattern for the names of models; it may match none."""

    pattern: str

    def matches(self, name: str) -> bool:
        """Return whether a name is the pattern itself, or is matched by it."""
        return name == self.pattern or fnmatch.fnmatchcase(name, self.pattern)


Names: TypeAlias = ExactNames | NamePattern
EVERY_NAME = NamePattern("*")


def named_models(jobs: Sequence[Job], node: Mapping[str, Any]) -> Names:
    """Return the models that a command's own node names, else those of the configurations, else all."""
    typed = node.get("name")
    if typed:
        has_pattern = any(character in typed for character in PATTERN_CHARACTERS)
        return NamePattern(typed) if has_pattern else ExactNames((typed,))
    configured = _configured_names(jobs)
    return ExactNames(configured) if configured else EVERY_NAME


def single_name(jobs: Sequence[Job], command: str) -> str:
    """Return the one model that a command is about; its name is no pattern. Raises ConfigError."""
    typed = jobs[0].config[command].get("name")
    names = (typed,) if typed else _configured_names(jobs)
    if len(names) != 1:
        message = f"{command} takes one model, not {len(names)}"
        raise ConfigError(Problem("several-models", message, "Name it: name=NAME."))
    return str(names[0])


def _configured_names(jobs: Sequence[Job]) -> tuple[str, ...]:
    return tuple(job.config["model"]["name"] for job in jobs if "model" in job.config)


def select_models(
    registry: Registry, names: Names, jobs: Sequence[Job] = ()
) -> tuple[ObservedModel, ...]:
    """Return the models of these names, with all their versions.

    Raises NotFoundError for each exact name that the registry does not have; it knows the models
    that files declare from the `jobs`.
    """
    match names:
        case NamePattern():
            models = registry.observe(None)
            return tuple(models[name] for name in sorted(models) if names.matches(name))
        case ExactNames():
            models = observe_exactly(registry, names.names)
            missing = [name for name in names.names if name not in models or models[name].is_prompt]
            if missing:
                raise NotFoundError(*_explain_missing(missing, registry, jobs))
            return tuple(models[name] for name in names.names)


def observe_exactly(registry: Registry, names: Sequence[str]) -> Mapping[str, ObservedModel]:
    """Return the models of these names. A name that no server of today accepts is no model."""
    try:
        return registry.observe(names)
    except InvalidParameterError:
        possible = [name for name in names if not NO_NAME & set(name)]
        if len(possible) == len(names):
            raise
        return registry.observe(possible)


def _explain_missing(
    names: Sequence[str], registry: Registry, jobs: Sequence[Job]
) -> list[Problem]:
    """Return the problem of each missing name: the file that declares it, or the nearest name."""
    known = sorted(registry.observe(None))
    declared = {job.config["model"]["name"]: job.name for job in jobs if "model" in job.config}
    files = jobs[0].known_models if jobs else ()
    problems = []
    for name in names:
        message = f"there is no registered model '{name}' on {registry.server.registry_uri}"
        suggestion = None if name in declared else nearest(name, known) or nearest(name, files)
        hint = None
        if fields := _split_reference(name, known):
            suggestion, hint = None, f"Write {fields}."
        elif name in declared:
            hint = f"Register it with: registrar apply model={declared[name]}."
        elif suggestion is None:
            count = plural(len(known), "model")
            hint = f"It has {count}: see 'registrar show'." if known else "It has no models."
        problems.append(Problem("model-not-found", message, hint, suggestion=suggestion))
    return problems


def _split_reference(name: str, known: Sequence[str]) -> str | None:
    """Return the fields for a name that also says which version, as `iris/3` and `iris@champion`."""
    match = REFERENCE.fullmatch(name)
    if match is None or match["name"] not in known:
        return None
    choice = f"version={match['version']}" if match["version"] else f"alias={match['alias']}"
    return f"name={match['name']} {choice}"


def note_unreachable_names(models: Iterable[ObservedModel]) -> Iterator[Note]:
    """Yield a note for each model that no `models:/` URI can name."""
    for model in models:
        if character := unreachable_name(model.name):
            yield Note("unreachable-name", model.name, {"character": character})


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters that a command's own fields ask for, without the name.

    `after` and `before` are in milliseconds since 1970; `after` is inclusive, `before` is not.
    `limit` is left to the caller, which also tells how many there are without it.
    """

    version: int | None = None
    alias: str | None = None
    tags: Mapping[str, str] | None = None
    source: str | None = None
    after: int | None = None
    before: int | None = None
    order: str | None = None
    limit: int | None = None

    @classmethod
    def parse(cls, node: Mapping[str, Any]) -> Filters:
        """Return the filters of a valid node."""
        after, before = node.get("created_after"), node.get("created_before")
        return cls(
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
    def is_single(self) -> bool:
        """Whether they name one version, by its number or by an alias."""
        return self.version is not None or self.alias is not None

    def choose_models(self, models: Iterable[ObservedModel]) -> tuple[ObservedModel, ...]:
        """Return the models that pass, sorted by name, or by age where an order is asked for."""
        chosen = [model for model in models if self._passes(model)]
        chosen.sort(key=lambda model: model.name)
        if self.order is not None:
            chosen.sort(key=lambda model: model.created or 0, reverse=self.order == "newest")
        return tuple(chosen)

    def choose_versions(self, model: ObservedModel) -> ObservedModel:
        """Return the model with only those of its versions that pass, by default newest first."""
        chosen = [version for version in model.versions if self._passes_version(version)]
        chosen.sort(key=lambda version: version.number, reverse=self.order != "oldest")
        return replace(model, versions=tuple(chosen))

    def _passes(self, model: ObservedModel) -> bool:
        return (
            self._is_in_time(model.created)
            and _has_tags(model.tags, self.tags)
            and (self.source is None or any(map(self._is_from_source, model.versions)))
        )

    def _passes_version(self, version: ObservedVersion) -> bool:
        return (
            self.version in {None, version.number}
            and (self.alias is None or self.alias in version.aliases)
            and self._is_in_time(version.created)
            and _has_tags(version.tags, self.tags)
            and (self.source is None or self._is_from_source(version))
        )

    def _is_from_source(self, version: ObservedVersion) -> bool:
        asked, actual = canonical_uri(self.source or ""), canonical_uri(version.source)
        return asked == actual or fnmatch.fnmatchcase(actual, asked)

    def _is_in_time(self, created: int | None) -> bool:
        time = created or 0
        return (self.after is None or time >= self.after) and (
            self.before is None or time < self.before
        )


def _has_tags(tags: Mapping[str, str], asked: Mapping[str, str] | None) -> bool:
    return all(tags.get(key) == value for key, value in (asked or {}).items())


def find_version(model: ObservedModel, filters: Filters, registry_uri: str) -> ObservedVersion:
    """Return the version that the filters name by number or alias.

    Raises NotFoundError, which lists the numbers or aliases that the model has.
    """
    for version in filters.choose_versions(model).versions:
        return version
    suggestion = None
    if filters.alias is not None:
        known = ", ".join(sorted(model.aliases))
        suggestion = nearest(filters.alias, list(model.aliases))
        missing, kind = f"no version with the alias '{filters.alias}'", "aliases"
    else:
        known = _ranges(sorted(version.number for version in model.versions))
        missing, kind = f"no version {filters.version}", "versions"
    hint = f"Its {kind}: {known}." if known else f"It has no {kind}."
    message = f"{model.name} has {missing} on {registry_uri}"
    raise NotFoundError(Problem("version-not-found", message, hint, suggestion=suggestion))


def _ranges(numbers: list[int]) -> str:
    """Return sorted numbers as text.

    >>> _ranges([1, 2, 3, 5])
    '1-3, 5'
    """
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1] = [ranges[-1][0], number]
        else:
            ranges.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)
