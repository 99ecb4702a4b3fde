"""One version of a model as its block on the page shows it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from registrar.report.event_text import describe_reasons, describe_time
from registrar.report.html.links import link_to_run, safe_link
from registrar.report.html.numbers import format_measured
from registrar.report.html.origins import list_origins
from registrar.report.html.prose import render_prose, summarize
from registrar.report.html.shown import shorten
from registrar.report.html.signature_rows import list_signature_rows
from registrar.report.html.snippet import write_snippet
from registrar.text import format_minute
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from registrar.report.html.catalogue import CataloguedModel
    from registrar.state import ObservedVersion, Server
    from registrar.version_evidence import Measurement

__all__ = ["Entry", "VersionBlock", "describe_version"]

LONGEST = 400  # characters of a value
LONGEST_NAME = 120
LONGEST_DESCRIPTION = 4000
SUMMARY = 90
MOST_ORIGINS = 10
MOST = 60  # entries of one list
LEAST = 4  # entries that say which version it is
PLACES = ("git_commit", "git_dirty", "pipeline_name", "step_name", "run_id", "ci", "ci_run")


@dataclass(frozen=True, slots=True)
class Entry:
    """A name with its value, and the address that the value is, if it is one."""

    name: str
    value: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class VersionBlock:
    """All that the page says of a version. `headline` has the metric that matters most.

    `summary` is the start of the description, without the marks of Markdown.
    """

    number: int
    aliases: tuple[str, ...]
    status: str
    created: str
    headline: Entry | None
    summary: str
    description: Markup
    identity: tuple[Entry, ...]
    origin: tuple[Entry, ...]
    verdicts: tuple[Entry, ...]
    metrics: tuple[Entry, ...]
    params: tuple[Entry, ...]
    metadata: tuple[Entry, ...]
    signature: tuple[Entry, ...]
    left_out: int
    snippet: tuple[str, ...]

    def shorten(self, most: int) -> VersionBlock:
        """Return the block with at most `most` entries of each list, and without the description."""
        names = ("aliases", "origin", "verdicts", "metrics", "params", "metadata", "signature")
        lists = {name: getattr(self, name) for name in names}
        left_out = sum(max(0, len(items) - most) for items in lists.values())
        short: dict[str, Any] = {name: items[:most] for name, items in lists.items()}
        identity = self.identity[: most + LEAST]
        left_out += len(self.identity) - len(identity) + bool(self.description)
        return replace(
            self,
            **short,
            identity=identity,
            description=Markup(),
            left_out=self.left_out + left_out,
        )


def describe_version(
    catalogued: CataloguedModel,
    version: ObservedVersion,
    metrics: Mapping[str, Measurement],
    server: Server,
    *,
    headline: Entry | None,
    mask: Callable[[str], str],
) -> VersionBlock:
    """Return the block of a version. `mask` takes secrets out of texts before they are cut."""
    number = version.number
    lists = {
        "verdicts": [*_list_verdicts(catalogued, number)],
        "metrics": [Entry(name, format_measured(item)) for name, item in metrics.items()],
        "params": _list_entries(catalogued.params.get(number, {}), mask),
        "metadata": _list_entries({k: v for k, v in version.tags.items() if k not in PLACES}, mask),
        "signature": [
            Entry(name, text)
            for name, text in list_signature_rows(catalogued.signatures.get(number))
        ],
    }
    left_out = sum(max(0, len(items) - MOST) for items in lists.values())
    places = {key: version.tags[key] for key in PLACES if key in version.tags}
    return VersionBlock(
        number=number,
        aliases=version.aliases,
        status="" if version.is_ready else version.status,
        created="" if version.created is None else format_minute(version.created),
        headline=headline,
        summary=summarize(version.description, mask, SUMMARY),
        description=render_prose(version.description, mask, LONGEST_DESCRIPTION, heading=4),
        identity=tuple(_list_identity(version, server, mask)),
        origin=tuple(_list_entries(places, mask)),
        **{name: tuple(items[:MOST]) for name, items in lists.items()},
        left_out=left_out,
        snippet=write_snippet(catalogued.model.name, version, server),
    )


def _list_identity(
    version: ObservedVersion, server: Server, mask: Callable[[str], str]
) -> Iterator[Entry]:
    if version.digest:
        yield Entry("digest", version.digest)
    yield Entry("source", shorten(safe_uri(version.source), LONGEST, mask))
    if version.run_id:
        yield Entry("run", version.run_id, link_to_run(server, mask(version.run_id)))
    if version.config:
        yield Entry("declared by", shorten(version.config, LONGEST, mask))
    origins = list_origins(version.lineage) if version.lineage else ()
    for place, link in itertools.islice(origins, MOST_ORIGINS):
        yield Entry("promoted from", shorten(place, LONGEST, mask), link and mask(link))


def _list_verdicts(catalogued: CataloguedModel, number: int) -> Iterator[Entry]:
    """Yield what gates and rules said when an alias came to the version."""
    made = [move for move in catalogued.moves if move.event and move.target == number]
    for move in sorted(made, key=lambda move: move.at or ""):
        if move.event is not None and (reasons := describe_reasons(move.event)):
            yield Entry(f"{move.alias}, {describe_time(move.at)}", reasons)


def _list_entries(values: Mapping[str, str], mask: Callable[[str], str]) -> list[Entry]:
    return [
        Entry(
            shorten(key, LONGEST_NAME, mask),
            shorten(value, LONGEST, mask),
            safe_link(mask(value)) if len(value) <= LONGEST else None,
        )
        for key, value in sorted(values.items())
    ]
