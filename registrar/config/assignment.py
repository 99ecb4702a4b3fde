"""An override that sets a value: which values it sets, and how they were written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from registrar.config.misread_values import explain_misread_override, quote_value_at
from registrar.config.override_values import Scalar, find_node
from registrar.config.quoting import format_override, redact

if TYPE_CHECKING:
    from registrar.config.override import Override
    from registrar.config.override_values import Node
    from registrar.errors import Problem
    from registrar.text import KeyPath

__all__ = ["Assignment"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """An override that sets a value; `node` is what the value holds, None where it is unreadable."""

    override: Override
    node: Node | None

    def sets(self, path: KeyPath) -> bool:
        """Return whether the override sets the value at `path`, alone or as a part."""
        inside = self._inside(path)
        return inside is not None and (not inside or find_node(self.node, inside) is not None)

    def find_raw(self, path: KeyPath) -> str | None:
        """Return the text of the unquoted scalar at `path`; None where there is none."""
        node = find_node(self.node, self._inside(path) or ())
        return node.raw if isinstance(node, Scalar) and not node.is_quoted else None

    def explain_misread(self, path: KeyPath, value: object) -> Problem | None:
        """Return the problem of the value at `path` that is not what was written; else None."""
        raw = self.find_raw(path)
        return None if raw is None else explain_misread_override(raw, value)

    def quote(self, path: KeyPath, *, is_text: bool) -> str:
        """Return the override for a shell, with the value at `path` in quotes."""
        key = self.override.typed.partition("=")[0]
        value = self.override.value or ""
        quoted = quote_value_at(value, self.node, self._inside(path) or (), is_text=is_text)
        return redact(format_override(key, quoted))

    def _inside(self, path: KeyPath) -> KeyPath | None:
        """Return the path below the override's key; None for a path that is not below it."""
        parts = self.override.parts
        return path[len(parts) :] if tuple(map(str, path[: len(parts)])) == parts else None
