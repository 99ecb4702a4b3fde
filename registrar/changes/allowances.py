"""The permissions of a run: moves of protected aliases, and takeovers. A plan file records them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Allowances"]


@dataclass(frozen=True, slots=True)
class Allowances:
    """The fields `apply.allow_*`: protected aliases that may move, and models of other owners."""

    protected: tuple[str, ...] = ()
    takeover: bool = False

    @classmethod
    def parse(cls, node: Mapping[str, Any]) -> Allowances:
        """Return the allowances of the field `apply`, or of a plan file."""
        protected = tuple(sorted(node.get("allow_protected") or ()))
        return cls(protected, bool(node.get("allow_takeover", False)))

    def __bool__(self) -> bool:
        return bool(self.protected) or self.takeover

    def to_dict(self) -> dict[str, Any]:
        """Return the allowances as a plan file holds them."""
        return {"allow_protected": list(self.protected), "allow_takeover": self.takeover}

    def __str__(self) -> str:
        protected = f"apply.allow_protected=[{','.join(self.protected)}]" if self.protected else ""
        takeover = "apply.allow_takeover=true" if self.takeover else ""
        return " ".join(part for part in (protected, takeover) if part)
