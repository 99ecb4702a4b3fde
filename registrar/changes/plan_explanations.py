"""The explanations in a plan file: why a version is new, and how an alias changes the signature.

The checksum of the plan does not cover them. They are shown to readers, and decide nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from registrar.changes.changes import CreateVersion, SetAlias
from registrar.changes.version_difference import VersionDifference
from registrar.signature_comparison import SignatureChange, SignatureComparison
from registrar.state import DesiredModel, DesiredVersion, Source
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan

__all__ = ["explanations_of", "with_explanations"]


def explanations_of(model: ModelPlan) -> dict[str, Any]:
    """Return what a plan file says of the versions and the aliases of a model, as JSON values."""
    on_server = () if model.observed is None else model.observed.protected or ()
    creations = {c.entry: c for c in model.changes if isinstance(c, CreateVersion)}
    versions = zip(model.desired.versions, model.matches, strict=True)
    return {
        "protected_aliases": sorted({*on_server, *(model.desired.protected or ())}),
        "versions": [
            _describe_version(version, number, creations.get(entry))
            for entry, (version, number) in enumerate(versions)
        ],
        "signatures": [
            {"alias": change.alias, **_describe_signature(change.signature)}
            for change in model.changes
            if isinstance(change, SetAlias) and change.signature is not None
        ],
    }


def with_explanations(model: ModelPlan, explanations: Mapping[str, Any]) -> ModelPlan:
    """Return the plan of a model as it was explained; the explanations fit the schema of plan files."""
    versions: list[Mapping[str, Any]] = explanations["versions"]
    signatures = {item["alias"]: _read_signature(item) for item in explanations["signatures"]}
    return replace(
        model,
        desired=DesiredModel(
            model.name,
            versions=tuple(_read_version(version) for version in versions),
            protected=tuple(explanations["protected_aliases"]),
        ),
        matches=tuple(version["number"] for version in versions),
        changes=tuple(_explain(change, versions, signatures) for change in model.changes),
    )


def _explain(
    change: Change,
    versions: list[Mapping[str, Any]],
    signatures: Mapping[str, SignatureComparison],
) -> Change:
    match change:
        case CreateVersion(entry=entry, source=source) if entry < len(versions):
            told = versions[entry]
            difference, upload = told["differs_from"], told["upload"]
            amount = None if upload is None else (upload["files"], upload["bytes"])
            return replace(
                change,
                source=replace(source, verified=told["verified"]),
                difference=None if difference is None else VersionDifference.from_dict(difference),
                saved_amount=amount,
            )
        case SetAlias(alias=alias):
            return replace(change, signature=signatures.get(alias))
        case _:
            return change


def _describe_version(
    version: DesiredVersion, number: int | None, creation: CreateVersion | None
) -> dict[str, Any]:
    difference = None if creation is None else creation.difference
    amount = None if creation is None else creation.amount
    return {
        "number": number,
        "uri": safe_uri(version.source.uri),
        "digest": version.digest,
        "verified": version.source.verified,
        "upload": None if amount is None else dict(zip(("files", "bytes"), amount, strict=True)),
        "differs_from": None if difference is None else difference.to_dict(),
    }


def _read_version(told: Mapping[str, Any]) -> DesiredVersion:
    return DesiredVersion(Source(told["uri"], told["digest"], verified=told["verified"]))


def _describe_signature(comparison: SignatureComparison) -> dict[str, Any]:
    return {
        "verdict": comparison.verdict,
        "lacks": [*comparison.lacks],
        "changes": [
            {
                "path": [*change.path],
                "kind": change.kind,
                "before": change.before,
                "after": change.after,
                "breaks": change.breaks,
            }
            for change in comparison.changes
        ],
    }


def _read_signature(told: Mapping[str, Any]) -> SignatureComparison:
    changes = (
        SignatureChange(**{**change, "path": tuple(change["path"])}) for change in told["changes"]
    )
    return SignatureComparison(told["verdict"], tuple(changes), tuple(told["lacks"]))
