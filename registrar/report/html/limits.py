"""The limits that the aliases of a model were judged by when they came to their versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from registrar.changes.events import list_events
from registrar.report.html.catalogue import Limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registrar.state import ObservedModel

__all__ = ["limits_of_events"]


def limits_of_events(model: ObservedModel) -> tuple[Limit, ...]:
    """Return the limits in the verdicts of the newest event of each alias that is there still.

    Whoever may write tags may have written them: what has not the form of a limit is none.
    """
    aliases = model.aliases
    newest = {
        event.alias: event
        for event in sorted(list_events(model), key=lambda event: event.at)
        if event.alias in aliases
    }
    return tuple(
        limit
        for alias, event in sorted(newest.items())
        for verdict in event.verdicts
        for limit in _limits(alias, verdict)
    )


def _limits(alias: str, verdict: Mapping[str, Any]) -> Iterator[Limit]:
    name, demands = verdict.get("name"), verdict.get("demands")
    if verdict.get("kind") != "metric" or not isinstance(name, str):
        return
    if not isinstance(demands, Mapping):
        return
    dataset = demands.get("dataset")
    least, most = _number(demands.get("min")), _number(demands.get("max"))
    if least is not None or most is not None:
        yield Limit(name, dataset if isinstance(dataset, str) else None, alias, least, most)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
