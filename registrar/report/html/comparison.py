"""Two versions of a model side by side: what changed in metrics, parameters, metadata and signature."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from registrar.report.html.numbers import format_change, format_exact
from registrar.report.html.shown import shorten
from registrar.report.wording import short_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from registrar.report.html.catalogue import CataloguedModel
    from registrar.state import ObservedVersion
    from registrar.version_evidence import Measurement, Signature

__all__ = ["Difference", "collect_facts", "compare_facts", "embed_facts", "list_signature_rows"]

LONGEST = 120  # characters of a value
MOST = 40  # entries of a group
BUDGET = 40_000  # characters of all facts in a page


@dataclass(frozen=True, slots=True)
class Difference:
    """One row of a comparison; "" for a version that does not have the entry."""

    group: str
    name: str
    before: str
    after: str
    change: str


def collect_facts(
    catalogued: CataloguedModel,
    version: ObservedVersion,
    metrics: Mapping[str, Measurement],
    mask: Callable[[str], str],
) -> dict[str, dict[str, str]]:
    """Return what can be compared of a version, by group, as short text.

    `metrics` are those of the version, by name and dataset.
    """
    number = version.number
    values = {
        name: "unknown" if item.value is None else format_exact(item.value)
        for name, item in metrics.items()
    }
    groups: dict[str, Mapping[str, str]] = {
        "Metrics": values,
        "Parameters": catalogued.params.get(number, {}),
        "Metadata": version.tags,
        "Signature": dict(list_signature_rows(catalogued.signatures.get(number))),
    }
    if version.digest:
        groups["Content"] = {"digest": short_digest(version.digest)}
    return {
        group: {
            shorten(key, LONGEST, mask): shorten(items[key], LONGEST, mask)
            for key in sorted(items)[:MOST]
        }
        for group, items in groups.items()
        if items
    }


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


def compare_facts(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> tuple[Difference, ...]:
    """Return what differs between two versions, in the order of the groups."""
    rows = []
    for group in dict.fromkeys((*after, *before)):
        old, new = before.get(group, {}), after.get(group, {})
        for name in dict.fromkeys((*new, *old)):
            if old.get(name) != new.get(name):
                left, right = old.get(name, ""), new.get(name, "")
                change = _format_difference(left, right) if group == "Metrics" else ""
                rows.append(Difference(group, name, left, right, change))
    return tuple(rows)


def embed_facts(facts: Mapping[int, Mapping[str, Mapping[str, str]]]) -> Markup:
    """Return the facts of as many versions as fit a page, in the order given, as JSON.

    No text in it can end the element that it stands in.
    """
    kept, size = {}, 0
    for number, groups in facts.items():
        text = json.dumps(groups, ensure_ascii=True, separators=(",", ":"))
        size += len(text)
        if size > BUDGET:
            break
        kept[str(number)] = groups
    text = json.dumps(kept, ensure_ascii=True, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 - the three characters that HTML acts on are escapes


def _format_difference(before: str, after: str) -> str:
    try:
        return format_change(float(before), float(after))
    except ValueError:
        return ""
