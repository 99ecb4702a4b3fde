"""Judge the signature of a version that an alias would come to: present, compatible, or the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from registrar.policy.signatures import compare_signatures
from registrar.verdicts import Verdict

if TYPE_CHECKING:
    from registrar.version_evidence import MoveEvidence

__all__ = ["SignatureDemand", "judge_signature"]

SignatureDemand: TypeAlias = Literal["compatible", "same", "present"]
ABSENT = "the version has no signature that can be read"
FIRST_USE = "no version is replaced, so nothing was compared"


def judge_signature(demand: SignatureDemand, move: MoveEvidence) -> Verdict:
    """Return the verdict on the signature; a signature that nobody can read fails."""
    change: str | None = None
    reasons: list[str] = []
    remarks: list[str] = []
    if move.candidate.signature is None:
        reasons.append(ABSENT)
    elif demand != "present" and move.replaced is None:
        remarks.append(FIRST_USE)
    elif demand != "present" and move.replaced is not None:
        comparison = compare_signatures(move.replaced.signature, move.candidate.signature)
        change = comparison.verdict
        if change == "unknown":
            reasons.append(f"version {move.replaced.number} has no signature to compare with")
        for difference in comparison.changes:
            is_refused = demand == "same" or difference.breaks
            (reasons if is_refused else remarks).append(difference.text)
    return Verdict(
        alias=move.alias,
        entry=move.entry,
        kind="signature",
        name="signature",
        state="fails" if reasons else "holds",
        replaces=None if move.replaced is None else move.replaced.number,
        demands={"signature": demand},
        change=change,
        reasons=tuple(reasons),
        remarks=tuple(remarks),
    )
