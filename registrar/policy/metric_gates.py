"""Judge one metric of a gate: bounds on its value, and on its change against the replaced version.

What is missing, unknown or not finite, or was measured on other data, fails.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from registrar.changes.measurements import is_same_dataset
from registrar.policy.exact_numbers import EXACT, parse_number, read_value
from registrar.policy.number_text import (
    shorten_change,
    shorten_percent,
    shorten_value,
    write_change,
)
from registrar.verdicts import Verdict
from registrar.version_evidence import explain_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.version_evidence import Measurement, MoveEvidence

__all__ = ["MetricGate"]

CHANGES = ("min_change", "max_change")
NO_DATASET = "dataset not recorded"
BY_NAME = "the datasets were compared by name, without digests"
FIRST_USE = "no version is replaced, so no change was judged"
Bound: TypeAlias = "int | float | str"


@dataclass(frozen=True, slots=True)
class MetricGate:
    """What a gate demands of one metric.

    `demands` has `min`, `max`, `min_change` and `max_change` as the configuration writes them; a
    change is a number, or a text such as `5%`. `dataset` is the name or the digest of the data that
    the values have to be measured on; None for any, as long as it is one.
    """

    name: str
    demands: Mapping[str, Bound]
    dataset: str | None = None

    @property
    def compares(self) -> bool:
        """Whether the value of the replaced version is needed."""
        return any(key in self.demands for key in CHANGES)

    def judge(self, move: MoveEvidence) -> Verdict:
        """Return the verdict on an alias that would be set or moved."""
        demands = {**self.demands, **({"dataset": self.dataset} if self.dataset else {})}
        after, reasons = _choose(move.candidate.metrics.get(self.name, ()), self.dataset)
        before: Measurement | None = None
        change: str | None = None
        remarks: list[str] = []
        if after is not None and not reasons:
            reasons += self._judge_value(after)
            if self.compares and move.replaced is None:
                remarks.append(FIRST_USE)
            elif self.compares and move.replaced is not None:
                there = f"version {move.replaced.number}"
                before, missing = _find_counterpart(
                    after, move.replaced.metrics.get(self.name, ()), there
                )
                reasons += missing
                if before is not None and not missing:
                    if after.dataset is not None and not (
                        before.dataset_digest and after.dataset_digest
                    ):
                        remarks.append(BY_NAME)
                    change, failures = self._judge_change(read_value(before), read_value(after))
                    reasons += failures
            if (after.dataset, after.dataset_digest) == (None, None):
                remarks.append(NO_DATASET)
        return Verdict(
            alias=move.alias,
            entry=move.entry,
            kind="metric",
            name=self.name,
            state="fails" if reasons else "holds",
            replaces=None if move.replaced is None else move.replaced.number,
            demands=demands,
            before=before,
            after=after,
            change=change,
            reasons=tuple(reasons),
            remarks=tuple(remarks),
        )

    def _judge_value(self, measurement: Measurement) -> Iterator[str]:
        value, demands = read_value(measurement), self.demands
        least, most = demands.get("min"), demands.get("max")
        shown = shorten_value(measurement.value or 0, demands)
        if least is not None and value < parse_number(least):
            yield f"{shown} is less than min {least}"
        if most is not None and value > parse_number(most):
            yield f"{shown} is more than max {most}"

    def _judge_change(self, before: Decimal, after: Decimal) -> tuple[str, list[str]]:
        """Return the change as text, in percent where that is asked for, and what is not as demanded."""
        change = EXACT.subtract(after, before)
        told = write_change(change)
        reasons = []
        for key in CHANGES:
            if key not in self.demands:
                continue
            bound = self.demands[key]
            if isinstance(bound, str):
                if before == 0:
                    reasons.append(
                        f"{key} is in percent, and the replaced value is zero: give an absolute change"
                    )
                    continue
                text = told = shorten_percent(change, abs(before), parse_number(bound))
                side = EXACT.multiply(change, Decimal(100))
                limit = EXACT.multiply(parse_number(bound), abs(before))
            else:
                side, limit = change, parse_number(bound)
                text = shorten_change(change, limit)
            if key == "min_change" and side < limit:
                reasons.append(f"it changed by {text}, which is less than min_change {bound}")
            if key == "max_change" and side > limit:
                reasons.append(f"it changed by {text}, which is more than max_change {bound}")
        return told, reasons


def _choose(
    measurements: Sequence[Measurement], dataset: str | None
) -> tuple[Measurement | None, list[str]]:
    """Return the one measurement that counts, and why it cannot be judged."""
    found = [m for m in measurements if dataset is None or dataset in {m.dataset, m.dataset_digest}]
    if not measurements:
        return None, ["it was not measured"]
    if not found:
        where = ", ".join(sorted({_describe_data(m) for m in measurements}))
        return None, [f"it was not measured on {dataset}, only on {where}"]
    if len(found) > 1:
        where = ", ".join(sorted(map(_describe_data, found)))
        if len({*map(_describe_data, found)}) > 1:
            return None, [f"it was measured on several datasets ({where}): name one with dataset"]
        if len({m.value for m in found}) > 1 or found[0].value is None:
            return None, [f"it has several values on {_describe_data(found[0])}"]
    doubt = _explain_doubt(found[0])
    return found[0], [] if doubt is None else [doubt]


def _find_counterpart(
    after: Measurement, measurements: Sequence[Measurement], there: str
) -> tuple[Measurement | None, list[str]]:
    """Return the measurement of the replaced version on the same data, and what forbids to use it.

    `there` names that version.
    """
    found = [m for m in measurements if is_same_dataset(m, after)]
    if not measurements:
        return None, [f"{there} was not measured"]
    if not found:
        where = ", ".join(sorted({_describe_data(m) for m in measurements}))
        return None, [f"{there} was measured on {where}, and this on {_describe_data(after)}"]
    if len({(m.value, m.dataset_digest) for m in found}) > 1:
        return None, [f"{there} has several values on {_describe_data(after)}"]
    doubt = _explain_doubt(found[0])
    return found[0], [] if doubt is None else [f"{there}: {doubt}"]


def _explain_doubt(measurement: Measurement) -> str | None:
    """Return why nobody can judge a value, as the end of a sentence about it."""
    value = measurement.value
    if value is None:
        return explain_unknown(measurement.unknown or "not-a-number")
    if math.isnan(value):
        return explain_unknown("not-a-number")
    return None if math.isfinite(value) else "it is infinite"


def _describe_data(measurement: Measurement) -> str:
    """Return the dataset of a value in words."""
    name, digest = measurement.dataset, measurement.dataset_digest
    if name is None:
        return "data that is not recorded" if digest is None else digest
    return name if digest is None else f"{name} ({digest})"
