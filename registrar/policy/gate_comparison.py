"""Which demands of a gate are laxer than those of the same gate elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.policy.exact_numbers import parse_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["find_laxer_demands"]

# From the laxest demand on a signature to the strictest.
SIGNATURES = (None, "present", "compatible", "same")
LEAST = ("min", "min_change")


@dataclass(frozen=True, slots=True)
class LaxerDemand:
    """A demand of a gate, such as `champion.metrics.accuracy.min`, here and elsewhere.

    `here` is None for a demand that is missing.
    """

    field: str
    here: str | None
    there: str


def find_laxer_demands(
    gates: Mapping[str, Any], others: Mapping[str, Any]
) -> Iterator[LaxerDemand]:
    """Yield each demand of `others` that `gates` leave out, or make laxer.

    Both are the field `gates` of a valid model. A demand that only changes, as from a number to a
    percentage, counts as laxer: nobody can compare the two.
    """
    for alias, other in sorted(others.items()):
        gate = gates.get(alias)
        if gate is None:
            yield LaxerDemand(alias, None, "a gate")
            continue
        yield from _compare_metrics(alias, gate, other)
        here, there = gate.get("signature"), other.get("signature")
        if SIGNATURES.index(here) < SIGNATURES.index(there):
            yield LaxerDemand(f"{alias}.signature", here, str(there))
        keys = {*other.get("metadata", ())} - {*gate.get("metadata", ())}
        if keys:
            yield LaxerDemand(f"{alias}.metadata", None, ", ".join(sorted(keys)))


def _compare_metrics(
    alias: str, gate: Mapping[str, Any], other: Mapping[str, Any]
) -> Iterator[LaxerDemand]:
    metrics, dataset = gate.get("metrics") or {}, gate.get("dataset")
    for name, there in sorted((other.get("metrics") or {}).items()):
        field = f"{alias}.metrics.{name}"
        if name not in metrics:
            yield LaxerDemand(field, None, "a demand")
            continue
        for key, bound in sorted(there.items()):
            here = metrics[name].get(key)
            if here is None or _is_laxer(key, here, bound):
                shown = None if here is None else str(here)
                yield LaxerDemand(f"{field}.{key}", shown, str(bound))
    if other.get("dataset") not in {None, dataset}:
        yield LaxerDemand(f"{alias}.dataset", dataset, other["dataset"])


def _is_laxer(key: str, here: float | str, there: float | str) -> bool:
    if isinstance(here, str) != isinstance(there, str):
        return True
    mine, theirs = map(parse_number, (here, there))
    return mine < theirs if key in LEAST else mine > theirs
