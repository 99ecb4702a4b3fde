"""Models as the tests of the pages need them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from registrar.events import Event
from registrar.report.html.catalogue import Catalogue, CataloguedModel, Limit
from registrar.report.html.catalogued_model import catalogue_model
from registrar.report.html.index_page import IndexRow, describe_row
from registrar.report.html.places import name_folder
from registrar.state import ObservedModel, ObservedVersion, RunData, Server
from registrar.version_evidence import Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DAY = 86_400_000
START = 1_767_225_600_000  # 2026-01-01


def moved(day: int, alias: str, source: int | None, target: int | None, **fields: Any) -> Event:
    at = f"2026-01-{day:02}T08:00:00.000Z"
    return Event(f"registrar_event_{day:016x}", alias, source, target, None, at, **fields)


def catalogued(
    count: int = 4,
    aliases: Mapping[str, int] | None = None,
    events: Sequence[Event] = (),
    **fields: Any,
) -> CataloguedModel:
    """A model whose accuracy grows; `aliases` are those of its versions, which hold the events."""
    aliases = {"champion": 3} if aliases is None else aliases
    versions = tuple(
        ObservedVersion(
            number,
            f"sha256:{number:08x}{0:056x}",
            f"models:/m-{number}",
            f"run{number}",
            tags={"lr": f"0.{number}"},
            aliases=tuple(alias for alias, target in aliases.items() if target == number),
            created=START + number * DAY,
            events=tuple(event for event in events if event.holder == number),
        )
        for number in range(1, count + 1)
    )
    metrics = {
        number: {
            "accuracy": (
                Measurement(0.9 + number / 100, "test"),
                Measurement(0.8 + number / 100, "holdout"),
            )
        }
        for number in range(1, count + 1)
    }
    files = {
        n: {"MLmodel": f"{n:08x}{0:056x}", "conda.yaml": "0" * 64} for n in range(2, count + 1)
    }
    model = ObservedModel(
        fields.pop("name", "mnist"),
        fields.pop("description", "Digits"),
        fields.pop("tags", {}),
        versions,
    )
    return replace(catalogue_model(model, metrics, {}, files), **fields)


GATE = Limit("accuracy", "test", "champion", 0.92)


def catalogue(*models: CataloguedModel) -> Catalogue:
    return Catalogue(Server("http://mlflow.test", "http://mlflow.test", "3.17.2"), models)


def hostile(text: str) -> CataloguedModel:
    """A model in which every field holds this text."""
    version = ObservedVersion(
        1, f"sha256:{text}", text, text, text, {text: text, "git_commit": text, "ci_run": text},
        (text,), config=text, lineage=text, status=text,
        events=(moved(2, text, None, 1, by={"ci_run": text, "user": text}, waived=(text,)),),
    )  # fmt: skip
    model = ObservedModel(text, text, {text: text}, (version,), owner=text, protected=(text,))
    metrics = {1: {text: (Measurement(0.5, text, text),)}}
    return catalogue_model(model, metrics, {text: RunData({text: text}, {})}, {1: {text: text}})


def listed(name: str, **fields: Any) -> IndexRow:
    """The row of a model with one version."""
    return replace(ROW, name=name, folder=name_folder(name, str), **fields)


ROW = describe_row(catalogued(1, description="Reads digits"), str)
