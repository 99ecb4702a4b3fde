"""The page of one model: what is in use, its metrics, its aliases over time, and its versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.report.event_text import describe_time
from registrar.report.html.alias_order import sort_aliases
from registrar.report.html.charts import draw_chart
from registrar.report.html.comparison import collect_facts, compare_versions
from registrar.report.html.links import link_to_model
from registrar.report.html.masked_names import mask_names
from registrar.report.html.move_text import describe_move
from registrar.report.html.numbers import format_change, format_measured, format_short
from registrar.report.html.prose import render_prose
from registrar.report.html.series import (
    collect_metrics,
    find_main_value,
    list_datasets,
    name_metrics,
)
from registrar.report.html.shown import shorten
from registrar.report.html.timeline import draw_timeline
from registrar.report.html.versions import Entry, describe_version
from registrar.text import format_minute, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from markupsafe import Markup

    from registrar.report.html.catalogue import CataloguedModel
    from registrar.report.html.charts import Chart
    from registrar.report.html.comparison import Comparison
    from registrar.report.html.series import Metric, Series
    from registrar.report.html.timeline import Timeline
    from registrar.report.html.versions import VersionBlock
    from registrar.state import ObservedVersion, Server
    from registrar.version_evidence import Measurement

__all__ = ["ModelPage", "describe_model"]

MOST_POINTS = 600  # of all charts of a page; each takes about 150 bytes
CHARTED = 100  # the newest versions
COLUMNS = 8  # of the table of metrics
CARD_METRICS = 3
MOST_CARDS = 24


@dataclass(frozen=True, slots=True)
class CardMetric:
    """A metric of the version that an alias points to, and how far it is from the one before."""

    name: str
    value: str
    change: str


@dataclass(frozen=True, slots=True)
class AliasCard:
    """What an alias points to, since when, who moved it, and how good that version is."""

    alias: str
    version: int
    is_protected: bool
    since: str
    who: str
    link: str | None
    before: int | None
    metrics: tuple[CardMetric, ...]


@dataclass(frozen=True, slots=True)
class MetricTable:
    """The values of the metrics, a row for each version."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...], tuple[str, ...]], ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelPage:
    """A model as the template of its page needs it; `blocks` are its versions, newest first.

    `left_out` names the parts for which a page has no room.
    """

    name: str
    description: Markup
    facts: tuple[Entry, ...]
    tags: tuple[Entry, ...]
    declared: str | None
    cards: tuple[AliasCard, ...]
    more_cards: int
    charts: tuple[Chart, ...]
    uncharted: tuple[str, ...]
    table: MetricTable | None
    timeline: Timeline | None
    comparison: Comparison | None
    blocks: tuple[VersionBlock, ...]
    left_out: tuple[str, ...] = ()


def describe_model(
    catalogued: CataloguedModel, server: Server, mask: Callable[[str], str]
) -> ModelPage:
    """Return the page of a model. `mask` takes secrets out of texts."""
    catalogued = mask_names(catalogued, mask)
    model = catalogued.model
    versions = sorted(model.versions, key=lambda version: version.number, reverse=True)
    metrics, named = collect_metrics(catalogued), name_metrics(catalogued)
    charts, uncharted = _draw_charts(metrics, versions, model.aliases)
    cards = [*_describe_cards(catalogued, metrics)]
    return ModelPage(
        name=model.name,
        description=render_prose(model.description, mask),
        facts=tuple(_list_facts(catalogued, server, mask)),
        tags=tuple(
            Entry(shorten(k, 120, mask), shorten(v, 200, mask))
            for k, v in sorted(model.tags.items())[:60]
        ),
        declared=catalogued.declared,
        cards=tuple(cards[:MOST_CARDS]),
        more_cards=max(0, len(cards) - MOST_CARDS),
        charts=charts,
        uncharted=uncharted,
        table=_tabulate(metrics, versions),
        timeline=draw_timeline(catalogued),
        comparison=_compare(catalogued, versions, named, cards, mask),
        blocks=tuple(
            describe_version(
                catalogued,
                version,
                named.get(version.number, {}),
                server,
                headline=_describe_main(metrics, version.number),
                mask=mask,
            )
            for version in versions
        ),
    )


def _list_facts(
    catalogued: CataloguedModel, server: Server, mask: Callable[[str], str]
) -> Iterator[Entry]:
    model = catalogued.model
    if model.owner:
        yield Entry("Owner", model.owner)
    count = plural(len(model.versions), "version")
    yield Entry("Versions", count if model.complete else f"{count} read, more on the server")
    if model.created is not None:
        yield Entry("Created", format_minute(model.created))
    newest = max((v.created for v in model.versions if v.created is not None), default=None)
    if newest is not None:
        yield Entry("Newest version", format_minute(newest))
    times = [move.at for move in catalogued.moves if move.at is not None]
    if times:
        yield Entry("Last alias moved", describe_time(max(times)))
    link = link_to_model(server, mask(model.name))
    if link is not None:
        yield Entry("On the server", "Open in MLflow", link)


def _draw_charts(
    metrics: Sequence[Metric], versions: Sequence[ObservedVersion], aliases: dict[str, int]
) -> tuple[tuple[Chart, ...], tuple[str, ...]]:
    """Return the charts that have room on a page, and the names of the other metrics."""
    numbers = [version.number for version in versions[:CHARTED]][::-1]
    datasets = list_datasets(metrics)
    charts: list[Chart] = []
    others: list[str] = []
    room = MOST_POINTS
    for metric in metrics:
        chart = draw_chart(metric, numbers, aliases, datasets) if numbers and room > 0 else None
        points = sum(len(line.points) for line in chart.lines) if chart else 0
        if chart is not None and points <= room:
            charts.append(chart)
            room -= points
        else:
            others.append(metric.name)
    return tuple(charts), tuple(others)


def _list_series(metrics: Sequence[Metric]) -> list[Series]:
    return [series for metric in metrics for series in metric.series]


def _describe_main(metrics: Sequence[Metric], number: int) -> Entry | None:
    main = find_main_value(metrics, number)
    return None if main is None else Entry(main[0].name, format_short(main[1]))


def _tabulate(metrics: Sequence[Metric], versions: Sequence[ObservedVersion]) -> MetricTable | None:
    columns = _list_series(metrics)
    if not columns:
        return None
    shown, others = columns[:COLUMNS], columns[COLUMNS:]
    rows = tuple(
        (
            version.number,
            version.aliases,
            tuple(
                format_measured(item) if (item := series.values.get(version.number)) else ""
                for series in shown
            ),
        )
        for version in versions[:CHARTED]
    )
    return MetricTable(tuple(s.name for s in shown), rows, tuple(s.name for s in others))


def _describe_cards(catalogued: CataloguedModel, metrics: Sequence[Metric]) -> Iterator[AliasCard]:
    """Yield a card for each alias, protected ones first."""
    model = catalogued.model
    protected = set(model.protected or ())
    last = {move.alias: move for move in catalogued.moves}
    for alias in sort_aliases(model):
        number = model.aliases[alias]
        event = last[alias].event
        before = None if event is None else event.source
        who, link, _ = describe_move(event)
        yield AliasCard(
            alias,
            number,
            alias in protected,
            describe_time(last[alias].at),
            who,
            link,
            before,
            tuple(_list_card_metrics(metrics, number, before)),
        )


def _list_card_metrics(
    metrics: Sequence[Metric], number: int, before: int | None
) -> Iterator[CardMetric]:
    measured = [(s, v) for s in _list_series(metrics) if (v := s.value_of(number)) is not None]
    for series, value in measured[:CARD_METRICS]:
        old = None if before is None else series.value_of(before)
        change = "" if old is None else format_change(old, value)
        yield CardMetric(series.name, format_short(value), change)


def _compare(
    catalogued: CataloguedModel,
    versions: Sequence[ObservedVersion],
    named: Mapping[int, Mapping[str, Measurement]],
    cards: Sequence[AliasCard],
    mask: Callable[[str], str],
) -> Comparison | None:
    """Compare the newest version with the one in use, else with the one before."""
    if len(versions) < 2:
        return None
    facts = {
        v.number: collect_facts(catalogued, v, named.get(v.number, {}), mask)
        for v in versions[:CHARTED]
    }
    after = versions[0].number
    used = [card.version for card in cards if card.version != after and card.version in facts]
    before = used[0] if used else versions[1].number
    return compare_versions(before, after, facts, len(versions))
