"""The signature of a model as rows: each column, tensor and parameter with its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from registrar.version_evidence import Signature

__all__ = ["list_signature_rows"]


def list_signature_rows(signature: Signature | None) -> Sequence[tuple[str, str]]:
    """Return each column, tensor and parameter of a signature with its type."""
    if signature is None:
        return ()
    parts = (("in", signature.inputs), ("out", signature.outputs), ("param", signature.params))
    return [
        (f"{part} {item.get('name') or index}", _type_of(item))
        for part, items in parts
        for index, item in enumerate(items or ())
    ]


def _type_of(item: Mapping[str, Any]) -> str:
    tensor = item.get("tensor-spec")
    if isinstance(tensor, dict):
        return f"tensor {tensor.get('dtype')} {tensor.get('shape')}"
    kind = item.get("type")
    text = str(kind if isinstance(kind, str) else item.get("dtype", ""))
    return text if item.get("required", True) is not False else f"{text}, optional"
