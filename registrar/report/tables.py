"""Listings as tables of plain cells, for a terminal or for Markdown."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.changes.metrics import metrics_of
from registrar.report.wording import display, short_digest
from registrar.secrets import mask_values
from registrar.text import format_minute, printable
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from registrar.report.results import Listing
    from registrar.state import ObservedModel, ObservedVersion, RunData

__all__ = ["aligned", "tables"]

CELL = 60  # characters of a cell


@dataclass(frozen=True, slots=True)
class _Table:
    """A table; the first of `rows` holds the headings."""

    title: str
    rows: tuple[tuple[str, ...], ...]


def tables(listing: Listing) -> Iterator[_Table]:
    """Yield a table of models, or for each model a table of its versions.

    With `compare`, the versions of a model stand side by side.
    """
    if not listing.detailed:
        if listing.models:
            yield _Table("", _rows(MODEL, listing.models))
        return
    for model in listing.models:
        if listing.compare:
            yield _Table(_title(model), tuple(_compared(model, listing.run_data)))
        elif model.versions:
            columns = {**VERSION, "METRICS": lambda v: _pairs(_metrics(v, listing.run_data))}
            yield _Table(_title(model), _rows(columns, model.versions))
        else:
            yield _Table(_title(model), ())


def aligned(table: _Table) -> Iterator[str]:
    """Yield the lines of a table, each column as wide as its widest cell."""
    widths = [max(map(_width, column)) for column in zip(*table.rows, strict=True)]
    for row in table.rows:
        cells = (cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _title(model: ObservedModel) -> str:
    parts = [model.name, display(model.description) if model.description else ""]
    tags = _pairs(model.tags)
    owner = f"owner {model.owner}" if model.owner else ""
    protected = f"protected {', '.join(model.protected)}" if model.protected else ""
    return "  ".join(part for part in (*parts, tags, owner, protected) if part)


def _rows(
    columns: Mapping[str, Callable[..., str]], items: Iterable[object]
) -> tuple[tuple[str, ...], ...]:
    """Return headings and cells, without the columns that are empty."""
    body = [[cell(item) for cell in columns.values()] for item in items]
    kept = [i for i, _ in enumerate(columns) if any(row[i] for row in body)]
    rows = [list(columns), *body]
    return tuple(tuple(row[i] for i in kept) for row in rows)


def _compared(model: ObservedModel, run_data: Mapping[str, RunData]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each parameter, metric and metadata key; `*` marks what differs."""
    versions = model.versions
    yield ("", "", *(f"version {version.number}" for version in versions))
    yield ("", "aliases", *(", ".join(version.aliases) for version in versions))
    groups: list[tuple[str, list[Mapping[str, str]]]] = [
        ("params", [_params(version, run_data) for version in versions]),
        ("metrics", [_metrics(version, run_data) for version in versions]),
        ("metadata", [dict(version.tags) for version in versions]),
    ]
    for group, columns in groups:
        for key in sorted({key for column in columns for key in column}):
            values = [column.get(key) for column in columns]
            mark = "*" if len(set(values)) > 1 else ""
            cells = ("" if value is None else _cell(value) for value in values)
            yield (mark, f"{group}.{key}", *cells)


def _params(version: ObservedVersion, run_data: Mapping[str, RunData]) -> Mapping[str, str]:
    run = run_data.get(version.run_id or "")
    return run.params if run else {}


def _metrics(version: ObservedVersion, run_data: Mapping[str, RunData]) -> Mapping[str, str]:
    metrics = metrics_of(version, run_data.get(version.run_id or ""))
    return {key: f"{value:g}" for key, value in metrics.items()}


def _latest(model: ObservedModel) -> str:
    return str(max((version.number for version in model.versions), default=""))


def _pointing(model: ObservedModel) -> str:
    return ", ".join(f"{alias} -> {number}" for alias, number in sorted(model.aliases.items()))


def _pairs(values: Mapping[str, str]) -> str:
    return _cell(", ".join(f"{key}={display(value)}" for key, value in sorted(values.items())))


def _cell(text: str) -> str:
    text = printable(mask_values(text))
    return text if len(text) <= CELL else text[: CELL - 3] + "..."


def _time(milliseconds: int | None) -> str:
    return format_minute(milliseconds) if milliseconds else ""


def _width(text: str) -> int:
    """Return the width on a terminal: wide characters take two columns, combining ones none."""
    wide = sum(unicodedata.east_asian_width(char) in {"W", "F"} for char in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


MODEL: Mapping[str, Callable[..., str]] = {
    "NAME": lambda model: printable(model.name),
    "VERSIONS": lambda model: str(len(model.versions)),
    "LATEST": _latest,
    "ALIASES": lambda model: _cell(_pointing(model)),
    "CREATED": lambda model: _time(model.created),
    "TAGS": lambda model: _pairs(model.tags),
    "DESCRIPTION": lambda model: _cell(model.description),
}
VERSION: Mapping[str, Callable[..., str]] = {
    "VERSION": lambda version: str(version.number),
    "STATUS": lambda version: "" if version.is_ready else _cell(version.status),
    "ALIASES": lambda version: _cell(", ".join(version.aliases)),
    "DIGEST": lambda version: short_digest(version.digest) if version.digest else "",
    "SOURCE": lambda version: _cell(safe_uri(version.source)),
    "CREATED": lambda version: _time(version.created),
    "DESCRIPTION": lambda version: _cell(version.description),
    "METADATA": lambda version: _pairs(version.tags),
}
