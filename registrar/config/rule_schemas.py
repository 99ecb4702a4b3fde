"""The JSON Schemas of rules: what is wrong with one, before anything is judged by it.

JSON Schema ignores a keyword that it does not know, a format that nobody checks and a schema on
another machine that nobody may read. A rule with such a part would hold for every model, so it is
refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from registrar.config.bound_rules import find_keyword_problems
from registrar.errors import Problem
from registrar.text import nearest, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from registrar.config.job import Job
    from registrar.text import KeyPath

__all__ = [
    "find_policy_problems",
    "find_reference",
    "has_rules",
    "list_rule_nodes",
]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ONE_SCHEMA = {
    *("not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties"),
}
SCHEMAS_BY_NAME = {"properties", "patternProperties", "$defs", "dependentSchemas"}
LISTS_OF_SCHEMAS = {"allOf", "anyOf", "oneOf", "prefixItems"}
ASSERTIONS = {
    *("type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum"),
    *("exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems"),
    *("uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties", "required"),
    *("dependentRequired", "$ref"),
}
ANNOTATIONS = {"$schema", "$comment", "title", "description", "default", "examples", "deprecated"}
KNOWN = ONE_SCHEMA | SCHEMAS_BY_NAME | LISTS_OF_SCHEMAS | ASSERTIONS | ANNOTATIONS
MOST_SCHEMAS = 10_000  # of a rule whose references are written out, as of the nodes of a file
# Keywords of JSON Schema that a rule cannot have, and what to write.
REFUSED = {
    "format": "Write a pattern.",
    "$id": "Leave it out.",
    "$anchor": "Refer to a definition as '#/$defs/NAME'.",
    "$dynamicRef": "Write $ref.",
    "$dynamicAnchor": "Refer to a definition as '#/$defs/NAME'.",
    "definitions": "Write $defs.",
    "dependencies": "Write dependentRequired or dependentSchemas.",
}


def list_rule_nodes(config: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rules of a configuration, valid or not, each with its name."""
    policy = config.get("policy")
    for name, rule in policy.items() if isinstance(policy, dict) else ():
        if name != "dir" and isinstance(rule, dict):
            yield name, rule


def has_rules(job: Job) -> bool:
    """Return whether a job has rules, or names a checkout that may have some."""
    return job.base is not None or any(True for _ in list_rule_nodes(job.config))


def find_policy_problems(config: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield what is wrong with the JSON Schemas of the rules, each with its path."""
    for name, rule in list_rule_nodes(config):
        if isinstance(rule.get("schema"), dict):
            for path, problem in _check_schema(rule["schema"]):
                yield ("policy", name, "schema", *path), problem


def _count_expanded(part: Any, schema: Mapping[str, Any], counts: dict[str, int]) -> int:
    """Return how many schemas a part has once its references are written out, at most MOST_SCHEMAS.

    `counts` has those of the references that were counted before, 0 while one is being counted.
    """
    total = 0
    for _, below in _list_subschemas(part):
        total += 1
        reference = below.get("$ref")
        if isinstance(reference, str):
            if reference not in counts:
                counts[reference] = 0
                target = find_reference(schema, reference)
                counts[reference] = _count_expanded(target, schema, counts)
            total += counts[reference]
        if total > MOST_SCHEMAS:
            break
    return min(total, MOST_SCHEMAS + 1)


def _check_schema(schema: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Problem]]:
    from jsonschema import Draft202012Validator

    if not schema.keys() - ANNOTATIONS:
        yield (
            (),
            Problem(
                "invalid-rule", "checks nothing", "Write what has to hold, or remove the rule."
            ),
        )
        return
    found = False
    for path, part in _list_subschemas(schema):
        for problem_path, problem in _check_part(schema, part):
            found = True
            yield (*path, *problem_path), problem
    if found:
        return  # the same faults, in other words
    validator = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    faults = dict.fromkeys(tuple(error.absolute_path) for error in validator.iter_errors(schema))
    for fault in faults:
        yield fault, Problem("invalid-rule", "is not what JSON Schema takes here", "Correct it.")
    if not faults and _count_expanded(schema, schema, {}) > MOST_SCHEMAS:
        message = f"its references stand for more than {MOST_SCHEMAS} schemas"
        yield (), Problem("invalid-rule", message, "Make several rules of it.")
    elif not faults:
        try:
            Draft202012Validator(schema).is_valid({})
        except RecursionError:
            yield (), Problem("invalid-rule", "refers to itself without end", "Write it out.")


def _list_subschemas(schema: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """Yield each mapping that is a schema, with its path; what has another shape is left out."""
    if not isinstance(schema, dict):
        return
    yield path, schema
    for keyword, value in schema.items():
        below: list[tuple[KeyPath, Any]] = []
        if keyword in ONE_SCHEMA:
            below = [((keyword,), value)]
        elif keyword in SCHEMAS_BY_NAME and isinstance(value, dict):
            below = [((keyword, name), part) for name, part in value.items()]
        elif keyword in LISTS_OF_SCHEMAS and isinstance(value, list):
            below = [((keyword, index), part) for index, part in enumerate(value)]
        for inside, part in below:
            yield from _list_subschemas(part, (*path, *inside))


def find_reference(schema: Mapping[str, Any], reference: str) -> Any:
    """Return the part of a rule's schema that `#/$defs/NAME` names; None for another reference."""
    if not reference.startswith("#"):
        return None
    part: Any = schema
    for name in reference[1:].split("/")[1:]:
        key = name.replace("~1", "/").replace("~0", "~")
        part = part.get(key) if isinstance(part, dict) else None
    return part


def _check_part(
    schema: Mapping[str, Any], part: Mapping[str, Any]
) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield the problems of the keywords of one schema, which is a part of `schema`."""
    for keyword, value in part.items():
        if keyword not in KNOWN:
            yield (keyword,), _explain_keyword(keyword)
        elif keyword == "$schema" and str(value).rstrip("#") != DIALECT:
            message = f"{quote(str(value))} is another version of JSON Schema"
            yield (keyword,), Problem("invalid-rule", message, f"Write {DIALECT}, or leave it out.")
        elif keyword == "$ref" and isinstance(value, str):
            if problem := _check_reference(schema, value):
                yield (keyword,), problem
        elif keyword == "pattern" and isinstance(value, str):
            if problem := _check_pattern(value):
                yield (keyword,), problem
        elif keyword == "patternProperties" and isinstance(value, dict):
            for pattern in value:
                if problem := _check_pattern(pattern):
                    yield (keyword, pattern), problem
    yield from find_keyword_problems(part)


def _explain_keyword(keyword: str) -> Problem:
    if keyword in REFUSED:
        return Problem("invalid-rule", f"a rule cannot have {quote(keyword)}", REFUSED[keyword])
    suggestion = nearest(keyword, sorted(KNOWN))
    message = f"{quote(keyword)} is no keyword of JSON Schema, so it would check nothing"
    hint = None if suggestion else "Remove it; a property is named below 'properties'."
    return Problem("invalid-rule", message, hint, suggestion=suggestion)


def _check_reference(schema: Mapping[str, Any], reference: str) -> Problem | None:
    """Return the problem of a `$ref` that leads out of the rule, to nothing, or to itself."""
    if not reference.startswith("#"):
        message = f"{quote(reference)} is not in this rule, and nothing else is read"
        hint = "Write it below $defs of the rule, and refer to it as '#/$defs/NAME'."
        return Problem("remote-reference", message, hint)
    seen = set()
    while True:
        target = find_reference(schema, reference)
        if not isinstance(target, dict | bool):
            message = f"{quote(reference)} names nothing in this rule"
            return Problem("invalid-rule", message, "Refer to a definition as '#/$defs/NAME'.")
        seen.add(reference)
        following = target.get("$ref") if isinstance(target, dict) else None
        if not isinstance(following, str):
            return None
        if following in seen:
            return Problem("invalid-rule", f"{quote(reference)} leads to itself", "Write it out.")
        reference = following


def _check_pattern(pattern: str) -> Problem | None:
    try:
        re.compile(pattern)
    except re.error as error:
        message = f"{quote(pattern)} is no regular expression: {error}"
        return Problem("invalid-rule", message, "Correct the pattern.")
    except (OverflowError, RecursionError):
        return Problem("invalid-rule", "is a regular expression that is too large", "Shorten it.")
    return None
