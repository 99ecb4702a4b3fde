"""The JSON Schema beside the files of models, by which an editor checks them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from registrar.config.schema import schema_text
from registrar.content.yaml_limits import YamlLimitError, read_limited

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["folder_of_schemas", "missing_schema", "schema_line"]

FILE = "schemas/model.json"
OWN_MARK = b'"$id": "urn:mlflow-registrar:'  # registrar has written the file; no person has


def folder_of_schemas(models: Path) -> Path:
    """Return the folder that holds `schemas/`; `models` is the folder of the files of models."""
    return models.parent if models.name == "model" else models


def schema_line(file: Path, models: Path) -> str:
    """Return the first line of a model's file; it leads an editor to the schema."""
    schema = folder_of_schemas(models) / FILE
    path = os.path.relpath(schema, file.parent).replace(os.sep, "/")
    return f"# yaml-language-server: $schema={path}\n"


def missing_schema(models: Path) -> dict[Path, str]:
    """Return the schema's file and its text; {} where the schema of this version is there.

    The schema of another version is replaced, a file of somebody else is not.
    """
    schema = folder_of_schemas(models) / FILE
    text = schema_text("model")
    if not os.path.lexists(schema):
        return {schema: text}
    try:
        found = read_limited(schema) if schema.is_file() else b""
    except (OSError, YamlLimitError):
        return {}
    return {schema: text} if OWN_MARK in found and found != text.encode() else {}
