"""What a version changes in the signature of the version that it replaces.

`policy` compares, and `report` prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from registrar.text import dotted

__all__ = ["SignatureChange", "SignatureComparison"]

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

    The verdict is `unknown` where one of them has no signature that can be read.
    """

    verdict: SignatureVerdict
    changes: tuple[SignatureChange, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON values."""
        return {"verdict": self.verdict, "changes": [change.to_dict() for change in self.changes]}
