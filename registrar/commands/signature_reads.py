"""The signatures of both sides of an alias that would move, for a gate that asks for them.

A version carries its signature in a tag, and a declared model was looked at: then nothing is read. Of
any other version the MLmodel is read, once in a run.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from registrar.content.directory import MLMODEL, parse_mlmodel
from registrar.content.signature import read_signature
from registrar.errors import ConfigError, NotFoundError
from registrar.policy.alias_signatures import known_signature

if TYPE_CHECKING:
    from registrar.changes.plan import ModelPlan
    from registrar.evidence import MoveEvidence, Signature
    from registrar.registry import Backend

__all__ = ["SignatureReader"]


@dataclass(frozen=True, slots=True)
class SignatureReader:
    """Reads the signatures of versions that carry none; `found` holds what was read before."""

    backend: Backend
    found: dict[tuple[str, int], Signature | None] = field(default_factory=dict)

    def complete(self, move: MoveEvidence, model: ModelPlan, *, compares: bool) -> MoveEvidence:
        """Return the evidence with the candidate's signature, and with both where a gate compares.

        Raises ServerError for a look that failed: then nobody knows what the signature is.
        """
        number = move.candidate.number
        signature = known_signature(model, entry=move.entry) or self._read(model.name, number)
        move = replace(move, candidate=replace(move.candidate, signature=signature))
        if move.replaced is None or not compares:
            return move
        number = move.replaced.number
        signature = known_signature(model, number=number) or self._read(model.name, number)
        return replace(move, replaced=replace(move.replaced, signature=signature))

    def _read(self, name: str, number: int | None) -> Signature | None:
        """Return the signature in the MLmodel of a version; None for a model that is gone or spoilt."""
        if number is None:
            return None
        if (name, number) not in self.found:
            try:
                location = self.backend.registry.get_location(name, number)
                content = self.backend.store.read_file(location, MLMODEL)
                self.found[name, number] = read_signature(parse_mlmodel(content, location))
            except (ConfigError, NotFoundError):
                self.found[name, number] = None
        return self.found[name, number]
