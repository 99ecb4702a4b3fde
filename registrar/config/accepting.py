"""A quick look at whether a value keeps to a JSON Schema, without jsonschema, which takes long.

It knows the keywords that registrar's own schemas use. `jsonschema` stays the judge: what is not
accepted here, it looks at, and it says what is wrong. Each test returns exactly whether the value
keeps to its schema, because `not` and `if` turn an answer around; where that is not certain, it
raises UndecidedError.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from registrar.config.schema_types import TYPES, is_number, make_type_test

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from registrar.config.schema_types import Test

    Schema: TypeAlias = dict[str, Any]
    Load: TypeAlias = Callable[[str], Schema]

__all__ = ["UndecidedError", "compile_schema"]

# They say nothing about a value; also what the errors of registrar's own schemas read.
ANNOTATIONS = {"$schema", "$defs", "title", "description", "default"}
ANNOTATIONS |= {"errorMessage", "patternErrorMessage", "x-code", "x-hint", "x-commands"}
MOST_NAMES = 1000  # of accepted keys that are remembered


class UndecidedError(Exception):
    """Only `jsonschema` can tell."""


def compile_schema(schema: Schema, file: str, load: Load) -> Test:
    """Return the test of a value; `load` returns the schema of a file that a `$ref` names.

    The test raises UndecidedError where only jsonschema can tell. So does this function, for a
    keyword that it does not know.
    """
    return _Compiler(load).compile(schema, file)


@dataclass(frozen=True, slots=True)
class _Compiler:
    """Makes tests of schemas; each place that a `$ref` names gets one test."""

    load: Load
    references: dict[tuple[str, str], list[Test]] = field(default_factory=dict)

    def compile(self, schema: Any, file: str) -> Test:
        """Return the test of one schema, which stands in a file."""
        if isinstance(schema, bool):
            return lambda _: schema
        words = {key: value for key, value in schema.items() if key not in ANNOTATIONS}
        tests: list[Test] = []
        if "$ref" in words:
            tests.append(self._refer(words.pop("$ref"), file))
        kind = words.pop("type", None)
        if kind is not None and kind != "string":
            tests.append(make_type_test(kind))
        tests += _pop_text_tests(words, only_texts=kind == "string")
        tests += _pop_number_tests(words)
        tests += self._pop_object_tests(words, file)
        tests += self._pop_list_tests(words, file)
        tests += self._pop_combined_tests(words, file)
        if "enum" in words:
            tests.append(_make_choice_test(words.pop("enum")))
        if words:
            raise UndecidedError(f"unknown keywords: {', '.join(words)}")
        return _combine_tests(tests)

    def _refer(self, reference: str, file: str) -> Test:
        name, _, pointer = reference.partition("#")
        place = (name or file, pointer)
        if place not in self.references:
            cell = self.references[place] = []  # first: a schema may hold a reference to itself
            target: Any = self.load(place[0])
            for part in pointer.split("/")[1:]:
                target = target[int(part) if isinstance(target, list) else part]
            cell.append(self.compile(target, place[0]))
        found = self.references[place]
        return found[0] if found else _make_later_test(found)

    def _pop_object_tests(self, words: Schema, file: str) -> list[Test]:
        tests: list[Test] = []
        if "required" in words:
            tests.append(_make_required_test(words.pop("required")))
        if "dependentRequired" in words:
            tests.append(_make_dependent_test(words.pop("dependentRequired")))
        if "minProperties" in words:
            fewest = words.pop("minProperties")
            tests.append(lambda value: not isinstance(value, dict) or len(value) >= fewest)
        if words.keys() & {"properties", "additionalProperties", "propertyNames"}:
            known = {
                name: self.compile(schema, file)
                for name, schema in words.pop("properties", {}).items()
            }
            others = self.compile(words.pop("additionalProperties", True), file)
            names = words.pop("propertyNames", None)
            by_name = None if names is None else self.compile(names, file)
            tests.append(_make_members_test(known, others, by_name))
        return tests

    def _pop_list_tests(self, words: Schema, file: str) -> list[Test]:
        tests: list[Test] = []
        if "minItems" in words:
            fewest = words.pop("minItems")
            tests.append(lambda value: not isinstance(value, list) or len(value) >= fewest)
        if words.pop("uniqueItems", False):
            tests.append(_are_unique)
        if "items" in words:
            item = self.compile(words.pop("items"), file)
            tests.append(lambda value: not isinstance(value, list) or all(map(item, value)))
        return tests

    def _pop_combined_tests(self, words: Schema, file: str) -> list[Test]:
        tests = [self.compile(schema, file) for schema in words.pop("allOf", ())]
        if "anyOf" in words:
            several = [self.compile(schema, file) for schema in words.pop("anyOf")]
            tests.append(_make_any_test(several))
        if "not" in words:
            refused = self.compile(words.pop("not"), file)
            tests.append(lambda value: not refused(value))
        if "if" in words:
            condition, then, otherwise = (
                self.compile(words.pop(word, True), file) for word in ("if", "then", "else")
            )
            tests.append(lambda value: then(value) if condition(value) else otherwise(value))
        return tests


def _make_later_test(found: list[Test]) -> Test:
    """Return the test that the list will hold once it is made."""

    def test(value: Any) -> bool:
        return found[0](value)

    return test


def _combine_tests(tests: list[Test]) -> Test:
    match tests:
        case []:
            return lambda _: True
        case [test]:
            return test
        case [first, second]:
            return lambda value: first(value) and second(value)
        case [first, second, third]:
            return lambda value: first(value) and second(value) and third(value)
        case _:
            pass

    def test_all(value: Any) -> bool:
        for test in tests:  # noqa: SIM110 - a generator takes twice as long
            if not test(value):
                return False
        return True

    return test_all


def _make_any_test(several: list[Test]) -> Test:
    match several:
        case [first, second]:
            return lambda value: first(value) or second(value)
        case _:
            return lambda value: any(test(value) for test in several)


def _pop_text_tests(words: Schema, *, only_texts: bool) -> list[Test]:
    """Return the test of a text's length and characters; with `only_texts`, nothing else passes."""
    if not (only_texts or words.keys() & {"minLength", "maxLength", "pattern"}):
        return []
    tests: list[Test] = []
    others = not only_texts
    if words.keys() & {"minLength", "maxLength"}:
        fewest, most = words.pop("minLength", 0), words.pop("maxLength", sys.maxsize)
        tests.append(
            lambda value: fewest <= len(value) <= most if isinstance(value, str) else others
        )
    if "pattern" in words:
        search = re.compile(words.pop("pattern")).search
        tests.append(lambda value: search(value) is not None if isinstance(value, str) else others)
    return tests or [TYPES["string"]]


def _pop_number_tests(words: Schema) -> list[Test]:
    tests: list[Test] = []
    if "minimum" in words:
        least = words.pop("minimum")
        tests.append(lambda value: not is_number(value) or not value < least)
    if "exclusiveMinimum" in words:
        bound = words.pop("exclusiveMinimum")
        tests.append(lambda value: not is_number(value) or not value <= bound)
    if "maximum" in words:
        most = words.pop("maximum")
        tests.append(lambda value: not is_number(value) or not value > most)
    return tests


def _make_choice_test(choices: list[Any]) -> Test:
    """Return the test of an `enum` of texts, and null. Numbers and booleans can be equal."""
    texts = frozenset(choice for choice in choices if isinstance(choice, str))
    if any(choice is not None and not isinstance(choice, str) for choice in choices):
        raise UndecidedError("an enum of other values than texts")
    takes_null = None in choices
    return lambda value: value in texts if isinstance(value, str) else takes_null and value is None


def _make_required_test(names: list[str]) -> Test:
    if len(names) == 1:
        (name,) = names
        return lambda value: not isinstance(value, dict) or name in value
    return lambda value: not isinstance(value, dict) or all(name in value for name in names)


def _make_dependent_test(needs: dict[str, list[str]]) -> Test:
    def test(value: Any) -> bool:
        return not isinstance(value, dict) or all(
            other in value for name, others in needs.items() if name in value for other in others
        )

    return test


def _make_members_test(known: dict[str, Test], others: Test, names: Test | None) -> Test:
    find_test = known.get

    def test(value: Any) -> bool:
        if isinstance(value, dict):
            for name, item in value.items():
                if not find_test(name, others)(item):
                    return False
        return True

    return test if names is None else _combine_tests([_make_names_test(names), test])


def _make_names_test(test: Test) -> Test:
    """Return the test of a mapping's keys. Most are those of other mappings as well."""
    accepted: set[str] = set()

    def test_names(value: Any) -> bool:
        if isinstance(value, dict) and not accepted.issuperset(value):
            for name in value:
                if not test(name):
                    return False
                if isinstance(name, str) and len(accepted) < MOST_NAMES:
                    accepted.add(name)
        return True

    return test_names


def _are_unique(value: Any) -> bool:
    if not isinstance(value, list) or len(value) <= 1:
        return True
    if not all(isinstance(item, str) for item in value):
        raise UndecidedError("a list of other values than texts")
    return len(set(value)) == len(value)
