"""Gates: what a version has to show before an alias is set on it or moves to it.

A gate is judged on evidence that others have collected. What cannot be judged fails.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar.policy.metric_gates import MetricGate
from registrar.policy.signature_gates import judge_signature
from registrar.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from registrar.policy.signature_gates import SignatureDemand
    from registrar.version_evidence import MoveEvidence

__all__ = ["Gate"]


@dataclass(frozen=True, slots=True)
class Gate:
    """What the configuration demands where one alias would be set or moved.

    `metadata` are the tags that the version has to have.
    """

    metrics: tuple[MetricGate, ...] = ()
    signature: SignatureDemand | None = None
    metadata: tuple[str, ...] = ()

    @property
    def needs(self) -> frozenset[str]:
        """What has to be known of the version that the alias would come to."""
        needs = {
            "metrics": self.metrics,
            "signature": self.signature,
            "provenance": self.metadata,  # where a version is made stands in its tags, too
        }
        return frozenset(need for need, gates in needs.items() if gates)

    @property
    def needs_of_replaced(self) -> frozenset[str]:
        """What has to be known of the version that the alias would leave."""
        needs = {
            "metrics": any(metric.compares for metric in self.metrics),
            "signature": self.signature not in {None, "present"},
        }
        return frozenset(need for need, gates in needs.items() if gates)

    @classmethod
    def parse(cls, node: Mapping[str, Any]) -> Gate:
        """Return the gate of a valid configuration."""
        dataset = node.get("dataset")
        return cls(
            metrics=tuple(
                MetricGate(name, dict(demands), dataset)
                for name, demands in sorted((node.get("metrics") or {}).items())
            ),
            signature=node.get("signature"),
            metadata=tuple(sorted(node.get("metadata") or ())),
        )

    def judge(self, move: MoveEvidence, *, allowed: Collection[str] = ()) -> tuple[Verdict, ...]:
        """Return the verdicts on an alias that would be set or moved, in a fixed order.

        `allowed` are the aliases whose gates a person has allowed to fail.
        """
        verdicts = (*(metric.judge(move) for metric in self.metrics), *self._judge_rest(move))
        if move.alias not in allowed:
            return verdicts
        return tuple(
            replace(verdict, state="allowed") if verdict.state == "fails" else verdict
            for verdict in verdicts
        )

    def _judge_rest(self, move: MoveEvidence) -> Iterator[Verdict]:
        if self.signature is not None:
            yield judge_signature(self.signature, move)
        if self.metadata:
            absent = [key for key in self.metadata if key not in move.candidate.tags]
            reasons = [f"there is no tag {key}" for key in absent]
            yield Verdict(
                alias=move.alias,
                entry=move.entry,
                kind="metadata",
                name="metadata",
                state="fails" if reasons else "holds",
                replaces=None if move.replaced is None else move.replaced.number,
                demands={"metadata": [*self.metadata]},
                reasons=tuple(reasons),
            )
