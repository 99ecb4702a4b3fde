"""What a version changes in the signature of the version that it replaces.

`policy` compares, and `report` prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from registrar.text import dotted

__all__ = ["Side", "SignatureChange", "SignatureComparison"]

Side: TypeAlias = Literal["before", "after"]
SignatureVerdict: TypeAlias = Literal["same", "compatible", "breaking", "unknown"]


@dataclass(frozen=True, slots=True)
class SignatureChange:
    """One difference between two signatures.

    `path` begins with `inputs`, `outputs` or `params`; a number is the place of a column without a
    name, `[]` stands for the items of a list, `*` for the values of a map. `before` is None for what
    is added, `after` for what is removed. `breaks` says that callers or readers of the old model may fail.
    """

    path: tuple[str | int, ...]
    kind: Literal["added", "removed", "type", "required", "default", "form"]
    before: str | None
    after: str | None
    breaks: bool

    @property
    def field(self) -> str:
        """The path as people write it: `inputs.user.tags[]`."""
        return dotted(self.path).replace(".[]", "[]")

    @property
    def text(self) -> str:
        """The change as people read it: `inputs.age long -> string`. Its words are of strangers."""
        match self.kind:
            case "added":
                return f"{self.field} added: {self.after}"
            case "removed":
                return f"{self.field} removed"
            case "default":
                return f"{self.field} default {self.before} -> {self.after}"
            case "type" | "required" | "form":
                return f"{self.field} {self.before} -> {self.after}"

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return {
            "field": self.field,
            "kind": self.kind,
            "before": self.before,
            "after": self.after,
            "breaks": self.breaks,
        }


@dataclass(frozen=True, slots=True)
class SignatureComparison:
    """What a version changes in the signature of the version that it replaces.

    The verdict is `unknown` where one of them has no signature that can be read: `lacks` says which,
    the version `before` or the one `after` the move.
    """

    verdict: SignatureVerdict
    changes: tuple[SignatureChange, ...] = ()
    lacks: tuple[Side, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON values."""
        changes = [change.to_dict() for change in self.changes]
        return {"verdict": self.verdict, "changes": changes, "lacks": [*self.lacks]}
