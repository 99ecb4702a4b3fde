"""Listings as tables of plain cells, for a terminal or for Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.report.layout import Table
from registrar.report.metric_names import format_measurement, list_metrics
from registrar.report.version_comparison import compare_versions
from registrar.report.wording import on_one_line
from registrar.secrets import mask_values
from registrar.text import format_minute
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from registrar.report.layout import Cell
    from registrar.report.results import Listing
    from registrar.state import ObservedModel, ObservedVersion, RunData

__all__ = ["tables"]

FLEXIBLE = frozenset({"ALIASES", "METRICS", "DESCRIPTION"})


def tables(listing: Listing, *, draws: bool = True) -> Iterator[Table]:
    """Yield a table of models, or for each model a table of its versions.

    With `compare`, the versions of a model stand side by side; `draws` adds sparklines to that.
    """
    if not listing.detailed:
        if listing.models:
            columns = {**MODEL, **(MORE_OF_MODEL if listing.wide else {})}
            yield _table((), columns, listing.models, wide=listing.wide)
        return
    for model in listing.models:
        if listing.compare:
            yield compare_versions(_title(model), model, listing, draws=draws)
        else:
            columns = {**_version_columns(model, listing)}
            columns |= _more_of_version(listing.run_data) if listing.wide else {}
            yield _table(_title(model), columns, model.versions, wide=listing.wide)


def _title(model: ObservedModel) -> tuple[str, ...]:
    owner = f"owner {model.owner}" if model.owner else ""
    protected = f"protected {', '.join(model.protected)}" if model.protected else ""
    parts = (model.name, model.description, _pairs(model.tags), owner, protected)
    return tuple(mask_values(part) for part in parts if part)


def _table(
    title: tuple[str, ...],
    columns: Mapping[str, Callable[..., Cell]],
    items: Iterable[object],
    *,
    wide: bool,
) -> Table:
    """Return the cells of the items below headings, without the columns that are empty.

    Secrets are masked before a cell is shortened: a part of a secret is a secret.
    """
    body = [[_mask(cell(item)) for cell in columns.values()] for item in items]
    if not body:
        return Table(title, ())
    kept = [i for i, _ in enumerate(columns) if any(row[i] for row in body)]
    rows: list[list[Cell]] = [[*columns], *body]
    cells = tuple(tuple(row[i] for i in kept) for row in rows)
    return Table(title, cells, flexible=frozenset() if wide else FLEXIBLE)


def _mask(cell: Cell) -> Cell:
    return mask_values(cell) if isinstance(cell, str) else tuple(map(mask_values, cell))


def _version_columns(model: ObservedModel, listing: Listing) -> Mapping[str, Callable[..., Cell]]:
    """Return what a reader needs of a version."""
    metrics = list_metrics(
        [listing.measurements_of(model.name, version.number) for version in model.versions]
    )
    numbers = [version.number for version in model.versions]
    cells = {
        number: tuple(f"{name}={format_measurement(value)}" for name, value in column.items())
        for number, column in zip(numbers, metrics, strict=True)
    }
    return {
        "VERSION": lambda version: str(version.number),
        "STATUS": lambda version: "" if version.is_ready else version.status,
        "ALIASES": lambda version: version.aliases,
        "METRICS": lambda version: cells[version.number],
        "CREATED": lambda version: _time(version.created),
        "DESCRIPTION": lambda version: version.description or "",
    }


def _more_of_version(run_data: Mapping[str, RunData]) -> Mapping[str, Callable[..., Cell]]:
    """Return what else the registry holds of a version, and the parameters of its run."""
    return {
        "METADATA": lambda version: _pairs(version.tags),
        "PARAMS": lambda version: _params(version, run_data),
        "DIGEST": lambda version: version.digest or "",
        "SOURCE": lambda version: safe_uri(version.source),
        "RUN": lambda version: version.run_id or "",
    }


def _params(version: ObservedVersion, run_data: Mapping[str, RunData]) -> str:
    run = run_data.get(version.run_id or "")
    return _pairs(run.params) if run else ""


def _pointing(model: ObservedModel) -> tuple[str, ...]:
    return tuple(f"{alias} -> {number}" for alias, number in sorted(model.aliases.items()))


def _latest(model: ObservedModel) -> str:
    return str(max((version.number for version in model.versions), default=""))


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={on_one_line(value)}" for key, value in sorted(values.items()))


def _time(milliseconds: int | None) -> str:
    return format_minute(milliseconds) if milliseconds else ""


MODEL: Mapping[str, Callable[..., Cell]] = {
    "NAME": lambda model: model.name,
    "VERSIONS": lambda model: str(len(model.versions)),
    "ALIASES": _pointing,
    "CREATED": lambda model: _time(model.created),
    "DESCRIPTION": lambda model: model.description or "",
}
MORE_OF_MODEL: Mapping[str, Callable[..., Cell]] = {
    "LATEST": _latest,
    "OWNER": lambda model: model.owner or "",
    "TAGS": lambda model: _pairs(model.tags),
}
