"""What the schema of a rule speaks of: it has to be there, and it has to be found out.

JSON Schema lets an absent property pass: `properties: {digest: {pattern: "^sha256:"}}` holds for a
version whose digest nobody knows. A rule fails there. So each property that a rule speaks of is
required, unless the rule itself says when: below `anyOf`, `oneOf`, `not`, `if`, `then`, `else` and
`contains` JSON Schema stays as it is. A property with the schema `false` or `true` is not required:
the rule forbids it, or says nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from registrar.config.rule_schemas import find_reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["demand_presence", "list_mentioned_fields"]

# Keywords whose schemas are for the parts of a value, rather than for the value itself.
PARTS = ("items", "additionalProperties", "unevaluatedItems", "unevaluatedProperties")
SAME_VALUE = ("not", "if", "then", "else")
SAME_VALUE_LISTS = ("allOf", "anyOf", "oneOf")
NOTHING: dict[str, Any] = {"not": {}}
# Keywords with which a schema speaks of all properties of a value, whatever their names.
ALL_PROPERTIES = {
    *("patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames"),
    *("minProperties", "maxProperties", "const", "enum"),
}


def demand_presence(schema: Mapping[str, Any]) -> Any:
    """Return the schema of a rule with every property required that it speaks of."""
    return _demand(schema, schema, ())


def list_mentioned_fields(schema: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the fields of a document that the schema of a rule speaks of; None for all of them."""
    fields: set[str] = set()
    for part in _list_same_value(schema, schema, ()):
        if ALL_PROPERTIES & part.keys():
            return None
        fields |= {*part.get("properties", {}), *part.get("required", ())}
        for key, keys in part.get("dependentRequired", {}).items():
            fields |= {key, *keys}
        fields |= {*part.get("dependentSchemas", {})}
    return frozenset(fields)


def _demand(part: Any, whole: Mapping[str, Any], references: tuple[str, ...]) -> Any:
    """Return a part of the schema `whole` with each property required.

    Definitions stay as they are: conditions may refer to them. `references` are the definitions that
    the part is in, so that one that holds itself ends.
    """
    if part is False:  # an error of `false` has no path
        return NOTHING
    if not isinstance(part, dict):
        return part
    result = dict(part)
    properties = part.get("properties")
    if properties:
        result["properties"] = {
            name: _demand(below, whole, references) for name, below in properties.items()
        }
        spoken_of = {name for name, below in properties.items() if isinstance(below, dict)}
        result["required"] = sorted({*part.get("required", ()), *spoken_of})
    for keyword in PARTS:
        if keyword in part:
            result[keyword] = _demand(part[keyword], whole, references)
    if "patternProperties" in part:
        patterns = part["patternProperties"]
        result["patternProperties"] = {
            pattern: _demand(below, whole, references) for pattern, below in patterns.items()
        }
    if "prefixItems" in part:
        result["prefixItems"] = [_demand(item, whole, references) for item in part["prefixItems"]]
    every = [_demand(item, whole, references) for item in part.get("allOf", ())]
    reference = part.get("$ref")
    if reference is not None and reference not in references:
        target = find_reference(whole, reference)
        every.append(_demand(target, whole, (*references, reference)))
    if every:
        result["allOf"] = every
    return result


def _list_same_value(
    part: Any, whole: Mapping[str, Any], references: tuple[str, ...]
) -> Iterator[Mapping[str, Any]]:
    """Yield each schema that is for the whole document, under a condition or not."""
    if not isinstance(part, dict):
        return
    yield part
    below = [part[keyword] for keyword in SAME_VALUE if keyword in part]
    below += [item for keyword in SAME_VALUE_LISTS for item in part.get(keyword, ())]
    below += [*part.get("dependentSchemas", {}).values()]
    for schema in below:
        yield from _list_same_value(schema, whole, references)
    reference = part.get("$ref")
    if reference is not None and reference not in references:
        target = find_reference(whole, reference)
        yield from _list_same_value(target, whole, (*references, reference))
