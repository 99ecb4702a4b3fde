"""The JSON Schema of the JSON document: every document that a test reads is held against it."""

from __future__ import annotations

import functools
from typing import Any

from jsonschema import Draft202012Validator

from registrar.config.schema import load_schema

__all__ = ["check_document"]


@functools.cache
def _validator() -> Draft202012Validator:
    schema = load_schema("report.json")
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def check_document(document: Any) -> None:
    """Raise AssertionError, with the path of each value that does not fit the schema."""
    errors = [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(document)]
    assert not errors, errors
