"""The signature of a model: read from its MLmodel, and from the tag that its version carries.

The tag `registrar_model_signature` holds the parts that the model declares, as compact JSON:
`{"inputs": [...], "outputs": [...], "params": [...]}`. What is not a signature is read as none:
whoever needs one then knows that nobody knows it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from registrar.text import canonical_json
from registrar.version_evidence import Signature

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "SIGNATURE_TAG",
    "find_signature",
    "parse_signature",
    "read_signature",
    "signature_text",
]

SIGNATURE_TAG = "registrar_model_signature"
PARTS = ("inputs", "outputs", "params")
MAX_PART = 4_000_000  # characters; a model with 50 000 columns has so many


def find_signature(mlmodel: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Return the parts of the signature in an MLmodel, each as the text that MLflow wrote.

    None for a model without one. Nothing is parsed: most models are registered already.
    """
    parts = mlmodel.get("signature")
    if not isinstance(parts, dict):
        return None
    texts = {key: text for key in PARTS if (text := parts.get(key))}
    if not all(isinstance(text, str) and len(text) <= MAX_PART for text in texts.values()):
        return None
    return texts or None


def read_signature(parts: Mapping[str, str] | None) -> Signature | None:
    """Return the signature of these parts; None for one that MLflow could not read either."""
    try:
        return _build({key: json.loads(text) for key, text in (parts or {}).items()})
    except (ValueError, RecursionError):
        return None


def parse_signature(text: str | None) -> Signature | None:
    """Return the signature in a version's tag; None for a tag that is absent or spoilt."""
    try:
        document = json.loads(text or "null")
        return _build(document) if isinstance(document, dict) else None
    except (ValueError, RecursionError):
        return None


def signature_text(signature: Signature | None) -> str | None:
    """Return the text of the tag; None for no signature."""
    return None if signature is None else canonical_json(signature.to_dict())


def _build(parts: Mapping[str, Any]) -> Signature | None:
    """Return the signature in one spelling. Raises SpoiltSignatureError."""
    # Most runs register nothing, and load nothing for it.
    from registrar.content.signature_parser import (
        SpoiltSignatureError,
        parse_columns,
        parse_params,
    )

    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for key in ("inputs", "outputs"):
        if (part := parts.get(key)) is not None:
            found[key] = tuple(field.to_column() for field in parse_columns(part))
    if params := parts.get("params"):
        found["params"] = tuple(field.to_param() for field in parse_params(params))
    if parts.keys() - set(PARTS):
        raise SpoiltSignatureError("a signature has inputs, outputs and params")
    return Signature(**found) if found else None
