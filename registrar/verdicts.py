"""Verdicts: what a gate or a rule says of an alias that would be set or moved.

`policy` makes them, a plan holds them, its checksum covers them, and `report` prints them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from registrar.version_evidence import Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Verdict", "VerdictState"]

VerdictKind: TypeAlias = Literal["metric", "signature", "metadata", "rule"]
VerdictState: TypeAlias = Literal["holds", "fails", "allowed", "warns"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate or a rule says of one alias, and the values that this rests on.

    `alias` is None for a rule on a version, whatever points to it. `entry` is the index of the
    declared version that the alias would come to, `replaces` the number of the version that it would
    leave; None for its first use. `name` is the metric, or the rule.
    `demands` are the conditions as the configuration writes them. `before` and `after` are the
    measurements of the two versions, `change` is the difference as text.

    `fails` forbids the plan. `allowed` is a failure that a person has allowed, `warns` one that
    forbids nothing. `reasons` say why it is not as demanded, `remarks` what to know all the same.
    """

    alias: str | None
    entry: int
    kind: VerdictKind
    name: str
    state: VerdictState
    replaces: int | None = None
    demands: Mapping[str, Any] = field(default_factory=dict)
    before: Measurement | None = None
    after: Measurement | None = None
    change: str | None = None
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Verdict:
        """Return the verdict of a plan file, which fits its schema."""
        sides = {
            side: None if values[side] is None else Measurement.from_dict(values[side])
            for side in ("before", "after")
        }
        texts = {field: tuple(values[field]) for field in ("reasons", "remarks")}
        return cls(**{**values, **sides, **texts})

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON values; so the checksum covers all of them."""
        return {
            "alias": self.alias,
            "entry": self.entry,
            "kind": self.kind,
            "name": self.name,
            "state": self.state,
            "replaces": self.replaces,
            "demands": dict(self.demands),
            "before": None if self.before is None else self.before.to_dict(),
            "after": None if self.after is None else self.after.to_dict(),
            "change": self.change,
            "reasons": list(self.reasons),
            "remarks": list(self.remarks),
        }
