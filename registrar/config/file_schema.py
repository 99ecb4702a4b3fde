"""The JSON Schema of one file of a configuration, as editors check it.

The schema that registrar validates with is that of a composed configuration: one file may leave
fields to other files, and may hold an interpolation in the place of any value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["make_file_schema"]

INTERPOLATION = {"type": "string", "pattern": r"\$\{"}
SHOWN = ("title", "description", "examples", "default")  # an editor shows these, whatever the value
# A model's file without any of these fields, and without a defaults list, is for others to build on.
FIELDS_OF_WHOLE_MODEL = ("name", "uri", "versions")


def make_file_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of one file for the `schema` of what is composed of several."""
    rules = {key: schema[key] for key in ("required", "allOf") if key in schema}
    others = {key: value for key, value in schema.items() if key not in rules}
    accepted = _accept_interpolations(others)
    if not rules:
        return accepted
    whole: dict[str, Any] = {"not": {"required": ["defaults"]}}
    if "name" in schema["properties"]:
        whole["anyOf"] = [{"required": [field]} for field in FIELDS_OF_WHOLE_MODEL]
    return {**accepted, "if": whole, "then": rules}


def _accept_interpolations(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema with an interpolation allowed for each field, each item and each value."""
    result = dict(schema)
    for key in ("properties", "$defs"):
        if key in schema:
            part = {name: _accept_interpolations(value) for name, value in schema[key].items()}
            result[key] = (
                part if key == "$defs" else {k: _allow_interpolation(v) for k, v in part.items()}
            )
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            result[key] = _allow_interpolation(_accept_interpolations(schema[key]))
    return result


def _allow_interpolation(schema: Mapping[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in schema.items() if key in SHOWN}
    rules = {key: value for key, value in schema.items() if key not in SHOWN}
    return {**shown, "if": INTERPOLATION, "else": rules} if rules else shown
