"""The permissions of a run, beyond what it may do by default. A plan file records them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Allowances"]


@dataclass(frozen=True, slots=True)
class Allowances:
    """The fields `apply.allow_*` and `apply.waive`.

    They are the protected aliases that may move, the aliases whose gates may fail, the rules that
    may be broken, whether models of other owners may change, and whether more may change at once
    than the limits say.
    """

    protected: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    takeover: bool = False
    mass: bool = False

    @classmethod
    def parse(cls, node: Mapping[str, Any]) -> Allowances:
        """Return the allowances of the field `apply`, or of a plan file."""
        return cls(
            protected=tuple(sorted(node.get("allow_protected") or ())),
            gates=tuple(sorted(node.get("allow_gates") or ())),
            rules=tuple(sorted(node.get("waive") or ())),
            takeover=bool(node.get("allow_takeover", False)),
            mass=bool(node.get("allow_mass", False)),
        )

    def __bool__(self) -> bool:
        return bool(self.protected or self.gates or self.rules) or self.takeover or self.mass

    def to_dict(self) -> dict[str, Any]:
        """Return the allowances as a plan file holds them."""
        return {
            "allow_protected": list(self.protected),
            "allow_gates": list(self.gates),
            "waive": list(self.rules),
            "allow_takeover": self.takeover,
            "allow_mass": self.mass,
        }

    def __str__(self) -> str:
        protected = f"allow_protected={','.join(self.protected)}" if self.protected else ""
        gates = f"allow_gates={','.join(self.gates)}" if self.gates else ""
        rules = f"waive={','.join(self.rules)}" if self.rules else ""
        takeover = "allow_takeover=true" if self.takeover else ""
        mass = "allow_mass=true" if self.mass else ""
        return " ".join(part for part in (protected, gates, rules, takeover, mass) if part)
